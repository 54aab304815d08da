//! What was written: the views are brought to what the write made of them.

use crate::{
    domain::{
        AgreedConsent, Cause, Effect, EmailMethod, Permission, Person, Reason, Rule, SegmentKey, Subject,
        Submission, Timestamp, VirtuousView, What, Written, email_key, reference_data::FieldHolder,
    },
    sync::{
        Planner,
        capture::note_event,
        confirmation,
        consent::{self, OWN_OPT_OUT_REASON},
        create, notes, tag_ids, unseen,
    },
};

use super::{agreed::agreed_after, found::found};

/// Keeps that the transaction was sent (C4).
pub(super) fn submitted(subject: &mut Subject, submission: Submission, email: Option<&str>, now: Timestamp) {
    subject.submission = Some(submission);
    if submission.creates {
        // The contact that comes of the submission is known by this address, whatever the address is by then (P6).
        subject.base.email = email.map(email_key);
    }
    subject.base.profile = Some(create::profile_hash(subject));
    subject.attempts = 0;
    let cause = if submission.certain { Cause::Submitted } else { Cause::SubmissionUnsure };
    note_event(subject, now, What::Sent, Reason::new(Rule::C4, cause));
}

/// Brings the views to what a write made of them. `person`: as read after the write.
pub(super) fn written(
    subject: &mut Subject,
    effect: &Effect,
    person: Option<&Person>,
    planner: &Planner,
    now: Timestamp,
) {
    subject.attempts = 0;
    subject.failure.take_if(|failure| failure.effect == effect.kind().as_str());
    // Decided before the reading is taken over: what Virtuous showed until then is part of the decision (P3).
    let agreed = match effect {
        Effect::SetOptIn { opted_in, .. } => agreed_after(subject, *opted_in, planner),
        _ => subject.base.consent,
    };
    let facets = facets(subject, effect, person);
    if let Some(person) = person {
        found(subject, person, planner, now);
    }
    remember(subject, facets, now);
    match effect {
        Effect::SetOptIn { opted_in, .. } => {
            if *opted_in {
                answer_others(subject);
            }
            subject.base.consent = agreed;
            // The opt-out is part of what is agreed now, with its date (P3), unless further contacts still lack it (P2).
            let lacks = |hit: &Person| hit.reached(false).any(|method| method.opted_in);
            if *opted_in || !subject.hits.iter().any(lacks) {
                subject.unanswered = None;
            }
        }
        Effect::Unsubscribe { .. } => unsubscribed(subject),
        Effect::AddTag { name, segment, tag, .. } => {
            if let Some(linked) = linked(subject)
                && let Err(at) = linked.tags.binary_search(name)
            {
                linked.tags.insert(at, name.clone());
            }
            disown_tag(subject, segment, name);
            subject.base.segments.push((segment.clone(), name.clone()));
            subject.base.segments.sort();
            tag_ids::put_on(&mut subject.base.tag_ids, name, *tag);
        }
        Effect::RemoveTag { name, segment, .. } => {
            if let Some(linked) = linked(subject) {
                linked.tags.retain(|tag| tag != name);
            }
            disown_tag(subject, segment, name);
        }
        Effect::SetFields { fields, .. } => set_fields(subject, fields),
        Effect::AddReference { .. } => {
            if let Some(linked) = linked(subject) {
                linked.has_reference = true;
            }
        }
        Effect::AddNote { note, .. } => notes::remember(&mut subject.base.notes, note),
        Effect::SendConfirmation { .. } => confirmation::sent(subject, now),
        Effect::SetEmail { .. } | Effect::ChangeLists { .. } => {}
    }
}

/// What the write changes on the contact, each with what it was before (E1). `after`: the person with the answer to the write.
fn facets(subject: &Subject, effect: &Effect, after: Option<&Person>) -> Vec<Written> {
    let Some(before) = subject.virtuous.linked() else { return Vec::new() };
    match effect {
        Effect::SetOptIn { addresses, opted_in, .. } => {
            let is_meant = |method: &&EmailMethod| method.opted_in != *opted_in && method.is_at(addresses);
            let answered = |id| after?.method(id)?.modified_at;
            let facet = |method: &EmailMethod| Written::OptIn {
                method: method.id,
                opted_in: *opted_in,
                modified_at: answered(method.id).max(method.modified_at),
                agreed: subject.base.consent,
            };
            before.reached(*opted_in).filter(is_meant).map(facet).collect()
        }
        Effect::AddTag { name, segment, .. } => {
            vec![Written::Tag { segment: segment.clone(), name: name.clone(), on: true }]
        }
        Effect::RemoveTag { name, segment, .. } => {
            vec![Written::Tag { segment: segment.clone(), name: name.clone(), on: false }]
        }
        Effect::SetFields { fields, .. } => {
            let value_of = |name: &String| before.fields.iter().find(|(known, _)| known == name);
            let facet = |(name, value, _): &(String, String, FieldHolder)| Written::Field {
                name: name.clone(),
                before: value_of(name).map(|(_, value)| value.clone()).unwrap_or_default(),
                value: value.clone(),
            };
            fields.iter().map(facet).collect()
        }
        Effect::SetEmail { method, to, .. } => {
            let answered = |id| after?.method(id)?.modified_at;
            let facet = |known: &EmailMethod| Written::Email {
                method: known.id,
                before: email_key(&known.value),
                value: to.clone(),
                modified_at: answered(known.id).max(known.modified_at),
            };
            before.method(*method).map(facet).into_iter().collect()
        }
        Effect::AddReference { .. } => vec![Written::Reference],
        _ => Vec::new(),
    }
}

/// Remembers an opt-out that was written because of a bounce alone; any other opt-in or opt-out ends that (P6). Called before the
/// write is applied, as the opt-out rests on what Virtuous showed until then.
pub(super) fn remember_bounce(subject: &mut Subject, effect: &Effect, reason: &Reason) {
    if let Effect::SetOptIn { opted_in, .. } = effect {
        let by_bounce = matches!(reason.cause, Cause::HardBounce | Cause::SoftBounce);
        subject.bounced = (by_bounce && !opted_in).then(|| consent::by_bounce_alone(subject)).flatten();
    }
}

/// The opt-out of Virtuous now stands in Constant Contact, whose own view follows with its next reading. The date is that of the
/// opt-out, not that of this write (P3).
fn unsubscribed(subject: &mut Subject) {
    subject.fingerprint = None;
    subject.cc.permission = Permission::Unsubscribed;
    subject.cc.opt_out_reason = Some(OWN_OPT_OUT_REASON.to_owned());
    let at = subject.virtuous.linked().and_then(|person| consent::opted_out_at(subject, person));
    subject.base.consent = Some(AgreedConsent { opted_in: false, at });
}

/// Remembers what was written until a reading shows it (E1).
fn remember(subject: &mut Subject, facets: Vec<Written>, now: Timestamp) {
    let Some(contact) = subject.virtuous.linked().map(|linked| linked.contact) else { return };
    own_opt_outs(subject, &facets);
    for facet in facets {
        unseen::wrote(subject, contact, facet, now);
    }
}

/// What Tandem opted out beside the individual's own methods is no word of staff (E5).
fn own_opt_outs(subject: &mut Subject, facets: &[Written]) {
    let is_own = |id| {
        facets
            .iter()
            .any(|facet| matches!(facet, Written::OptIn { method, opted_in: false, .. } if *method == id))
    };
    let others = linked(subject).map(|person| person.others.as_mut_slice()).unwrap_or_default();
    for other in others.iter_mut().filter(|other| is_own(other.method.id)) {
        (other.told, other.answered) = (true, !other.method.opted_in);
    }
}

/// The opt-in was agreed on whatever stands beside the individual's own methods, where it is not set (P2).
pub(super) fn answer_others(subject: &mut Subject) {
    let others = linked(subject).map(|person| person.others.as_mut_slice()).unwrap_or_default();
    for other in others {
        other.answered = other.told && !other.method.opted_in;
    }
}

fn linked(subject: &mut Subject) -> Option<&mut Person> {
    match &mut subject.virtuous {
        VirtuousView::Linked(person) => Some(person),
        _ => None,
    }
}

/// Takes the tag off what both sides agree on.
fn disown_tag(subject: &mut Subject, segment: &SegmentKey, name: &str) {
    subject.base.segments.retain(|(key, tag)| !(key == segment && tag == name));
}

fn set_fields(subject: &mut Subject, fields: &[(String, String, FieldHolder)]) {
    let Some(linked) = linked(subject) else { return };
    for (name, value, _) in fields {
        linked.fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            linked.fields.push((name.clone(), value.clone()));
        }
    }
    linked.fields.sort();
}
