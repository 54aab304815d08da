//! Keeps what came of work: findings on the subjects, the timeline, when they are due again; one synced group.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Action, AgreedConsent, Cause, ContactId, Effect, EffectKind, Finding, Lane, Person, Refusal,
        Settlement, State, Subject, Timestamp, VirtuousContactId, Work, email_key,
    },
    sync::{
        Plan, Step,
        consent::{self, newest},
        settle,
    },
};

use super::{
    CustomerStore, SharedPlanner, StoreError, brake,
    engine::Reader,
    keys::{CustomerNo, Key},
    people,
    subjects::{self, Standing, Writer},
    work,
};

/// The subjects of one operation: each read once, changed in memory, written at the end.
struct Loaded<'a> {
    reader: &'a Reader<'a>,
    customer: CustomerNo,
    subjects: BTreeMap<ContactId, (Standing, Subject)>,
}

impl Loaded<'_> {
    fn get(&mut self, id: &ContactId) -> Result<Option<&mut (Standing, Subject)>, StoreError> {
        if !self.subjects.contains_key(id) {
            let Some(subject) = subjects::read(self.reader, self.customer, id)? else { return Ok(None) };
            self.subjects.insert(id.clone(), (Standing::of(&subject), subject));
        }
        Ok(self.subjects.get_mut(id))
    }

    /// Shows the other subscribers of a contact what was written for this one.
    fn show_others(
        &mut self,
        of: &ContactId,
        contact: VirtuousContactId,
        mut show: impl FnMut(&mut Subject),
    ) -> Result<(), StoreError> {
        for id in people::linked(self.reader, self.customer, contact)? {
            if id == *of {
                continue;
            }
            if let Some((_, other)) = self.get(&id)? {
                show(other);
            }
        }
        Ok(())
    }
}

/// Shows another subscriber of the household the tags of their contact, so that nobody plans from an old view (I4). Tags that
/// Tandem took off are agreed on by nobody any more: they are not what staff took off (S5).
fn show_tags(other: &mut Subject, person: &Person, removed: &[String]) {
    if let Some(view) = other.virtuous.person_of_mut(person.contact) {
        view.tags.clone_from(&person.tags);
        other.base.segments.retain(|(_, name)| !removed.contains(name));
    }
}

/// The tags that were taken off.
fn removed(findings: &[Finding]) -> Vec<String> {
    let name = |finding: &Finding| match finding {
        Finding::Done { effect: Effect::RemoveTag { name, .. }, .. } => Some(name.clone()),
        _ => None,
    };
    findings.iter().filter_map(name).collect()
}

/// Shows another subscriber of the same individual an opt-out that was written for this one: it is Tandem's own write and
/// nobody's evidence about them, and what it rests on counts for the address that they share (P1, P3).
fn show_opt_out(other: &mut Subject, person: &Person, agreed: AgreedConsent, now: Timestamp) {
    // An address that is not theirs says nothing of them.
    let own = consent::addresses(other);
    let Some(view) = other.virtuous.person_of_mut(person.contact) else { return };
    if view.individual != person.individual {
        return;
    }
    let before = std::mem::replace(&mut view.emails, person.emails.clone());
    let mut out = consent::went_out(&before, &person.emails);
    let now_out = out.any(|method| own.contains(&email_key(&method.value)));
    if now_out {
        let at = match other.base.consent {
            Some(AgreedConsent { opted_in: false, at }) => newest(at, agreed.at),
            _ => agreed.at,
        };
        other.base.consent = Some(AgreedConsent { opted_in: false, at });
        other.work.get_or_insert(Work { lane: Lane::Change, due: now });
    }
}

/// Whether it stays unknown what arrived, so that the subject's intent has to stay.
fn stays_unsure(findings: &[Finding], plan: &Plan) -> bool {
    let unsure = |finding: &Finding| match finding {
        // What could not be read is not known, and of several addresses some may be opted out already.
        Finding::Failed {
            action: Action::ReadContact | Action::LookUp | Action::Effect(EffectKind::OptOut),
            refusal,
        } => !matches!(refusal, Refusal::Permanent { .. }),
        Finding::Failed { refusal: Refusal::Transient { may_have_arrived, .. }, .. } => *may_have_arrived,
        _ => false,
    };
    // A note does not show on the contact: as long as one is owed, its marker is to be searched for first (N1).
    let owes_note = match &plan.step {
        Step::Apply(planned) => {
            planned.iter().any(|planned| matches!(planned.effect, Effect::AddNote { .. }))
        }
        _ => false,
    };
    owes_note || findings.iter().any(unsure)
}

/// Whether a finding shows anew what hangs on the contact rather than on the individual: it was changed, or read after an
/// answer was lost.
const fn shows_contact(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::Done { effect: Effect::AddTag { .. } | Effect::RemoveTag { .. }, .. } | Finding::Found(_)
    )
}

/// Whether a finding is an opt-out that was written.
const fn opts_out(finding: &Finding) -> bool {
    matches!(finding, Finding::Done { effect: Effect::SetOptIn { opted_in: false, .. }, .. })
}

/// Subjects that one operation writes at most, so that a group stays well under a segment of the log.
const SUBJECTS_MAX: usize = 256;

impl CustomerStore {
    /// Settles a batch of work.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn settle(
        &self,
        settlements: Vec<Settlement>,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let customer = self.number;
        let mut rest = settlements.into_iter();
        loop {
            let part: Vec<Settlement> = rest.by_ref().take(SUBJECTS_MAX).collect();
            if part.is_empty() {
                return Ok(());
            }
            let planner = planner.clone();
            self.write(move |reader, changes| {
                let mut writer = Writer::new(reader, customer)?;
                let mut loaded = Loaded { reader, customer, subjects: BTreeMap::new() };
                for settlement in &part {
                    let Some((_, subject)) = loaded.get(&settlement.id)? else { continue };
                    let household = work::household(reader, customer, subject, &planner.rules)?;
                    let settled = settle::settle(subject, settlement, &planner, &household, now);
                    writer.append(reader, changes, subject, &settled.events)?;
                    brake::forget_when_done(reader, changes, customer, subject, &settled.plan)?;
                    if !stays_unsure(&settlement.findings, &settled.plan) {
                        changes.delete(Key::intent(customer, &settlement.id));
                    }
                    let out = settlement.findings.iter().any(opts_out);
                    let out = subject.base.consent.filter(|agreed| out && !agreed.opted_in);
                    let tags = settlement.findings.iter().any(shows_contact);
                    let person = subject.virtuous.linked().filter(|_| tags || out.is_some()).cloned();
                    let Some(person) = person else { continue };
                    let removed = removed(&settlement.findings);
                    loaded.show_others(&settlement.id, person.contact, |other| {
                        if let Some(agreed) = out {
                            show_opt_out(other, &person, agreed, now);
                        }
                        if tags {
                            show_tags(other, &person, &removed);
                        }
                    })?;
                }
                for (before, subject) in loaded.subjects.values() {
                    writer.put(changes, Some(before), subject)?;
                }
                writer.finish(changes)
            })
            .await?;
        }
    }

    /// Puts subjects of a state back to work, because what they waited for may have come: a tag, a name, a setting.
    /// Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue(
        &self,
        state: State,
        lane: Lane,
        now: Timestamp,
        which: fn(&Subject) -> bool,
    ) -> Result<u64, StoreError> {
        let subjects = self.attention(state, usize::MAX)?;
        let ids = subjects.into_iter().filter(which).map(|subject| subject.id).collect();
        self.requeue_ids(ids, lane, now).await
    }

    /// Puts back to work every subject that is linked or held and has none, because the mapping changed. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_settled(&self, lane: Lane, now: Timestamp) -> Result<u64, StoreError> {
        let mut ids = Vec::new();
        self.each_subject(|subject| {
            if subject.work.is_none() && !matches!(subject.state, State::Failed) {
                ids.push(subject.id);
            }
        })?;
        self.requeue_ids(ids, lane, now).await
    }

    /// Puts these subjects back to work; a dead letter among them is forgotten. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_ids(
        &self,
        mut ids: Vec<ContactId>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let customer = self.number;
        let count = ids.len() as u64;
        while !ids.is_empty() {
            let part = ids.split_off(ids.len().saturating_sub(SUBJECTS_MAX));
            self.write(move |reader, changes| {
                let mut writer = Writer::new(reader, customer)?;
                for id in &part {
                    let Some(mut subject) = subjects::read(reader, customer, id)? else { continue };
                    let before = Standing::of(&subject);
                    subject.failure = None;
                    subject.attempts = 0;
                    if subject.reason.cause == Cause::WaitingInImports {
                        // Asked for by a person who looked into Virtuous Imports: the row is to be sent again.
                        subject.submission = None;
                    }
                    subject.work = Some(Work { lane, due: now });
                    writer.put(changes, Some(&before), &subject)?;
                }
                writer.finish(changes)
            })
            .await?;
        }
        Ok(count)
    }
}
