//! The three views side by side.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{CcView, Person, SegmentKey, Subject},
    sync::{
        Mapping, Planner,
        consent::{CcConsent, cc_consent},
    },
};

/// One row of the three views side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Consent, address and segments in both systems, and as agreed.
pub(super) fn of(subject: &Subject, planner: &Planner) -> Vec<Row> {
    let (cc, base, mapping) = (&subject.cc, &subject.base, &planner.mapping);
    let person = subject.virtuous.linked();
    let key = cc.email_key().unwrap_or_default();
    // As the rules read it: a bounce counts, too (P4).
    let consent = match cc_consent(cc, &planner.rules) {
        CcConsent::Out { .. } => "opted out",
        CcConsent::Active { .. } => "opted in",
        CcConsent::Silent => cc.permission.as_str(),
    };
    let consent = Row {
        facet: "consent".to_owned(),
        cc: consent.to_owned(),
        virtuous: person.map(|person| consent_of(person, &key)).unwrap_or_default(),
        base: base.consent.map(|consent| word(consent.opted_in).to_owned()).unwrap_or_default(),
    };
    let email = Row {
        facet: "email".to_owned(),
        cc: cc.email.clone().unwrap_or_default(),
        virtuous: person.and_then(|person| address_of(person, &key)).unwrap_or_default(),
        base: base.email.clone().unwrap_or_default(),
    };
    let on = person.map(|person| person.tags.iter().map(String::as_str)).into_iter().flatten();
    let segments = Row {
        facet: "segments".to_owned(),
        cc: joined(tags_of(cc, mapping)),
        virtuous: joined(on.filter(|tag| mapping.by_name.contains_key(*tag)).collect()),
        base: joined(base.segments.iter().map(|(_, tag)| tag.as_str()).collect()),
    };
    vec![consent, email, segments]
}

const fn word(opted_in: bool) -> &'static str {
    if opted_in { "opted in" } else { "opted out" }
}

/// The opt-in of the address: one opt-out of several ContactMethods counts (P2).
fn consent_of(person: &Person, key: &str) -> String {
    let methods: Vec<bool> = person.methods_of(key).map(|method| method.opted_in).collect();
    let text = if methods.is_empty() { "no such address" } else { word(!methods.contains(&false)) };
    text.to_owned()
}

/// The subscriber's address as Virtuous has it, else the primary one, else any.
fn address_of(person: &Person, key: &str) -> Option<String> {
    let found = person.methods_of(key).next();
    let any = found.or_else(|| person.emails.iter().find(|method| method.primary)).or(person.emails.first());
    any.map(|method| method.value.clone())
}

fn joined(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join("; ")
}

/// The tags that the memberships stand for.
fn tags_of<'a>(cc: &CcView, mapping: &'a Mapping) -> BTreeSet<&'a str> {
    let is_in = |segment: &SegmentKey| match segment {
        SegmentKey::List(id) => cc.lists.contains(id),
        SegmentKey::Tag(id) => cc.tags.contains(id),
    };
    let on = mapping.tags.iter().filter(|(segment, _)| cc.deletion.is_none() && is_in(segment));
    on.map(|(_, tag)| tag.name.as_str()).collect()
}
