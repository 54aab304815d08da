//! Keeps what a person did.

use super::{OperatorContext, OperatorError};
use crate::store::Action;

/// Keeps an action with its outcome: of its customer, or of the process where it concerns none that there is.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) async fn keep(
    context: &OperatorContext,
    (customer, what): (Option<&str>, String),
    outcome: Result<(), &OperatorError>,
) -> Result<(), OperatorError> {
    let of = customer.and_then(|id| id.parse().ok());
    let of = of.and_then(|id| context.deps.store.of_named(&id).ok().flatten());
    let action = Action {
        at: context.now(),
        who: context.caller.name.clone(),
        from: context.caller.from.clone(),
        what: match (customer, &of) {
            // It is gone by now: the name is all that is left of it.
            (Some(name), None) => format!("{what} customer={name}"),
            _ => what,
        },
        outcome: outcome.map_or_else(|error| format!("not done: {}", kind(error)), |()| "done".to_owned()),
    };
    let keep = context.deps.settings.store.timeline_keep;
    let number = of.map_or(0, |store| store.number());
    Ok(context.deps.store.keep_action(number, action, keep).await?)
}

/// Why it was not done, without the words of other systems.
const fn kind(error: &OperatorError) -> &'static str {
    match error {
        OperatorError::Malformed(_) => "malformed",
        OperatorError::Unknown(_) => "not there",
        OperatorError::Forbidden(_) => "not allowed",
        OperatorError::Refused(_) => "refused as things are",
        OperatorError::Settings(_) => "the settings are wrong",
        OperatorError::Failed(_) => "failed",
    }
}
