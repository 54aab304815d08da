//! Questions for a person: what is asked, and what can be answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::verb::{may_confirm, verbs};

use super::{
    offers::{self, Offer},
    verb::Verb,
};
use crate::domain::{Cause, Parts, Person, Reason, Rule, Subject, VirtuousReferenceData, VirtuousView};

/// Something that waits for a person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// What to name it by.
    pub id: String,
    /// The subscriber or the tag that it is about.
    pub subject: String,
    /// The rule that asks.
    pub rule: Rule,
    /// What it asks.
    pub reason: String,
    /// What can be done: a verb, or a whole line after `tandem work CUSTOMER` where one of several is to be named.
    pub actions: Vec<String>,
    /// The name of the person that it is about, else the address; empty where it is about no person.
    #[serde(default)]
    pub name: String,
    /// The same as `actions`, each with what it does.
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// The question that a subscriber waits with.
#[must_use]
pub fn of(subject: &Subject, reference: &VirtuousReferenceData) -> Review {
    let id = subject.id.to_string();
    let mut actions: Vec<String> = match (subject.reason.cause, &subject.virtuous) {
        (Cause::SeveralHits, VirtuousView::Candidates(people)) => {
            people.iter().map(|person| format!("accept {id} --contact {}", person.contact)).collect()
        }
        (Cause::TagTwice, _) => choices(&subject.reason.detail, reference),
        _ => Vec::new(),
    };
    let plain = verbs(subject.reason.cause).iter().map(|verb| verb.as_str().to_owned());
    actions.extend(plain.filter(|verb| verb != "accept" || actions_are_plain(subject.reason.cause)));
    if may_confirm(subject) {
        actions.push(Verb::Confirm.as_str().to_owned());
    }
    let (rule, reason) = (subject.reason.rule, subject.reason.to_string());
    let (name, offers) = (name_of(subject), offers::of(subject, reference));
    Review { subject: id.clone(), id, rule, reason, actions, name, offers }
}

/// A person's name for people; without one, the address.
#[must_use]
pub fn name_of(subject: &Subject) -> String {
    let profile = &subject.cc.profile;
    let name = format!("{} {}", profile.first_name.trim(), profile.last_name.trim());
    let name = name.trim();
    if name.is_empty() { subject.cc.email.clone().unwrap_or_default() } else { name.to_owned() }
}

/// What stays opted in in Virtuous while the subscriber's opt-out is not written; `None` if nothing does (P2).
#[must_use]
pub fn stays_opted_in(subject: &Subject) -> Option<String> {
    let ids_of = |is_meant: &dyn Fn(&Person) -> bool| -> String {
        let contacts = subject.virtuous.contacts();
        let people = contacts.into_iter().filter_map(|id| subject.virtuous.person_of(id));
        let all = people.chain(&subject.hits).filter(|person| is_meant(person));
        all.map(|person| person.contact.to_string()).collect::<Vec<_>>().join(", ")
    };
    let since = subject.opt_out_owed_since;
    let waits = since.map(|since| {
        let ids = ids_of(&|person| person.reached(false).any(|method| method.opted_in));
        format!("stays opted in until its opt-out is written, which waits since {since}: contact {ids} of Virtuous")
    });
    let is_out = since.is_some() || subject.base.consent.is_some_and(|base| !base.opted_in);
    let untold = ids_of(&|person| person.gaps.unknown.has(Parts::METHODS));
    let untold = (is_out && !untold.is_empty()).then(|| {
        format!("may stay opted in, as Virtuous does not tell the addresses: contact {untold} of Virtuous")
    });
    let parts: Vec<String> = waits.into_iter().chain(untold).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The question which of several tags of one name is meant (S4): one answer for all subscribers that it concerns.
#[must_use]
pub fn of_tag(name: &str, reference: &VirtuousReferenceData) -> Review {
    let reason = Reason::about(Rule::S4, Cause::TagTwice, name);
    Review {
        id: name.to_owned(),
        subject: name.to_owned(),
        rule: reason.rule,
        reason: reason.to_string(),
        actions: choices(name, reference),
        name: String::new(),
        offers: offers::of_tag(name, reference),
    }
}

/// The question what untouched opt-outs mean: one for all of them, which a setting answers (P7); `None` without such a person.
#[must_use]
pub fn of_untouched(people: usize) -> Option<Review> {
    let reason = Reason::about(
        Rule::P7,
        Cause::Untouched,
        format!(
            "{people} people; set untouched = \"leave\" or \"opt_out\" under [consent] in the customer's file, then `tandem customer apply`"
        ),
    );
    (people > 0).then(|| Review {
        id: "untouched".to_owned(),
        subject: "untouched".to_owned(),
        rule: reason.rule,
        reason: reason.to_string(),
        actions: Vec::new(),
        name: String::new(),
        offers: Vec::new(),
    })
}

fn choices(name: &str, reference: &VirtuousReferenceData) -> Vec<String> {
    let ids = reference.tags.get(name).map(Vec::as_slice).unwrap_or_default();
    ids.iter().map(|id| format!("accept \"{name}\" --tag {id}")).collect()
}

const fn actions_are_plain(cause: Cause) -> bool {
    !matches!(cause, Cause::SeveralHits)
}

/// What an acceptance means, for people.
#[must_use]
pub const fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::StaffOptIn | Cause::ConfirmationSent => "the opt-out is put back in Virtuous",
        Cause::UnprovedOptIn | Cause::ImportOptIn => "opted in, as Constant Contact shows",
        Cause::NoteInDoubt => "the opt-out is staff's, and Constant Contact is told",
        Cause::SeveralHits => "this Virtuous contact is the subscriber",
        _ => "accepted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AgreedConsent, ContactId, Gaps, Timestamp};

    #[test]
    fn p2_a_contact_that_is_not_told_is_named_by_drop() {
        let now = Timestamp::from_secs(1_800_000_000);
        let gaps = Gaps { untold: Parts::METHODS, unknown: Parts::METHODS, readings: 3 };
        let told = crate::sync::link::tests::linked_at(now, Gaps::default());
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        subject.hits = vec![crate::sync::link::tests::linked_at(now, gaps), told];
        assert_eq!(stays_opted_in(&subject), None, "nothing is to be written");
        subject.base.consent = Some(AgreedConsent { opted_in: false, at: None });
        let stays = stays_opted_in(&subject).unwrap();
        assert!(stays.starts_with("may stay opted in") && stays.ends_with("of Virtuous"), "{stays}");
        subject.hits.remove(0);
        assert_eq!(stays_opted_in(&subject), None);
    }
}
