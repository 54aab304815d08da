//! What a reading of Virtuous brought: the contact, another contact after a merge, or no contact (I2, I3).

use crate::{
    domain::{Cause, LinkedBy, Person, Reason, Rule, Stage, Subject, Timestamp, VirtuousView, What},
    sync::{
        Planner,
        capture::{confirm, note_event, touched_by_virtuous},
        consent, segments, unseen,
    },
};

/// Links the subject to the contact that was read, or follows it to the contact that it was merged into.
pub fn found(subject: &mut Subject, person: &Person, planner: &Planner, now: Timestamp) {
    unseen::heed(subject, person, now);
    let moved = subject.virtuous.linked().is_some_and(|known| known.contact != person.contact);
    let known_by = subject.virtuous.linked().map(|known| known.linked_by);
    let first = known_by.is_none();
    if moved {
        subject.reference_refused = false;
        // Staff merged contacts, which says nothing of tags: those of Tandem that the new one has are its own, and the others
        // are put on again (I3, S5).
        let mapped = |name: &String| Some((planner.mapping.by_name.get(name)?.clone(), name.clone()));
        subject.base.segments = person.tags.iter().filter_map(mapped).collect();
        subject.base.segments.sort();
    }
    segments::own_first_told_tags(subject, person, &planner.mapping);
    let linked_by = known_by.unwrap_or(person.linked_by);
    subject.virtuous =
        VirtuousView::Linked(Box::new(Person { linked_by, late: Vec::new(), ..person.clone() }));
    // What was a further contact with the address may be the linked one now (I3).
    subject.hits.retain(|hit| hit.contact != person.contact);
    unseen::follow(subject, person.contact);
    if first || moved {
        let reason = match (moved, linked_by) {
            (true, _) => Reason::new(Rule::I3, Cause::MergedAway),
            (false, LinkedBy::Reference) => Reason::new(Rule::I2, Cause::FoundByReference),
            (false, LinkedBy::Email | LinkedBy::Operator) => Reason::new(Rule::I2, Cause::FoundByEmail),
        };
        note_event(subject, now, What::Linked, reason);
    }
    confirm(subject, &planner.rules, now);
}

/// Follows a merge that a reading of the former contact told of, with the reading of the contact that is left (I3): the other
/// subscribers linked there plan with this subscriber as one household from then on (I4).
pub fn follow_merge(subject: &mut Subject, person: &Person, planner: &Planner, now: Timestamp) {
    consent::note_staff_opt_outs(subject, person);
    found(subject, person, planner, now);
    let reason = Reason::new(Rule::I3, Cause::MergedAway);
    touched_by_virtuous(subject, reason, planner.stage, &planner.rules, now);
}

/// Keeps that Virtuous has no contact of the subscriber.
pub(super) fn not_found(subject: &mut Subject, now: Timestamp) {
    subject.virtuous = VirtuousView::Absent { since: now };
    note_event(subject, now, What::LookedUp, Reason::new(Rule::I2, Cause::NotInVirtuous));
    if subject.submission.is_some_and(|submission| !submission.certain) {
        // It surely did not arrive: an import ran or a night passed since, and it is not there. Sent again (V1).
        subject.submission = None;
    }
}

/// I2: one hit by email is the link, as soon as all of Virtuous was read.
pub(super) fn adopt_single_candidate(subject: &mut Subject, planner: &Planner, now: Timestamp) {
    if planner.stage == Stage::Scanning {
        return;
    }
    if let VirtuousView::Candidates(people) = &mut subject.virtuous
        && people.len() == 1
        && let Some(only) = people.pop()
    {
        subject.virtuous = VirtuousView::Linked(Box::new(only));
        note_event(subject, now, What::Linked, Reason::new(Rule::I2, Cause::FoundByEmail));
    }
}
