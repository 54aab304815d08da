//! Keeps an observation on a subject: what changed, and how urgent that is.

use crate::domain::{
    Base, Bounce, BounceKind, BouncePolicy, Cause, CcView, CustomerRules, Deletion, EmailMethod, Event, Lane,
    LinkedBy, Observation, OtherMethod, Person, Reason, Rule, Stage, State, Subject, Timestamp, VirtuousView,
    What, Work, email_key,
};

use super::consent::{CcConsent, cc_consent, is_unanswered, note_staff_opt_outs, remember_opt_out};
use super::{set_back, unseen};

/// Timeline lines kept on the subject itself until the next settlement moves them.
const RECENT_MAX: usize = 24;

/// Adds a line to the timeline; the oldest unmoved one gives way.
pub fn note_event(subject: &mut Subject, at: Timestamp, what: What, reason: Reason) {
    if subject.recent.len() >= RECENT_MAX {
        subject.recent.remove(0);
    }
    subject.recent.push(Event { at, what, reason });
}

/// Keeps a reading of Constant Contact. Returns whether the subject changed and is to be stored.
///
/// A reading older than what is known changes nothing, so that readings may arrive in any order.
pub fn observe_cc(
    subject: &mut Subject,
    observation: Observation,
    rules: &CustomerRules,
    stage: Stage,
    now: Timestamp,
) -> bool {
    set_back::subject(subject, now);
    if observation.view.seen_at < subject.cc.seen_at {
        return false;
    }
    let view = complete(&subject.cc, &observation);
    let is_new = subject.revision == 0;
    let changed = changed_facets(&subject.cc, &view);
    let read = Some(observation.fingerprint);
    let fingerprint_moved = subject.fingerprint != read;
    subject.fingerprint = read;
    if !is_new && changed.is_empty() {
        // Nothing that matters; keep the hash and the clock of the record, so that it is not compared again.
        subject.cc.seen_at = view.seen_at;
        subject.cc.updated_at = view.updated_at;
        return fingerprint_moved;
    }
    let email_changed = subject.cc.email_key() != view.email_key();
    let was_deleted = subject.cc.deletion.is_some();
    remember_opt_out(subject, &view);
    if email_changed {
        remember_address(subject);
    }
    subject.cc = view;
    if !is_new && email_changed {
        (subject.email_taken, subject.more_hits) = (None, false);
        // Not found under the old address, in a look-up or in the reading of all contacts, says nothing about the new one.
        if subject.virtuous.linked().is_none() {
            subject.virtuous = VirtuousView::LookAgain;
        }
    }
    let (rule, cause) = match (is_new, was_deleted && subject.cc.deletion.is_none()) {
        (true, _) => (Rule::I1, Cause::NewSubscriber),
        (false, true) => (Rule::D3, Cause::Revived),
        (false, false) => (Rule::I1, Cause::ChangedInCc),
    };
    let reason = Reason::about(rule, cause, changed.join(", "));
    seen(subject, reason, rules, stage, now);
    true
}

/// Keeps the address that is about to be replaced: until consent is agreed on, what Virtuous shows of it counts (P3, P6).
fn remember_address(subject: &mut Subject) {
    let Some(outgoing) = subject.cc.email_key() else { return };
    let Base { email, former, .. } = &mut subject.base;
    if former.is_empty() && email.as_ref() == Some(&outgoing) {
        return;
    }
    former.retain(|known| *known != outgoing);
    former.push(outgoing);
}

/// What one reading and what was known before make together: sub-resources that were not asked for stay (they are
/// absent, not empty), and so do facts of reports.
#[must_use]
pub fn complete(known: &CcView, observation: &Observation) -> CcView {
    let mut view = observation.view.clone();
    if !observation.has_lists {
        view.lists.clone_from(&known.lists);
    }
    if !observation.has_tags {
        view.tags.clone_from(&known.tags);
    }
    if !observation.has_fields {
        view.fields.clone_from(&known.fields);
    }
    if !observation.has_profile {
        view.profile.phone.clone_from(&known.profile.phone);
        view.profile.address.clone_from(&known.profile.address);
    }
    if !observation.has_names {
        view.profile.first_name.clone_from(&known.profile.first_name);
        view.profile.last_name.clone_from(&known.profile.last_name);
    }
    if !observation.has_email {
        view.email.clone_from(&known.email);
    }
    if !observation.has_permission {
        // Dates and words beside a permission that was not told belong to no known permission (E2).
        let CcView { permission, opt_in_source, opt_in_at, opt_out_source, opt_out_at, .. } = *known;
        view = CcView { permission, opt_in_source, opt_in_at, opt_out_source, opt_out_at, ..view };
        view.opt_out_reason.clone_from(&known.opt_out_reason);
    }
    view.bounce.clone_from(&known.bounce);
    view
}

/// Names of the facets in which two views differ.
pub(super) fn changed_facets(old: &CcView, new: &CcView) -> Vec<&'static str> {
    let consent = |view: &CcView| {
        let CcView { permission, opt_in_source, opt_in_at, opt_out_source, opt_out_at, .. } = view;
        (*permission, *opt_in_source, *opt_in_at, *opt_out_source, *opt_out_at, view.opt_out_reason.clone())
    };
    [
        ("consent", consent(old) != consent(new)),
        ("email", old.email != new.email),
        ("deletion", old.deletion != new.deletion),
        ("bounce", old.bounce != new.bounce),
        ("lists", old.lists != new.lists),
        ("tags", old.tags != new.tags),
        ("fields", old.fields != new.fields),
        ("profile", old.profile != new.profile),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Notes what was seen, which makes the subject due.
fn seen(subject: &mut Subject, reason: Reason, rules: &CustomerRules, stage: Stage, now: Timestamp) {
    note_event(subject, now, What::Seen, reason.clone());
    touched(subject, reason, rules, stage, now);
}

/// A view changed: the plan is stale, a past failure is past, and the subject is due.
fn touched(subject: &mut Subject, reason: Reason, rules: &CustomerRules, stage: Stage, now: Timestamp) {
    subject.revision = subject.revision.wrapping_add(1).max(1);
    subject.failure = None;
    subject.attempts = 0;
    let out_in_cc =
        matches!(cc_consent(&subject.cc, rules), CcConsent::Out { .. }) || is_unanswered(subject, rules);
    let agreed_out = subject.base.consent.is_some_and(|base| !base.opted_in);
    let owes_opt_out = out_in_cc && !agreed_out;
    if owes_opt_out && subject.opt_out_owed_since.is_none() {
        subject.opt_out_owed_since = Some(now);
    }
    if !out_in_cc {
        subject.opt_out_owed_since = None;
    }
    if subject.submission.is_some_and(|submission| submission.creates) {
        // C4: merged into what follows the confirmation.
        return;
    }
    let never_settled = subject.base.consent.is_none() && subject.base.email.is_none();
    let lane = if owes_opt_out {
        Lane::Consent
    } else if never_settled && stage != Stage::Live {
        Lane::Import
    } else {
        Lane::Change
    };
    subject.state = State::Pending;
    subject.reason = reason;
    subject.work = Some(Work { lane, due: now });
}

/// Keeps a bounce of a campaign's report (P4). Returns whether the subject changed; an older one than the one known does
/// not count.
pub fn observe_bounce(
    subject: &mut Subject,
    bounce: Bounce,
    rules: &CustomerRules,
    stage: Stage,
    now: Timestamp,
) -> bool {
    let known = subject.cc.bounce.as_ref();
    let Some(kind) = BounceKind::of_code(bounce.code) else { return false };
    if known.is_some_and(|known| stands_before(known, &bounce, kind, &subject.cc, rules)) {
        return false;
    }
    let reason = Reason::about(Rule::P4, Cause::ChangedInCc, format!("bounce, code {}", bounce.code));
    subject.cc.bounce = Some(bounce);
    seen(subject, reason, rules, stage, now);
    true
}

/// Whether the known bounce counts before the other: a bounce of the present address before a bounce of a former address (P6), then
/// the heavier by the customer's choice (a soft bounce must not hide a hard bounce that opts out), then the newer.
fn stands_before(
    known: &Bounce,
    other: &Bounce,
    kind: BounceKind,
    cc: &CcView,
    rules: &CustomerRules,
) -> bool {
    let present = |bounce: &Bounce| cc.email_key() == Some(email_key(&bounce.address));
    let weight = |kind: BounceKind| match rules.bounce_policy(kind) {
        BouncePolicy::OptOut => 2,
        BouncePolicy::Note => 1,
        BouncePolicy::Ignore => 0,
    };
    let rank =
        |bounce: &Bounce, kind: Option<BounceKind>| (present(bounce), kind.map_or(0, weight), bounce.at);
    rank(known, BounceKind::of_code(known.code)) >= rank(other, Some(kind))
}

/// Keeps that a contact is gone (D1). Returns whether that is new. Whatever is read of it later counts as a change (D3).
pub fn observe_gone(
    subject: &mut Subject,
    deletion: Deletion,
    rules: &CustomerRules,
    stage: Stage,
    now: Timestamp,
) -> bool {
    set_back::subject(subject, now);
    if subject.cc.deletion.is_some() {
        return false;
    }
    subject.cc.deletion = Some(deletion);
    subject.cc.seen_at = subject.cc.seen_at.max(deletion.at);
    subject.fingerprint = None;
    let reason = Reason::new(Rule::D1, Cause::GoneInCc);
    seen(subject, reason, rules, stage, now);
    true
}

/// Keeps a reading of a Virtuous contact that concerns the subject. Returns whether the subject changed.
///
/// Our own write comes back as a reading that equals what is known, and changes nothing: that is what stops echoes.
pub fn observe_virtuous(
    subject: &mut Subject,
    person: Person,
    rules: &CustomerRules,
    stage: Stage,
    now: Timestamp,
) -> bool {
    set_back::subject(subject, now);
    let by_reference = person.has_reference;
    note_staff_opt_outs(subject, &person);
    let heeded = unseen::heed(subject, &person, now);
    let person = Person { late: Vec::new(), ..person };
    let reason = match &mut subject.virtuous {
        VirtuousView::Linked(known) if known.contact == person.contact => {
            let unchanged = same_person(known, &person);
            let linked_by = known.linked_by;
            **known = Person { linked_by, ..person };
            if unchanged && subject.submission.is_none() {
                subject.work = with_look(subject, unseen::next_look(subject));
                return heeded;
            }
            Reason::new(Rule::V2, Cause::ChangedInVirtuous)
        }
        // Linked to another contact: an email hit changes nothing, and a second reference is for the merge to follow.
        VirtuousView::Linked(_) => return keep_hit(subject, person, rules, stage, now) || heeded,
        VirtuousView::Candidates(people) if !by_reference => {
            if let Some(known) = people.iter_mut().find(|known| known.contact == person.contact) {
                let (unchanged, contact) = (same_person(known, &person), person.contact);
                *known = person;
                if unchanged {
                    subject.work = with_look(subject, unseen::next_look_at(subject, contact));
                    return heeded;
                }
            } else {
                people.push(person);
            }
            Reason::new(Rule::I2, Cause::FoundByEmail)
        }
        // While a submission waits, only its reference confirms it; the address alone may be somebody else's contact.
        _ if !by_reference && subject.submission.is_some() => return false,
        view if by_reference => {
            *view = VirtuousView::Linked(Box::new(Person { linked_by: LinkedBy::Reference, ..person }));
            Reason::new(Rule::I2, Cause::FoundByReference)
        }
        view if stage == Stage::Scanning => {
            *view = VirtuousView::Candidates(vec![person]);
            Reason::new(Rule::I2, Cause::FoundByEmail)
        }
        // To be looked up already.
        VirtuousView::LookAgain => return false,
        // Outside the reading of all contacts there may be others with the address, which only a look-up shows.
        view => {
            *view = VirtuousView::LookAgain;
            Reason::new(Rule::I2, Cause::LookUp)
        }
    };
    confirm(subject, rules, now);
    seen_in_virtuous(subject, reason, stage, rules, now);
    true
}

fn seen_in_virtuous(
    subject: &mut Subject,
    reason: Reason,
    stage: Stage,
    rules: &CustomerRules,
    now: Timestamp,
) {
    note_event(subject, now, What::Seen, reason.clone());
    touched_by_virtuous(subject, reason, stage, rules, now);
}

/// Keeps a reading of a further contact with the address, for an opt-out (P2). Returns whether the subject changed.
fn keep_hit(
    subject: &mut Subject,
    person: Person,
    rules: &CustomerRules,
    stage: Stage,
    now: Timestamp,
) -> bool {
    let known = subject.hits.iter_mut().find(|known| known.contact == person.contact);
    let Some(known) = known else { return false };
    let (unchanged, contact) = (same_person(known, &person), person.contact);
    if unchanged {
        subject.work = with_look(subject, unseen::next_look_at(subject, contact));
        return false;
    }
    *known = person;
    touched_by_virtuous(subject, Reason::new(Rule::V2, Cause::ChangedInVirtuous), stage, rules, now);
    true
}

/// The work with a reading of the contact, if that is due before (E1).
fn with_look(subject: &Subject, look: Option<Timestamp>) -> Option<Work> {
    let lane = if unseen::looks_for_opt_out(subject) { Lane::Consent } else { Lane::Verify };
    let look = look.map(|due| Work { lane, due });
    match (subject.work, look) {
        (Some(work), Some(look)) if look.due < work.due => Some(look),
        (work, look) => work.or(look),
    }
}

/// A submission is confirmed once its contact was read (V1); what that reading shows of opt-in is the import's doing (C5).
pub fn confirm(subject: &mut Subject, rules: &CustomerRules, now: Timestamp) {
    let Some(person) = subject.virtuous.linked() else { return };
    let Some(submission) = subject.submission else { return };
    // A created contact shows that the import ran. A profile row shows nowhere: a night has to pass, and until then what
    // consent shows may be the import's doing (F2).
    let looked_at = submission.sent_at.plus(rules.lookup_after);
    if submission.creates || person.seen_at >= looked_at {
        subject.submission = None;
        subject.fresh_since = Some(submission.sent_at);
        note_event(subject, now, What::Confirmed, Reason::new(Rule::V1, Cause::Confirmed));
    }
}

pub(super) fn touched_by_virtuous(
    subject: &mut Subject,
    reason: Reason,
    stage: Stage,
    rules: &CustomerRules,
    now: Timestamp,
) {
    let submission_waits = subject.submission.is_some_and(|submission| submission.creates);
    touched(subject, reason, rules, stage, now);
    let staff_opt_out = subject.base.consent.is_some_and(|base| base.opted_in)
        && subject.virtuous.linked().is_some_and(|person| {
            person.emails.iter().any(|method| !method.opted_in)
                || person.others.iter().any(OtherMethod::is_staffs_opt_out)
        });
    if staff_opt_out && !submission_waits {
        subject.work = Some(Work { lane: Lane::Consent, due: now });
    }
}

/// Whether two readings of a person say the same, whenever they were made.
fn same_person(one: &Person, other: &Person) -> bool {
    let undated = |methods: &[EmailMethod]| -> Vec<EmailMethod> {
        methods.iter().map(|method| EmailMethod { modified_at: None, ..method.clone() }).collect()
    };
    let undated_others = |person: &Person| -> Vec<OtherMethod> {
        let undated = |method: &EmailMethod| EmailMethod { modified_at: None, ..method.clone() };
        person.others.iter().map(|it| OtherMethod { method: undated(&it.method), ..*it }).collect()
    };
    let alike = Person {
        emails: other.emails.clone(),
        others: other.others.clone(),
        linked_by: other.linked_by,
        seen_at: other.seen_at,
        ..one.clone()
    };
    alike == *other
        && undated(&one.emails) == undated(&other.emails)
        && undated_others(one) == undated_others(other)
}

#[cfg(test)]
#[path = "capture_test.rs"]
mod tests;
