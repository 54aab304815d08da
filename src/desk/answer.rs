//! From a question to its value.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Ask, DeskError, Room, apply, check, contact, customers, decide, import, plan, reconcile, work};
use crate::auth::links;

/// Answers a question.
///
/// # Errors
/// [`DeskError`].
pub async fn answer(room: &Room, ask: &Ask) -> Result<Value, DeskError> {
    match ask {
        Ask::Check => value(check::check(room).await?),
        Ask::Apply => value(apply::apply(&room.store, &room.customers, room.now()).await?),
        Ask::Customers => value(customers::list(room)?),
        Ask::Customer(id) => value(customers::show(room, &room.record(id)?)?),
        Ask::Pause(id) => value(customers::set_paused(room, id, true).await?),
        Ask::Resume(id) => value(customers::set_paused(room, id, false).await?),
        Ask::Remove(id) => {
            customers::remove(room, id).await?;
            Ok(json!({ "removed": id.as_str() }))
        }
        Ask::Link(id) => {
            room.record(id)?;
            let public_url = &room.settings.http.public_url;
            Ok(json!({ "url": links::start_link(public_url, &room.signing_key, id, room.now()) }))
        }
        Ask::Plan(id) => value(plan::plan(room, id)?),
        Ask::Import(id, verb) => {
            value(import::import(&room.store, room.record(id)?, *verb, room.now()).await?)
        }
        Ask::Reconcile(id) => value(reconcile::reconcile(room, id).await?),
        Ask::Contact(id, who) => value(contact::contact(room, id, who)?),
        Ask::Work(id) => value(work::work(room, id)?),
        Ask::Decide(id, verb, item, choice) => {
            value(decide::decide(room, id, *verb, item.as_deref(), choice.as_ref()).await?)
        }
        Ask::Inspect => Ok(json!({ "text": room.store.inspect()? })),
    }
}

fn value<T: Serialize>(answer: T) -> Result<Value, DeskError> {
    serde_json::to_value(answer).map_err(|error| DeskError::Failed(format!("the answer is no JSON: {error}")))
}
