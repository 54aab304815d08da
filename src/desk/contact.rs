//! One person: what each system says, where they stand and why, what happened, what happens next.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{DeskError, Room, review};
use crate::{
    domain::{
        Cause, CcView, ContactId, CustomerId, CustomerRecord, Effect, Permission, Person, State, Subject,
        Timestamp, VirtuousView, email_key,
    },
    sync::{
        Mapping, Plan, Planner, Step,
        consent::{CcConsent, cc_consent},
    },
};

/// A facet on which the two systems differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Consent, email, segments, or a field's name.
    pub facet: String,
    /// Constant Contact's side.
    pub cc: String,
    /// Virtuous' side.
    pub virtuous: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: String,
    /// What was done or seen.
    pub what: String,
    /// By which rule.
    pub rule: String,
    /// Why, in words.
    pub detail: String,
}

/// One row of the three views side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What is compared.
    pub facet: String,
    /// In Constant Contact.
    pub cc: String,
    /// In Virtuous.
    pub virtuous: String,
    /// What both last agreed on.
    pub base: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The contact id in Constant Contact.
    pub id: String,
    /// The address.
    pub email: Option<String>,
    /// Where the person stands.
    pub state: String,
    /// Why.
    pub reason: String,
    /// By which rule.
    pub rule: String,
    /// What happens next, and when.
    pub next: String,
    /// What is to be written next, with the reason of each.
    #[serde(default)]
    pub to_do: Vec<String>,
    /// What consent rests on, on either side, with dates; who or what could not be told apart or written.
    #[serde(default)]
    pub because: Vec<String>,
    /// Constant Contact's view.
    pub cc: Value,
    /// Virtuous' view.
    pub virtuous: Value,
    /// What both agreed on.
    pub base: Value,
    /// Where they differ.
    pub differences: Vec<Difference>,
    /// What happened, oldest first.
    pub timeline: Vec<Line>,
    /// The views side by side.
    pub rows: Vec<Row>,
    /// Others with the same address, when it was asked for by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub several: Vec<Namesake>,
}

/// Somebody of several with one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namesake {
    /// The contact id in Constant Contact.
    pub id: String,
    /// Where the person stands.
    pub state: String,
    /// Why.
    pub reason: String,
}

/// Finds a person by contact id or by address, case ignored. Of several with one address, the one that lives: not
/// deleted, newest; the others are named.
///
/// # Errors
/// [`DeskError::Unknown`] when nobody is known by that; when the store cannot be read.
pub fn contact(room: &Room, id: &CustomerId, who: &str) -> Result<Contact, DeskError> {
    let record = room.record(id)?;
    let (store, who) = (&room.store, who.trim());
    for id in [ContactId::new(who), ContactId::new(&who.to_lowercase())] {
        if let Some(subject) = store.of(record.number).subject(&id)? {
            return show(room, &record, &subject);
        }
    }
    let mut people = Vec::new();
    for id in store.of(record.number).find_by_email(&email_key(who))? {
        people.extend(store.of(record.number).subject(&id)?);
    }
    people.sort_by_key(|subject| (subject.cc.deletion.is_some(), std::cmp::Reverse(subject.first_seen)));
    let Some((first, others)) = people.split_first() else {
        return Err(DeskError::Unknown(format!(
            "the customer \"{id}\" has no contact \"{who}\": give the address or the contact id of Constant Contact, \
             as Tandem last read them"
        )));
    };
    let namesake = |subject: &Subject| Namesake {
        id: subject.id.to_string(),
        state: subject.state.to_string(),
        reason: subject.reason.to_string(),
    };
    Ok(Contact { several: others.iter().map(namesake).collect(), ..show(room, &record, first)? })
}

fn show(room: &Room, record: &CustomerRecord, subject: &Subject) -> Result<Contact, DeskError> {
    let planner = room.store.of(record.number).planner(record, &room.rules(&record.id))?;
    let household = room.store.of(record.number).household(subject, &planner.rules)?;
    let plan = planner.plan(subject, &household, room.now());
    let person = subject.virtuous.linked();
    let rows = rows(subject, person, &planner);
    let mut differences: Vec<Difference> = Vec::new();
    if person.is_some() {
        let differs = |row: &&Row| !row.cc.eq_ignore_ascii_case(&row.virtuous);
        differences.extend(rows.iter().filter(differs).map(|row| Difference {
            facet: row.facet.clone(),
            cc: row.cc.clone(),
            virtuous: row.virtuous.clone(),
        }));
    }
    if let (Step::Apply(planned), Some(person)) = (&plan.step, person) {
        for (name, value, _) in planned.iter().flat_map(|planned| match &planned.effect {
            Effect::SetFields { fields, .. } => fields.as_slice(),
            _ => &[],
        }) {
            let there = person.fields.iter().find(|(field, _)| field == name);
            let virtuous = there.map(|(_, value)| value.clone()).unwrap_or_default();
            differences.push(Difference { facet: name.clone(), cc: value.clone(), virtuous });
        }
    }
    let timeline = room.store.of(record.number).timeline(subject)?;
    Ok(Contact {
        id: subject.id.to_string(),
        email: subject.cc.email.clone(),
        state: subject.state.to_string(),
        reason: subject.reason.to_string(),
        rule: subject.reason.rule.to_string(),
        next: next(record, subject),
        to_do: to_do(&plan),
        because: because(subject, &planner),
        cc: cc_json(&subject.cc, room, record)?,
        virtuous: virtuous_json(&subject.virtuous),
        base: base_json(subject),
        differences,
        timeline: timeline
            .iter()
            .map(|event| Line {
                at: event.at.to_string(),
                what: event.what.as_str().to_owned(),
                rule: event.reason.rule.to_string(),
                detail: event.reason.to_string(),
            })
            .collect(),
        rows,
        several: Vec::new(),
    })
}

/// What happens next, and when.
fn next(record: &CustomerRecord, subject: &Subject) -> String {
    if let Some(pause) = &record.pause {
        return format!(
            "nothing while the customer is paused ({}): `tandem customer resume {}`",
            pause.reason, record.id
        );
    }
    if !record.stage.may_write() && subject.state != State::Excluded {
        return match record.import_started_at {
            None => format!("nothing is written until `tandem import {} start`", record.id),
            Some(_) => "written once all contacts of Virtuous were read".to_owned(),
        };
    }
    if subject.is_at_brake() {
        return match &record.brake.held {
            Some(_) => format!(
                "the brake holds: `tandem work {id}` shows what it stops, `tandem work {id} accept brake` lets it go on",
                id = record.id
            ),
            None => "written once everybody is counted who comes with it, if they are few (B1)".to_owned(),
        };
    }
    let due =
        subject.work.map(|work| format!("looked at again from {} on, in the {} lane", work.due, work.lane));
    match (subject.state, due) {
        (State::Review, _) => format!(
            "waits for a person's decision: `tandem work {} accept {}` or drop{}",
            record.id,
            subject.id,
            if review::may_confirm(subject) {
                ", or confirm to have Constant Contact ask them by email"
            } else {
                ""
            }
        ),
        (State::Held, _) if subject.reason.cause == Cause::ConfirmationSent => format!(
            "waits for the subscriber's answer to the email; `tandem work {} accept {}` puts the opt-out back, drop leaves \
             the difference",
            record.id, subject.id
        ),
        (State::Failed, _) => format!(
            "given up until `tandem work {} retry {}`, or until the contact changes",
            record.id, subject.id
        ),
        (State::Submitted, Some(due)) => format!("waits for Virtuous' import; {due}"),
        (_, Some(due)) => due,
        (State::InSync | State::Excluded, None) => {
            "nothing until something changes in either system".to_owned()
        }
        (_, None) => "waits until what is missing comes, or something changes".to_owned(),
    }
}

/// The writes that are planned, a line each.
fn to_do(plan: &Plan) -> Vec<String> {
    match &plan.step {
        Step::Nothing => Vec::new(),
        Step::LookUp => vec![format!("look up in Virtuous ({})", plan.reason)],
        Step::Refresh => vec![format!("read the contact of Virtuous again ({})", plan.reason)],
        Step::LookAtLists => vec![format!("ask Constant Contact how far it is ({})", plan.reason)],
        Step::Submit(_) => vec![format!("send a row for the nightly import ({})", plan.reason)],
        Step::Apply(planned) => planned
            .iter()
            .map(|planned| format!("{} ({}, {})", planned.effect.kind(), planned.reason.rule, planned.reason))
            .collect(),
    }
}

/// What consent rests on, with dates, and what stands in the way: what a person asks first.
fn because(subject: &Subject, planner: &Planner) -> Vec<String> {
    let mut lines = Vec::new();
    let cc = &subject.cc;
    let on =
        |at: Option<Timestamp>| at.map_or_else(|| "at an unknown time".to_owned(), |at| format!("on {at}"));
    lines.push(match cc_consent(cc, &planner.rules) {
        CcConsent::Out { at, reason } => {
            let said = cc.opt_out_reason.as_deref().filter(|_| cc.permission == Permission::Unsubscribed);
            let said = said.map(|said| format!(", reason given: {said}")).unwrap_or_default();
            format!("Constant Contact: {reason} {}, by rule {}{said}", on(at), reason.rule)
        }
        CcConsent::Active { proof: Some(at), .. } => {
            format!("Constant Contact: {}, which proves an opt-in {}", cc.permission.as_str(), on(Some(at)))
        }
        CcConsent::Active { proof: None, said_at } => format!(
            "Constant Contact: {} {}, which proves no opt-in (P3)",
            cc.permission.as_str(),
            on(said_at)
        ),
        CcConsent::Silent => format!("Constant Contact: {}, which says nothing", cc.permission.as_str()),
    });
    if let Some(bounce) = &cc.bounce {
        let (code, campaign) = (bounce.code, &bounce.campaign);
        lines.push(format!("the last bounce {}, code {code}, campaign \"{campaign}\"", on(Some(bounce.at))));
    }
    let key = cc.email_key().unwrap_or_default();
    match &subject.virtuous {
        VirtuousView::Linked(person) => {
            let held = format!("Virtuous: contact {}, individual {}", person.contact.0, person.individual.0);
            lines.extend(person.methods_of(&key).map(|method| {
                let word = if method.opted_in { "opted in" } else { "opted out" };
                format!("{held}: {word}, {} last changed {}", method.kind, on(method.modified_at))
            }));
            if person.methods_of(&key).next().is_none() {
                lines.push(format!("{held}: has not this address"));
            }
        }
        VirtuousView::Candidates(people) => {
            let ids: Vec<String> = people.iter().map(|person| person.contact.0.to_string()).collect();
            lines.push(format!("Virtuous: it may be any of the contacts {} (I2)", ids.join(", ")));
        }
        VirtuousView::Absent { .. } | VirtuousView::Unknown => {
            lines.push("Virtuous: no contact is known".to_owned());
        }
    }
    if let Some(submission) = &subject.submission {
        lines.push(format!("a row was sent to Virtuous' import {} (V1)", on(Some(submission.sent_at))));
    }
    if let Some(failure) = &subject.failure {
        let (effect, tries) = (&failure.effect, failure.attempts);
        lines.push(format!("{effect} failed {}, tries: {tries}: {}", on(Some(failure.at)), failure.response));
    }
    lines
}

fn rows(subject: &Subject, person: Option<&Person>, planner: &Planner) -> Vec<Row> {
    let cc = &subject.cc;
    let key = cc.email_key().unwrap_or_default();
    let word = |opted_in: bool| if opted_in { "opted in" } else { "opted out" };
    let consent = match person {
        None => String::new(),
        Some(person) => {
            let methods: Vec<bool> = person.methods_of(&key).map(|method| method.opted_in).collect();
            if methods.is_empty() {
                "no such address".to_owned()
            } else {
                word(!methods.contains(&false)).to_owned()
            }
        }
    };
    // As the rules read it: a bounce counts, too (P4).
    let cc_consent = match cc_consent(cc, &planner.rules) {
        CcConsent::Out { .. } => "opted out",
        CcConsent::Active { .. } => "opted in",
        CcConsent::Silent => cc.permission.as_str(),
    };
    let email = person.map_or(String::new(), |person| {
        let found = person.methods_of(&key).next();
        let any =
            found.or_else(|| person.emails.iter().find(|method| method.primary)).or(person.emails.first());
        any.map(|method| method.value.clone()).unwrap_or_default()
    });
    let joined = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join("; ");
    let mapping = &planner.mapping;
    let staffed = person.map(|person| person.tags.iter().map(String::as_str)).into_iter().flatten();
    let row = |facet: &str, cc: String, virtuous: String, base: String| Row {
        facet: facet.to_owned(),
        cc,
        virtuous,
        base,
    };
    let base = &subject.base;
    vec![
        row(
            "consent",
            cc_consent.to_owned(),
            consent,
            base.consent.map_or(String::new(), |consent| word(consent.opted_in).to_owned()),
        ),
        row("email", cc.email.clone().unwrap_or_default(), email, base.email.clone().unwrap_or_default()),
        row(
            "segments",
            joined(tags_of(cc, mapping)),
            joined(staffed.filter(|tag| mapping.by_name.contains_key(*tag)).collect()),
            joined(base.segments.iter().map(|(_, tag)| tag.as_str()).collect()),
        ),
    ]
}

/// The tags that the memberships stand for.
fn tags_of<'a>(cc: &CcView, mapping: &'a Mapping) -> BTreeSet<&'a str> {
    let is_in = |segment: &crate::domain::SegmentKey| match segment {
        crate::domain::SegmentKey::List(id) => cc.lists.contains(id),
        crate::domain::SegmentKey::Tag(id) => cc.tags.contains(id),
    };
    let on = mapping.tags.iter().filter(|(segment, _)| cc.deletion.is_none() && is_in(segment));
    on.map(|(_, tag)| tag.name.as_str()).collect()
}

fn cc_json(cc: &CcView, room: &Room, record: &CustomerRecord) -> Result<Value, DeskError> {
    let book = room.store.of(record.number).book()?.cc;
    let list_name = |id: &crate::domain::ListId| {
        book.lists.get(id).map_or_else(|| id.to_string(), |list| list.name.clone())
    };
    let fields: serde_json::Map<String, Value> = cc
        .fields
        .iter()
        .map(|(id, value)| {
            let field = book.fields.get(id);
            let label = field.map_or_else(|| id.to_string(), |field| field.label.clone());
            let choice =
                |choice: &String| field.and_then(|field| field.choices.get(choice)).unwrap_or(choice).clone();
            let text = value.value.clone();
            let text =
                text.unwrap_or_else(|| value.choices.iter().map(choice).collect::<Vec<_>>().join("; "));
            (label, Value::String(text))
        })
        .collect();
    let at = |at: Option<crate::domain::Timestamp>| at.map(|at| at.to_string());
    Ok(json!({
        "seen_at": cc.seen_at.to_string(),
        "email": cc.email,
        "permission": cc.permission.as_str(),
        "opt_in_source": cc.opt_in_source.as_str(),
        "opt_in_at": at(cc.opt_in_at),
        "opt_out_source": cc.opt_out_source.as_str(),
        "opt_out_at": at(cc.opt_out_at),
        "opt_out_reason": cc.opt_out_reason,
        "deleted_at": at(cc.deletion.map(|deletion| deletion.at)),
        "lists": cc.lists.iter().map(list_name).collect::<Vec<_>>(),
        "tags": cc.tags.iter().map(|id| book.tags.get(id).cloned().unwrap_or_else(|| id.to_string())).collect::<Vec<_>>(),
        "fields": fields,
        "first_name": cc.profile.first_name,
        "last_name": cc.profile.last_name,
        "bounce": cc.bounce.as_ref().map(|bounce| json!({
            "code": bounce.code.to_string(), "at": bounce.at.to_string(), "address": bounce.address,
            "campaign": bounce.campaign,
        })),
        "updated_at": at(cc.updated_at),
    }))
}

fn virtuous_json(view: &VirtuousView) -> Value {
    match view {
        VirtuousView::Linked(person) => person_json(person),
        VirtuousView::Candidates(people) if !people.is_empty() => {
            json!({ "candidates": people.iter().map(person_json).collect::<Vec<_>>() })
        }
        _ => Value::Null,
    }
}

fn person_json(person: &Person) -> Value {
    json!({
        "contact": person.contact.0,
        "individual": person.individual.0,
        "linked_by": match person.linked_by {
            crate::domain::LinkedBy::Reference => "reference",
            crate::domain::LinkedBy::Email => "email",
            crate::domain::LinkedBy::Operator => "operator",
        },
        "has_reference": person.has_reference,
        "emails": person.emails.iter().map(|method| json!({
            "id": method.id.0, "type": method.kind, "value": method.value, "opted_in": method.opted_in,
            "primary": method.primary, "modified_at": method.modified_at.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
        "tags": person.tags,
        "fields": person.fields.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "restricted": person.restricted,
        "merged_into": person.merged_into.map(|id| id.0),
        "seen_at": person.seen_at.to_string(),
    })
}

fn base_json(subject: &Subject) -> Value {
    let base = &subject.base;
    if *base == crate::domain::Base::default() {
        return Value::Null;
    }
    json!({
        "consent": base.consent.map(|consent| json!({
            "opted_in": consent.opted_in, "at": consent.at.map(|at| at.to_string()),
        })),
        "email": base.email,
        "former_emails": base.former,
        "segments": base.segments.iter().map(|(_, tag)| tag).collect::<Vec<_>>(),
        "fields": base.fields.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "notes": base.notes,
    })
}

/// Lines of the timeline that fit a screen beside the rest.
const LINES: usize = 12;

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |text: &str| {
            let mut cut: String = text.chars().take(30).collect();
            if text.chars().count() > 30 {
                cut.push('~');
            }
            if cut.is_empty() { "-".to_owned() } else { cut }
        };
        writeln!(f, "{}  {}", self.email.as_deref().unwrap_or("(no address)"), self.id)?;
        writeln!(f, "{}: {} [{}]\nnext: {}\n", self.state, self.reason, self.rule, self.next)?;
        writeln!(f, "{:<10} {:<32} {:<32} agreed", "", "Constant Contact", "Virtuous")?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<10} {:<32} {:<32} {}",
                row.facet,
                cut(&row.cc),
                cut(&row.virtuous),
                cut(&row.base)
            )?;
        }
        for one in &self.differences {
            writeln!(f, "differs: {}: {} / {}", one.facet, cut(&one.cc), cut(&one.virtuous))?;
        }
        self.because.iter().try_for_each(|line| writeln!(f, "because: {line}"))?;
        self.to_do.iter().try_for_each(|line| writeln!(f, "to do:   {line}"))?;
        let skipped = self.timeline.len().saturating_sub(LINES);
        writeln!(
            f,
            "\ntimeline{}",
            if skipped > 0 { format!(" ({skipped} older lines: --json)") } else { String::new() }
        )?;
        self.timeline.iter().skip(skipped).try_for_each(|line| {
            writeln!(f, "  {:<24} {:<18} {:<3} {}", line.at, line.what, line.rule, line.detail)
        })?;
        if !self.several.is_empty() {
            writeln!(f, "\nothers with this address; ask for one by its id:")?;
        }
        self.several.iter().try_for_each(|one| writeln!(f, "  {}  {:<9} {}", one.id, one.state, one.reason))
    }
}
