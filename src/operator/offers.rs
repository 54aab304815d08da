//! What a person can do about a subscriber that waits, and what each would write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verb::{Verb, may_confirm, verbs};
use crate::domain::{Cause, State, Subject, VirtuousReferenceData, VirtuousView};

/// Something that can be done about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// `accept`, `drop`, `retry` or `confirm`.
    pub verb: String,
    /// The item that it is about: a subscriber's id, or a tag's name.
    pub item: String,
    /// For this contact of Virtuous, where it is asked which one is the subscriber (I2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<i64>,
    /// For this tag of Virtuous, where it is asked which one is meant (S4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<i64>,
    /// What it does.
    pub does: String,
}

/// What can be done about a subscriber; nothing if it does not wait for a person.
#[must_use]
pub fn of(subject: &Subject, reference: &VirtuousReferenceData) -> Vec<Offer> {
    if subject.decided().is_some() {
        return Vec::new();
    }
    let cause = subject.reason.cause;
    let verbs: &[Verb] = match subject.state {
        State::Review => return of_review(subject, reference),
        State::Failed => &[Verb::Retry, Verb::Drop],
        State::Held if cause == Cause::ConfirmationSent => &[Verb::Accept, Verb::Drop, Verb::Retry],
        State::Held => &[Verb::Retry],
        State::Excluded if cause == Cause::Dropped => &[Verb::Retry],
        _ => &[],
    };
    verbs.iter().map(|verb| plain(*verb, subject)).collect()
}

fn of_review(subject: &Subject, reference: &VirtuousReferenceData) -> Vec<Offer> {
    let cause = subject.reason.cause;
    let mut offers = match (cause, &subject.virtuous) {
        (Cause::SeveralHits, VirtuousView::Candidates(people)) => people
            .iter()
            .map(|person| {
                let contact = Some(person.contact.0);
                let does = format!(
                    "links contact {} of Virtuous to the subscriber, and writes the reference onto it",
                    person.contact
                );
                Offer { contact, does, ..plain(Verb::Accept, subject) }
            })
            .collect(),
        (Cause::TagTwice, _) => of_tag(&subject.reason.detail, reference),
        _ => Vec::new(),
    };
    let may_accept = cause != Cause::SeveralHits;
    let plainly = verbs(cause).iter().filter(|verb| **verb != Verb::Accept || may_accept);
    offers.extend(plainly.map(|verb| plain(*verb, subject)));
    offers.extend(may_confirm(subject).then(|| plain(Verb::Confirm, subject)));
    offers
}

/// The tags of one name, of which one is meant (S4).
#[must_use]
pub fn of_tag(name: &str, reference: &VirtuousReferenceData) -> Vec<Offer> {
    let ids = reference.tags.get(name).map(Vec::as_slice).unwrap_or_default();
    let offer = |tag: i64| Offer {
        verb: Verb::Accept.as_str().to_owned(),
        item: name.to_owned(),
        contact: None,
        tag: Some(tag),
        does: format!(
            "has tag {tag} of Virtuous stand for \"{name}\" from now on, for everybody that waits for it"
        ),
    };
    ids.iter().map(|id| offer(id.0)).collect()
}

fn plain(verb: Verb, subject: &Subject) -> Offer {
    let does = does(verb, subject.reason.cause).to_owned();
    Offer { verb: verb.as_str().to_owned(), item: subject.id.to_string(), contact: None, tag: None, does }
}

/// What a decision does about a question of this cause.
const fn does(verb: Verb, cause: Cause) -> &'static str {
    match (verb, cause) {
        (Verb::Accept, Cause::StaffOptIn | Cause::ConfirmationSent) => {
            "puts the opt-out back in Virtuous; Constant Contact stays as it is"
        }
        (Verb::Accept, Cause::UnprovedOptIn | Cause::ImportOptIn) => {
            "opts the address in in Virtuous, as Constant Contact shows it"
        }
        (Verb::Accept, Cause::NoteInDoubt) => {
            "takes the opt-out for staff's, and unsubscribes the person in Constant Contact"
        }
        (Verb::Accept, _) => "goes on as proposed",
        (Verb::Drop, _) => {
            "writes nothing, and leaves both systems as they are until the person changes in one of them"
        }
        (Verb::Retry, _) => "reads both systems again, and decides anew",
        (Verb::Confirm, _) => {
            "has Constant Contact send its one confirmation email; nothing else changes before the person answers"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::TagId,
        operator::{Operation, OperatorError, tests::Place},
    };

    /// What is offered is what the questions take.
    #[tokio::test]
    async fn every_offer_is_taken_and_says_what_it_does() {
        for at in 0..12 {
            let place = Place::new().await;
            place.failed("1").await;
            place.asked_about("2").await;
            place.opted_in_by_staff("3").await;
            place.ambiguous("4").await;
            let reference = VirtuousReferenceData::default();
            let offers: Vec<Offer> =
                ["1", "2", "3", "4"].iter().flat_map(|id| of(&place.subject(id), &reference)).collect();
            assert!(offers.iter().all(|offer| offer.does.len() > 20), "{offers:?}");
            let Some(offer) = offers.get(at) else {
                assert!(at >= 10, "{offers:?}");
                return;
            };
            let (operation, mut parameters) =
                Operation::at("POST", &format!("customers/hope/work/{}", offer.verb)).unwrap();
            parameters.push(("item".to_owned(), offer.item.clone()));
            parameters.extend(offer.contact.map(|id| ("contact".to_owned(), id.to_string())));
            let answer = operation.ask(&parameters).unwrap().answer(&place.context).await;
            // A person on no list says so: a list is to be named, which has no page yet.
            if matches!(&answer, Err(OperatorError::Refused(text)) if offer.verb == "confirm" && text.contains("--list"))
            {
                continue;
            }
            assert!(answer.is_ok(), "{offer:?}: {answer:?}");
            // What is to be tried again waits for its turn, and may be decided meanwhile.
            let after = of(&place.subject(&offer.item), &reference);
            assert!(offer.verb == "retry" || !after.contains(offer), "{offer:?} is decided: {after:?}");
        }
    }

    #[test]
    fn s4_of_two_tags_each_is_offered_under_the_name() {
        let mut reference = VirtuousReferenceData::default();
        reference.tags.insert("CC: Café".to_owned(), vec![TagId(7), TagId(8)]);
        let offers = of_tag("CC: Café", &reference);
        assert_eq!(
            offers.iter().map(|offer| (offer.item.as_str(), offer.tag)).collect::<Vec<_>>(),
            [("CC: Café", Some(7)), ("CC: Café", Some(8))]
        );
    }
}
