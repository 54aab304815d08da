//! Constant Contact's one confirmation email (P5): whom staff opted in again can be asked by it whether they mean it. It changes
//! no consent: the person stays unsubscribed until they confirm, and what they then say is proof like any other (P3).

use crate::domain::{
    Cause, Confirmation, CustomerRules, Effect, ListId, Permission, Reason, Rule, SegmentKey, Subject,
    Timestamp,
};

use super::{Household, Mapping, Planned, consent, segments};

/// What is to become of the question whether staff's opt-in holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A person decides.
    Ask(Reason),
    /// The email is to be sent.
    Send(Planned),
    /// It was sent; the subscriber's answer is waited for.
    Wait(Reason),
}

/// Looks at what was asked for and sent for the subject as it is now.
#[must_use]
pub fn answer(subject: &Subject, question: Reason) -> Answer {
    let now = subject.confirmation_now();
    match (now, subject.confirmation.as_ref().and_then(|asked| asked.sent_at)) {
        (Some(Confirmation { sent_at: Some(at), .. }), _) => {
            Answer::Wait(Reason::about(Rule::P5, Cause::ConfirmationSent, format!("on {at}")))
        }
        (Some(Confirmation { sent_at: None, lists, .. }), _) if may_be_sent(subject).is_ok() => {
            let effect = Effect::SendConfirmation { lists: lists.clone() };
            Answer::Send(Planned { effect, reason: Reason::new(Rule::P5, Cause::ConfirmationAsked) })
        }
        (None, Some(at)) => {
            Answer::Ask(Reason { detail: format!("the confirmation email went out on {at}"), ..question })
        }
        _ => Answer::Ask(question),
    }
}

/// Why no confirmation email can be sent to a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSendable {
    /// Constant Contact sends one to an unsubscribed contact, and only once (reference/constant-contact.md 6.1).
    #[error("Constant Contact sends one such email to a contact, and it was sent already")]
    SentBefore,
    /// Not unsubscribed, but out by a bounce or a deletion.
    #[error("the subscriber is not unsubscribed in Constant Contact, but out for another reason")]
    NotUnsubscribed,
    /// The subscriber reported an email as spam, and is not sent another.
    #[error("the subscriber reported an email as spam")]
    Complained,
    /// A bounce counts beside the unsubscribe: a confirmation would change nothing (P4).
    #[error("mail to the address bounced")]
    Bounced,
}

/// Whether the email can be sent to the subscriber.
///
/// # Errors
/// Why not.
pub fn may_be_sent(subject: &Subject) -> Result<(), NotSendable> {
    let cc = &subject.cc;
    if subject.confirmation.as_ref().is_some_and(|asked| asked.sent_at.is_some()) {
        return Err(NotSendable::SentBefore);
    }
    if cc.permission != Permission::Unsubscribed || cc.deletion.is_some() || cc.email.is_none() {
        return Err(NotSendable::NotUnsubscribed);
    }
    if cc.is_complaint() {
        return Err(NotSendable::Complained);
    }
    if consent::effective_bounce(cc).is_some() {
        return Err(NotSendable::Bounced);
    }
    Ok(())
}

/// The lists that a confirmation leads back to, unless a person names others: lists that the subscriber is still on, and lists
/// whose tags the linked contact carries for no other subscriber of the household (I4). Only what is mapped.
#[must_use]
pub fn lists_of(
    subject: &Subject,
    mapping: &Mapping,
    household: &Household,
    rules: &CustomerRules,
) -> Vec<ListId> {
    let tags = subject.virtuous.linked().map(|person| person.tags.as_slice()).unwrap_or_default();
    let tagged = tags
        .iter()
        .filter(|tag| !household.owned.contains(*tag))
        .filter_map(|tag| mapping.by_name.get(tag).cloned())
        .filter(|key| !household.segments.contains(key));
    let mut lists: Vec<ListId> = segments::memberships(&subject.cc, rules)
        .into_iter()
        .chain(tagged)
        .filter(|key| mapping.tags.contains_key(key))
        .filter_map(|key| match key {
            SegmentKey::List(list) => Some(list),
            SegmentKey::Tag(_) => None,
        })
        .collect();
    lists.sort();
    lists.dedup();
    lists
}

/// Keeps that Constant Contact took it. It sends none again, so a refusal because it was sent before comes to the same.
pub(super) fn sent(subject: &mut Subject, now: Timestamp) {
    if let Some(asked) = &mut subject.confirmation {
        asked.sent_at = Some(now);
    }
}

#[cfg(test)]
#[path = "confirmation_test.rs"]
mod tests;
