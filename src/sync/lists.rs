//! Changes of list memberships that are on their way to Constant Contact (S5): what the subject remembers of them.
//!
//! Constant Contact takes a change at once and carries it out later. What both sides agree on is taken over when it is sent,
//! and the facet rests until it is carried out; what Constant Contact then shows decides: a membership that did not come about
//! is its word against staff's, and it wins.

use std::time::Duration;

use crate::domain::{
    Cause, Effect, ListId, ListsInFlight, Membership, Reason, Rule, SegmentKey, Subject, Timestamp, What,
};

use super::{Planner, capture::note_event, damping, tag_ids};

/// First wait before it is asked for (reference/constant-contact.md 6.3).
pub const WAIT: Duration = Duration::from_secs(5);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// A change that is not carried out after so long never will be.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 3600);
/// How often a contact is read again that does not show a change without errors: results may come late.
const LOOKS_DONE: u8 = 3;

/// Keeps that a change was taken, and what will be agreed on with it.
pub(super) fn sent(
    subject: &mut Subject,
    flight: &ListsInFlight,
    reason: &Reason,
    planner: &Planner,
    now: Timestamp,
) {
    subject.attempts = 0;
    let effect = Effect::ChangeLists { membership: flight.membership, lists: flight.lists.clone() };
    damping::count(subject, &effect, now);
    agree(subject, &flight.lists, flight.membership, planner);
    subject.lists_in_flight = Some(flight.clone());
    note_event(subject, now, What::Sent, reason.clone());
}

/// Takes over that these lists are joined or left.
fn agree(subject: &mut Subject, lists: &[ListId], membership: Membership, planner: &Planner) {
    let is_of = |key: &SegmentKey| matches!(key, SegmentKey::List(list) if lists.contains(list));
    subject.base.segments.retain(|(key, _)| !is_of(key));
    if membership == Membership::Join {
        for (key, tag) in planner.mapping.tags.iter().filter(|(key, _)| is_of(key)) {
            subject.base.segments.push((key.clone(), tag.name.clone()));
            if let Some(id) = tag_ids::id_of(tag) {
                tag_ids::put_on(&mut subject.base.tag_ids, &tag.name, id);
            }
        }
        subject.base.segments.sort();
    }
}

/// Not yet carried out: asked for again, later each time.
pub(super) fn look_later(subject: &mut Subject, now: Timestamp) {
    if let Some(flight) = &mut subject.lists_in_flight {
        flight.looks = flight.looks.saturating_add(1);
        let wait = WAIT.saturating_mul(1 << u32::from(flight.looks.min(8))).min(WAIT_MAX);
        flight.next_look = now.plus(wait);
    }
}

/// Carried out, and the contact was read since.
pub(super) fn done(subject: &mut Subject, errors: &str, now: Timestamp) {
    let Some(flight) = &subject.lists_in_flight else { return };
    let shows = flight
        .lists
        .iter()
        .all(|list| subject.cc.lists.contains(list) == (flight.membership == Membership::Join));
    if !shows && errors.is_empty() && flight.looks < LOOKS_DONE {
        look_later(subject, now);
        return;
    }
    subject.lists_in_flight = None;
    let (what, reason) = if shows {
        (What::ListsChangedInCc, Reason::new(Rule::S5, Cause::TagByStaff))
    } else {
        (What::Seen, Reason::about(Rule::S5, Cause::OppositeChanges, errors))
    };
    note_event(subject, now, what, reason);
}

/// Carried out for many at once, without an error: taken over until the next reading, which counts whatever it shows.
pub(super) fn trusted(subject: &mut Subject, now: Timestamp) {
    let Some(flight) = subject.lists_in_flight.take() else { return };
    subject.cc.lists.retain(|list| !flight.lists.contains(list));
    if flight.membership == Membership::Join {
        subject.cc.lists.extend(flight.lists);
        subject.cc.lists.sort();
    }
    subject.fingerprint = None;
    note_event(subject, now, What::ListsChangedInCc, Reason::new(Rule::S5, Cause::TagByStaff));
}

/// It failed as a whole: as if it was never sent.
pub(super) fn undone(subject: &mut Subject, planner: &Planner) {
    if let Some(flight) = subject.lists_in_flight.take() {
        agree(subject, &flight.lists, flight.membership.reverse(), planner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ContactId;

    #[test]
    fn e3_a_change_of_lists_that_is_sent_again_and_again_is_counted() {
        let now = Timestamp::from_secs(1_800_000_000);
        let (mut subject, planner) = (Subject::new(ContactId::new("c-1"), now), Planner::default());
        let (membership, lists) = (Membership::Join, vec![ListId::new("l-1")]);
        let flight = ListsInFlight {
            activity: "a-1".to_owned(),
            membership,
            lists: lists.clone(),
            sent_at: now,
            looks: 0,
            next_look: now.plus(WAIT),
        };
        let effect = Effect::ChangeLists { membership, lists };
        let reason = Reason::new(Rule::S5, Cause::TagByStaff);
        let repeats: Vec<bool> = (0..3)
            .map(|_| {
                sent(&mut subject, &flight, &reason, &planner, now);
                damping::is_repeat(&subject, &effect)
            })
            .collect();
        assert_eq!(repeats, [false, true, true]);
    }
}
