//! What staff do in Virtuous, and the import that a person runs.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    edit::{Changed, Edit},
    outcome::{Done, Refusal},
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        virtuous::{
            import::ImportReport,
            model::{Contact, NewContact, NewIndividual, NewMethod},
            organisation::Organisation,
        },
        wire::SimResponse,
    },
};

const PREFIX: &str = "CC: ";

/// Contacts that are meant: one, or random live ones with an address.
fn contacts(organisation: &Organisation, edit: &Edit, now: Timestamp) -> Result<Vec<i64>, Refusal> {
    if let Some(wanted) = &edit.contact {
        return Ok(vec![one(organisation, wanted)?]);
    }
    let fits = |contact: &&Contact| contact.is_live() && contact.methods().any(|method| method.is_email());
    let fitting = organisation.book.contacts().iter().filter(fits).map(|contact| contact.id);
    Ok(edit.random(now).choose_multiple(fitting, edit.count.unwrap_or(1)))
}

fn one(organisation: &Organisation, wanted: &str) -> Result<i64, Refusal> {
    let book = &organisation.book;
    let by_id = || book.contact(wanted.parse().ok()?);
    let by_reference = || book.by_reference("Constant Contact", wanted);
    let found = by_id().or_else(by_reference).or_else(|| book.by_email(wanted).next());
    found.map(|contact| contact.id).ok_or_else(|| Refusal::missing(wanted))
}

/// Email methods of a contact: all, or those with the address that was asked for.
fn methods(organisation: &Organisation, contact: i64, edit: &Edit) -> Vec<i64> {
    let Some(held) = organisation.book.contact(contact) else { return Vec::new() };
    let address = edit.contact.as_deref().filter(|wanted| wanted.contains('@'));
    let fits = |method: &&crate::simulator::virtuous::model::Method| {
        method.is_email() && address.is_none_or(|address| method.has_address(address))
    };
    held.methods().filter(fits).map(|method| method.id).collect()
}

/// Runs a control of `/control/virtuous/...`.
pub(super) fn run(simulator: &mut Simulator, control: &str, edit: &Edit, now: Timestamp) -> Done {
    if let Some(done) = on_keys(simulator, control, edit) {
        return done;
    }
    let name = edit.account(simulator)?;
    let held = simulator.virtuous.organisation_mut(&name);
    let organisation = held.ok_or_else(|| Refusal::missing("such organisation"))?;
    if let Some(done) = on_organisation(organisation, control, edit, now) {
        return done;
    }
    let ids = contacts(organisation, edit, now)?;
    let mut touched = ids.clone();
    for id in ids {
        touched.extend(on_contact(organisation, control, edit, id, now)?);
    }
    Ok(changed(organisation, touched))
}

/// Controls of API keys.
fn on_keys(simulator: &mut Simulator, control: &str, edit: &Edit) -> Option<Done> {
    let key = || needed(edit.key.as_deref(), "key");
    let done = match control {
        "revoke-key" => key().map(|key| json!({"revoked": simulator.virtuous.revoke_key(key)})),
        "add-key" => edit
            .account(simulator)
            .and_then(|name| Ok(json!({"added": simulator.virtuous.add_key(&name, key()?)}))),
        _ => return None,
    };
    Some(done.map(|body: Value| SimResponse::json(200, &body)))
}

/// Controls that need no contact.
fn on_organisation(
    organisation: &mut Organisation,
    control: &str,
    edit: &Edit,
    now: Timestamp,
) -> Option<Done> {
    let tag_answer = |id: i64| SimResponse::json(200, &json!({"id": id}));
    let new_name = || needed(edit.name.as_deref(), "name");
    let tag = |organisation: &Organisation| {
        let tag = needed(edit.tag.as_deref(), "tag")?;
        organisation.tag_named(tag).ok_or_else(|| Refusal::missing(tag))
    };
    Some(match control {
        "import" => Ok(report(organisation.run_import(now))),
        "accept-updates" => Ok(report(organisation.accept_updates(now))),
        "events" => Ok(events(organisation)),
        "add-tag" => new_name().map(|name| tag_answer(organisation.add_tag(name, "Staff"))),
        "rename-tag" => tag(organisation).and_then(|id| {
            organisation.rename_tag(id, new_name()?);
            Ok(tag_answer(id))
        }),
        "add" => new_contact(edit).map(|new| {
            let id = organisation.add_contact(&new, now);
            changed(organisation, vec![id])
        }),
        _ => return None,
    })
}

/// Does one edit to one contact; gives the other contact that it concerns, if any.
fn on_contact(
    organisation: &mut Organisation,
    control: &str,
    edit: &Edit,
    id: i64,
    now: Timestamp,
) -> Result<Option<i64>, Refusal> {
    match control {
        "opt-out" | "opt-in" => {
            for method in methods(organisation, id, edit) {
                organisation.staff_set_opt_in(method, control == "opt-in", now);
            }
        }
        "unsubscribe-link" => {
            for method in methods(organisation, id, edit) {
                organisation.unsubscribe_by_link(method, now);
            }
        }
        "remove" => drop(organisation.staff_remove(id)),
        "tag" => drop(organisation.staff_add_tag(id, needed(edit.tag.as_deref(), "tag")?, now)),
        "untag" => drop(organisation.staff_remove_tag(id, needed(edit.tag.as_deref(), "tag")?, now)),
        "archive" => drop(organisation.staff_archive(id, edit.enabled.unwrap_or(true), now)),
        "email" => {
            let value = needed(edit.email.as_deref(), "email")?;
            let method = methods(organisation, id, edit).first().copied();
            organisation.staff_set_value(method.ok_or_else(|| Refusal::missing("address"))?, value, now);
        }
        "rename" => {
            let (first, last) = (edit.first_name.as_deref(), edit.last_name.as_deref());
            organisation.staff_rename(id, first.unwrap_or_default(), last.unwrap_or_default(), now);
        }
        "note" => drop(organisation.staff_note(id, needed(edit.reason.as_deref(), "reason")?, now)),
        "merge" => {
            let winner = one(organisation, needed(edit.into.as_deref(), "into")?)?;
            if !organisation.staff_merge(id, winner, now) {
                return Err(Refusal::Bad("these two cannot be merged".to_owned()));
            }
            return Ok(Some(winner));
        }
        _ => return Err(Refusal::missing("such control below virtuous")),
    }
    Ok(None)
}

fn needed<'a>(text: Option<&'a str>, what: &str) -> Result<&'a str, Refusal> {
    text.ok_or_else(|| Refusal::needs(what))
}

fn report(report: ImportReport) -> SimResponse {
    SimResponse::json(200, &report)
}

fn new_contact(edit: &Edit) -> Result<NewContact, Refusal> {
    let email = needed(edit.email.as_deref(), "email")?;
    Ok(NewContact {
        individuals: vec![NewIndividual {
            first_name: edit.first_name.clone().unwrap_or_default(),
            last_name: edit.last_name.clone().unwrap_or_default(),
            methods: vec![NewMethod::email(email, edit.enabled.unwrap_or(true))],
            ..NewIndividual::default()
        }],
        tags: edit.add.clone(),
        ..NewContact::default()
    })
}

/// What staff did is no difference to the baseline.
fn changed(organisation: &mut Organisation, ids: Vec<i64>) -> SimResponse {
    if let Some(mut baseline) = organisation.baseline.take() {
        for id in &ids {
            baseline.update(organisation, *id, PREFIX);
        }
        organisation.baseline = Some(baseline);
    }
    Changed::answer(ids)
}

#[derive(Serialize)]
struct Waiting {
    id: u64,
    event: &'static str,
    contacts: Vec<i64>,
}

fn events(organisation: &Organisation) -> SimResponse {
    let events = organisation.webhooks.events().iter();
    let events: Vec<_> = events
        .map(|event| Waiting { id: event.id, event: event.name, contacts: event.contacts.clone() })
        .collect();
    SimResponse::json(200, &json!({"dropped": organisation.webhooks.dropped(), "events": events}))
}
