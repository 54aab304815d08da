//! Applies what came of a step to the subject, and plans again: the end of one turn is the start of the next.

use crate::domain::{
    Action, AgreedConsent, Cause, Effect, EffectKind, Event, Failure, Finding, Lane, LinkedBy, Person,
    Reason, Refusal, Rule, Settlement, Stage, State, Subject, Timestamp, VirtuousContactId, VirtuousView,
    What, Work, email_key,
};

use super::{
    Household, Plan, Planner, Step,
    capture::{confirm, note_event, touched_by_virtuous},
    confirmation,
    consent::{self, CcConsent, OWN_OPT_OUT_REASON, cc_consent},
    create, lists, retry, segments,
};

/// A subject after a settlement, and the lines that go to its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Lines for the timeline proper, oldest first.
    pub events: Vec<Event>,
    /// The plan that the subject now stands at.
    pub plan: Plan,
}

/// Applies findings and plans again. `subject` is the stored one, which may be newer than the one that was planned for:
/// findings are facts about the other side and hold whatever happened meanwhile.
pub fn settle(
    subject: &mut Subject,
    settlement: &Settlement,
    planner: &Planner,
    household: &Household,
    now: Timestamp,
) -> Settled {
    // The plan took the only candidate for the link, so that what was written is written there.
    adopt_single_candidate(subject, planner, now);
    if segments::is_first_look(subject) {
        // What the first look at the tags made Tandem's stays so, though consent is agreed on before they are written (S2).
        subject.base.segments = planner.plan(subject, household, now).base.segments;
    }
    let mut hold = Hold::default();
    let linked = subject.virtuous.linked().map(|known| known.contact);
    let left = settlement.contact.filter(|taken| linked.is_some_and(|known| known != *taken));
    for finding in &settlement.findings {
        if left.is_some_and(|left| is_of(finding, left)) {
            continue;
        }
        if let Finding::Found(person) = finding
            && settlement.unsure
        {
            segments::own_new_tags(subject, person, &planner.mapping);
            consent::claim_unsure_opt_out(subject, person);
        }
        apply(subject, finding, planner, now, &mut hold);
    }
    conclude(subject, settlement.lane, planner, household, hold, now)
}

/// Whether a finding shows this contact as it is.
fn is_of(finding: &Finding, contact: VirtuousContactId) -> bool {
    match finding {
        Finding::Found(person) | Finding::Done { person: Some(person), .. } => person.contact == contact,
        _ => false,
    }
}

/// Plans a subject again without findings: after the mapping, the rules or the stage changed.
pub fn replan(
    subject: &mut Subject,
    lane: Lane,
    planner: &Planner,
    household: &Household,
    now: Timestamp,
) -> Settled {
    conclude(subject, lane, planner, household, Hold::default(), now)
}

/// What keeps a subject from going on at once.
#[derive(Debug, Default)]
struct Hold {
    /// Not before this.
    until: Option<Timestamp>,
}

fn apply(subject: &mut Subject, finding: &Finding, planner: &Planner, now: Timestamp, hold: &mut Hold) {
    match finding {
        Finding::Found(person) => {
            consent::note_staff_opt_outs(subject, person);
            found(subject, person, planner, now);
        }
        Finding::FoundSeveral(people) => {
            subject.virtuous = VirtuousView::Candidates(people.clone());
            note_event(subject, now, What::LookedUp, Reason::new(Rule::I2, Cause::SeveralHits));
        }
        Finding::NotFound => not_found(subject, now),
        Finding::Submitted { submission, email } => {
            subject.submission = Some(*submission);
            if submission.creates {
                // By this address the contact that comes of it is known, whatever the address is by then (P6).
                subject.base.email = email.as_deref().map(email_key);
            }
            subject.base.profile = Some(create::profile_hash(subject));
            subject.attempts = 0;
            let cause = if submission.certain { Cause::Submitted } else { Cause::SubmissionUnsure };
            note_event(subject, now, What::Sent, Reason::new(Rule::C4, cause));
        }
        Finding::NameRefused => {
            subject.name_refused = true;
            note_event(subject, now, What::Waits, Reason::new(Rule::C3, Cause::NameRefused));
        }
        Finding::Done { effect, person, reason, call } => {
            subject.attempts = 0;
            if let Effect::SetOptIn { opted_in, .. } = effect {
                let by_bounce = matches!(reason.cause, Cause::HardBounce | Cause::SoftBounce);
                subject.bounced =
                    (by_bounce && !opted_in).then(|| consent::by_bounce_alone(subject)).flatten();
            }
            done(subject, effect, person.as_ref(), planner, now);
            let detail = [reason.detail.as_str(), call]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>();
            note_event(
                subject,
                now,
                what_of(effect.kind()),
                Reason::about(reason.rule, reason.cause, detail.join(": ")),
            );
        }
        Finding::ListsSent { flight, reason } => lists::sent(subject, flight, reason, planner, now),
        Finding::ListsUnderWay => lists::look_later(subject, now),
        Finding::ListsDone { errors } => lists::done(subject, errors, now),
        Finding::ListsTrusted => lists::trusted(subject, now),
        Finding::ListsFailed(text) => {
            lists::undone(subject, planner);
            let refusal = Refusal::Transient { text: text.clone(), after: None, may_have_arrived: false };
            failed(subject, EffectKind::ChangeLists.into(), &refusal, now, hold);
        }
        Finding::ReferenceRefused(text) => {
            subject.reference_refused = true;
            note_event(subject, now, What::Waits, Reason::about(Rule::I2, Cause::Refused, text.clone()));
        }
        Finding::EmailTaken(address) => {
            subject.email_taken = Some(email_key(address));
            note_event(subject, now, What::ForReview, Reason::new(Rule::P6, Cause::EmailTaken));
        }
        Finding::GoneInCc => {
            note_event(subject, now, What::LookedUp, Reason::new(Rule::D1, Cause::GoneInCc));
        }
        Finding::Failed { action, refusal } => failed(subject, *action, refusal, now, hold),
    }
}

fn found(subject: &mut Subject, person: &Person, planner: &Planner, now: Timestamp) {
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
    let linked_by = known_by.unwrap_or(person.linked_by);
    subject.virtuous = VirtuousView::Linked(Box::new(Person { linked_by, ..person.clone() }));
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

/// Follows a merge that a reading of the former contact told of, with the reading of the one that is left (I3): whoever else is
/// linked there plans with this subscriber as one of the household from then on (I4).
pub fn follow_merge(subject: &mut Subject, person: &Person, planner: &Planner, now: Timestamp) {
    consent::note_staff_opt_outs(subject, person);
    found(subject, person, planner, now);
    let reason = Reason::new(Rule::I3, Cause::MergedAway);
    touched_by_virtuous(subject, reason, planner.stage, &planner.rules, now);
}

fn not_found(subject: &mut Subject, now: Timestamp) {
    subject.virtuous = VirtuousView::Absent { since: now };
    note_event(subject, now, What::LookedUp, Reason::new(Rule::I2, Cause::NotInVirtuous));
    if subject.submission.is_some_and(|submission| !submission.certain) {
        // It surely did not arrive: an import ran or a night passed since, and it is not there. Sent again (V1).
        subject.submission = None;
    }
}

/// Brings the views to what a done write made of them.
fn done(subject: &mut Subject, effect: &Effect, person: Option<&Person>, planner: &Planner, now: Timestamp) {
    let agreed = match effect {
        Effect::SetOptIn { opted_in, .. } => agreed_after(subject, *opted_in, planner),
        _ => subject.base.consent,
    };
    if let Some(person) = person {
        found(subject, person, planner, now);
    }
    match effect {
        Effect::SetOptIn { .. } => {
            subject.base.consent = agreed;
            // It is part of what is agreed now, with its date.
            subject.unanswered = None;
        }
        Effect::Unsubscribe { .. } => {
            // Constant Contact's own view follows with the next reading of it. The date that counts is the event's, not
            // that of this write (P3).
            subject.fingerprint = 0;
            subject.cc.permission = crate::domain::Permission::Unsubscribed;
            subject.cc.opt_out_reason = Some(OWN_OPT_OUT_REASON.to_owned());
            let at = subject.virtuous.linked().and_then(|person| consent::opted_out_at(subject, person));
            subject.base.consent = Some(AgreedConsent { opted_in: false, at });
        }
        Effect::AddTag { name, segment, .. } => {
            if let VirtuousView::Linked(linked) = &mut subject.virtuous
                && let Err(at) = linked.tags.binary_search(name)
            {
                linked.tags.insert(at, name.clone());
            }
            subject.base.segments.retain(|(key, tag)| !(key == segment && tag == name));
            subject.base.segments.push((segment.clone(), name.clone()));
            subject.base.segments.sort();
        }
        Effect::RemoveTag { name, segment, .. } => {
            if let VirtuousView::Linked(linked) = &mut subject.virtuous {
                linked.tags.retain(|tag| tag != name);
            }
            subject.base.segments.retain(|(key, tag)| !(key == segment && tag == name));
        }
        Effect::SetFields { fields, .. } => {
            if let VirtuousView::Linked(linked) = &mut subject.virtuous {
                for (name, value, _) in fields {
                    linked.fields.retain(|(known, _)| known != name);
                    if !value.is_empty() {
                        linked.fields.push((name.clone(), value.clone()));
                    }
                }
                linked.fields.sort();
            }
        }
        Effect::AddReference { .. } => {
            if let VirtuousView::Linked(linked) = &mut subject.virtuous {
                linked.has_reference = true;
            }
        }
        Effect::AddNote { note, .. } => subject.base.notes.push(note.key.clone()),
        Effect::SendConfirmation { .. } => confirmation::sent(subject, now),
        Effect::SetEmail { .. } | Effect::ChangeLists { .. } => {}
    }
}

/// What is agreed once an opt-in or opt-out was written: the date is that of the event, never of the write (P3). Asked
/// before the write is taken over, as what Virtuous showed then is part of the decision.
fn agreed_after(subject: &Subject, opted_in: bool, planner: &Planner) -> Option<AgreedConsent> {
    let in_cc = cc_consent(&subject.cc, &planner.rules);
    if !opted_in
        && !matches!(in_cc, CcConsent::Out { .. })
        && let Some(out) = subject.unanswered
    {
        // What it was written for is not shown any more, and may have been answered by a proof meanwhile (P3).
        let before = subject.base.consent.filter(|base| !base.opted_in);
        let at = before.map_or(out.at, |base| consent::newest(base.at, out.at));
        return Some(AgreedConsent { opted_in: false, at });
    }
    if !opted_in && matches!(in_cc, CcConsent::Active { .. }) {
        // P1, P2: out on every method now, which Constant Contact is still to be told.
        return subject.base.consent;
    }
    if let Some(person) = subject.virtuous.linked()
        && let consent::Decision::Virtuous { opted_in: decided, agreed, .. } =
            consent::decide(subject, person, &planner.rules)
        && decided == opted_in
    {
        return Some(agreed);
    }
    let at = match in_cc {
        CcConsent::Out { at, .. } if !opted_in => consent::beside_unanswered(subject, at),
        CcConsent::Active { proof, .. } if opted_in => proof,
        _ => subject.base.consent.and_then(|base| base.at),
    };
    let before = subject.base.consent.filter(|base| base.opted_in == opted_in);
    let at = match (before, at) {
        (Some(before), Some(at)) => before.at.map(|before| before.max(at)),
        (_, at) => at,
    };
    Some(AgreedConsent { opted_in, at })
}

fn failed(subject: &mut Subject, action: Action, refusal: &Refusal, now: Timestamp, hold: &mut Hold) {
    // An opt-out of either direction is never given up.
    let consent = subject.opt_out_owed_since.is_some();
    match refusal {
        Refusal::Permanent { status, text } => {
            let response = format!("{status} {text}");
            subject.attempts += 1;
            let attempts = subject.attempts;
            subject.failure = Some(Failure { effect: action.to_string(), attempts, response, at: now });
            note_event(
                subject,
                now,
                What::Failed,
                Reason::about(Rule::B3, Cause::Refused, format!("{action}: {status}")),
            );
        }
        Refusal::Transient { text, after, .. } => {
            subject.attempts += 1;
            let attempts = subject.attempts;
            if retry::gives_up(attempts, consent) {
                let response = text.clone();
                subject.failure = Some(Failure { effect: action.to_string(), attempts, response, at: now });
                note_event(
                    subject,
                    now,
                    What::Failed,
                    Reason::about(Rule::B3, Cause::GaveUp, action.as_str()),
                );
                return;
            }
            let due = now.plus(retry::wait_after(attempts, &subject.id, consent));
            hold.until = Some(after.map_or(due, |after| after.max(due)));
            note_event(
                subject,
                now,
                What::Retry,
                Reason::about(Rule::B3, Cause::RetryLater, action.as_str()),
            );
        }
        Refusal::NotNow { until, .. } => hold.until = Some(*until),
        // The customer pauses; the work stays due for when it is resumed.
        Refusal::Unauthorized { .. } => hold.until = Some(now),
    }
}

/// Plans again and sets the subject's standing by it.
fn conclude(
    subject: &mut Subject,
    lane: Lane,
    planner: &Planner,
    household: &Household,
    hold: Hold,
    now: Timestamp,
) -> Settled {
    adopt_single_candidate(subject, planner, now);
    let plan = planner.plan(subject, household, now);
    let before = (subject.state, subject.reason.cause);
    subject.base = plan.base.clone();
    if plan.consent_agrees {
        // C5: silence agrees with anything, and settles nothing.
        if plan.base.consent.is_some() {
            subject.fresh_since = None;
        }
        let confirmed = plan.base.consent.is_some_and(|base| base.opted_in);
        // P5: an email that was not sent was for the question as it was; one that was is remembered until it is answered.
        subject.confirmation.take_if(|asked| confirmed || asked.sent_at.is_none());
    }
    if plan.consent_answered {
        subject.unanswered = None;
    }
    // Without an opt-out to write, a person decides.
    let decided = plan.state == State::Review && !plan.opts_out();
    if plan.consent_agrees || decided || plan.state == State::Excluded && !plan.opts_out() {
        subject.opt_out_owed_since = None;
    }
    subject.state = plan.state;
    subject.reason = plan.reason.clone();
    let consent_first = plan.opts_out();
    if consent_first {
        subject.opt_out_owed_since.get_or_insert(now);
    }
    let owed = subject.opt_out_owed_since.is_some();
    let lane = if consent_first || owed { Lane::Consent } else { steady(lane, planner.stage) };
    subject.work = match (&plan.step, plan.due, hold.until) {
        (Step::Nothing, due, _) => due.map(|(lane, due)| Work { lane, due }),
        (_, _, Some(until)) => Some(Work { lane, due: until }),
        (_, _, None) => Some(Work { lane, due: now }),
    };
    if before != (plan.state, plan.reason.cause) {
        let what = match plan.state {
            State::InSync => Some(What::Settled),
            State::Held | State::Submitted | State::Excluded => Some(What::Waits),
            State::Review => Some(What::ForReview),
            State::Pending | State::Failed => None,
        };
        if let Some(what) = what {
            note_event(subject, now, what, plan.reason.clone());
        }
    }
    Settled { events: std::mem::take(&mut subject.recent), plan }
}

/// Consent work that turned out to have no opt-out goes on as ordinary work.
const fn steady(lane: Lane, stage: Stage) -> Lane {
    match (lane, stage) {
        (Lane::Consent | Lane::Verify, Stage::Live) => Lane::Change,
        (Lane::Consent | Lane::Verify, _) => Lane::Import,
        (lane, _) => lane,
    }
}

/// I2: one hit by email is the link, as soon as all of Virtuous was read.
fn adopt_single_candidate(subject: &mut Subject, planner: &Planner, now: Timestamp) {
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

const fn what_of(kind: EffectKind) -> What {
    match kind {
        EffectKind::OptOut => What::OptedOut,
        EffectKind::OptIn => What::OptedIn,
        EffectKind::SetEmail => What::EmailSet,
        EffectKind::AddReference => What::ReferenceAdded,
        EffectKind::AddTag => What::TagAdded,
        EffectKind::RemoveTag => What::TagRemoved,
        EffectKind::SetFields => What::FieldsSet,
        EffectKind::AddNote => What::NoteAdded,
        EffectKind::Unsubscribe => What::UnsubscribedInCc,
        EffectKind::SendConfirmation => What::ConfirmationSent,
        EffectKind::ChangeLists => What::ListsChangedInCc,
    }
}
