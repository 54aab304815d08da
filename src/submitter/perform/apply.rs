//! Carrying out plans for linked subscribers, several at once, each subscriber's effects in order until one fails.

use futures_util::{StreamExt, stream};

use crate::{
    domain::{Action, Effect, Finding, Lane, Note, Person, Reason, Refusal, VirtuousContactId},
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed, Seen},
        reach::Reach,
    },
    sync::{Planned, consent, fields, handed_on, notes},
    virtuous::{VirtuousError, note::OptOut},
};

use super::{
    confirmation::{self, Sent},
    effects::{email, fields as custom_fields, note, opt_in, reference, tags},
    fresh::{Fresh, same},
    gone::look_elsewhere,
    hits::{self, OptedOut},
    merges::Follower,
    refresh::known,
    unsubscribe::{Unsubscribed, tells_opt_out, unsubscribe},
    verify::Tried,
};

/// Subscribers worked on at once. The limit of the hour binds long before this does; it hides the calls' latency.
const AT_ONCE: usize = 6;

/// Carries out the plans of all of them.
pub async fn all(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    let outcomes = stream::iter(hands)
        .map(|hand| async move {
            let stops = (reach.is_stopping)();
            (hand, if stops { Outcome::default() } else { carry_out(reach, hand).await })
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Performed::of(outcomes, reach.process())
}

/// What carrying out one effect came to.
enum Carried {
    /// It was written, or turned out to need no writing.
    Done(Finding),
    /// It cannot be written, and neither what comes after it.
    Ends(Finding),
    /// The other side is not as the plan saw it: merge again.
    Changed,
    /// The same, with the reading that shows it.
    Differs(Finding),
    /// The call failed.
    Failed(Finding),
}

impl Carried {
    fn failed(effect: &Effect, refusal: Refusal) -> Self {
        Self::Failed(Finding::Failed { action: effect.kind().into(), refusal })
    }
}

/// Carries out a plan, effect by effect, until one fails or the person turns out to have changed.
async fn carry_out(reach: &Reach<'_>, hand: &PlannedSubject) -> Outcome {
    let planned = hand.effects();
    let mut work = Work { reach, hand, lane: hand.lane(), fresh: None, seen: Seen::default() };
    // After a kill some write may have been done: read before anything is written again.
    let is_unsure = hand.due.unsure.is_some();
    let (of_hits, own): (Vec<_>, Vec<_>) =
        planned.iter().partition(|planned| work.hit(&planned.effect).is_some());
    if (is_unsure && !own.is_empty() || own.iter().any(|planned| planned.effect.kind().needs_fresh_read()))
        && let Some(outcome) = work.differs().await
    {
        return outcome;
    }
    let mut findings = Vec::new();
    for planned in own {
        if (reach.is_stopping)() {
            break;
        }
        let kind = planned.effect.kind();
        let (outcome, finding, goes_on) = match work.carry(planned).await {
            Carried::Changed => break,
            Carried::Differs(finding) => {
                findings.push(finding);
                break;
            }
            Carried::Done(finding) => ("done", finding, true),
            Carried::Ends(finding) => ("done", finding, false),
            Carried::Failed(finding) => ("failed", work.or_gone(finding).await, false),
        };
        reach.count(kind, outcome);
        reach.count_repeat(hand.subject(), &planned.effect);
        findings.push(finding);
        if !goes_on {
            break;
        }
    }
    findings.extend(work.opt_out_hits(&of_hits).await);
    Outcome { findings, seen: work.seen }
}

/// Reads the contact in Virtuous again, before its tags change lists in Constant Contact (E1, S5): a page may be older than the
/// reading that the plan's tags were agreed on by.
///
/// # Errors
/// What the reading came to, if the contact is not as the plan rests on.
pub(super) async fn as_planned(reach: &Reach<'_>, hand: &PlannedSubject) -> Result<Seen, Outcome> {
    let mut work = Work { reach, hand, lane: hand.lane(), fresh: None, seen: Seen::default() };
    work.differs().await.map_or(Ok(work.seen), Err)
}

/// What a reading just before the write came to.
enum Again {
    AsPlanned,
    Changed(Person),
    Gone(VirtuousContactId),
}

/// A subscriber in work.
struct Work<'a> {
    reach: &'a Reach<'a>,
    hand: &'a PlannedSubject,
    lane: Lane,
    fresh: Option<Fresh>,
    seen: Seen,
}

impl Work<'_> {
    /// Reads the contact again; an outcome if it is not as the plan rests on.
    async fn differs(&mut self) -> Option<Outcome> {
        let finding = match self.read_or_look().await {
            Ok(None) => return None,
            Ok(Some(finding)) => finding,
            Err(error) => {
                let refusal = self.reach.virtuous.refusal(error);
                return Some(Outcome::failed(Action::ReadContact, refusal));
            }
        };
        Some(Outcome { findings: vec![finding], seen: std::mem::take(&mut self.seen) })
    }

    /// Reads the contact again, and looks for the subscriber elsewhere if it is gone (I3). `None` if it is as planned.
    async fn read_or_look(&mut self) -> Result<Option<Finding>, VirtuousError> {
        Ok(match self.read_again().await? {
            Again::AsPlanned => None,
            // Merge again instead of writing (P2).
            Again::Changed(person) => Some(Finding::Differs(person)),
            Again::Gone(contact) => Some(look_elsewhere(self.reach, self.hand, contact).await?),
        })
    }

    /// What a refused call means: a 404 is the contact's if the contact answers so itself (I3).
    async fn or_gone(&mut self, finding: Finding) -> Finding {
        let is_404 =
            matches!(&finding, Finding::Failed { refusal: Refusal::Permanent { status: 404, .. }, .. });
        if !is_404 {
            return finding;
        }
        match self.read_or_look().await {
            Ok(Some(gone @ Finding::Gone { .. })) => gone,
            _ => finding,
        }
    }

    /// Reads the contact just before it is written (P2).
    async fn read_again(&mut self) -> Result<Again, VirtuousError> {
        let subject = self.hand.subject();
        let Some(known) = known(&subject.virtuous) else {
            return Err(VirtuousError::Odd { text: "a plan without a contact".to_owned() });
        };
        let id = known.contact;
        let read =
            self.reach.virtuous.call(self.lane, |client| async move { client.contact(id).await }).await?;
        let Some(read) = read else { return Ok(Again::Gone(id)) };
        let Some(person) = self.reach.person(subject, &read.contact) else { return Ok(Again::Gone(id)) };
        let follower = Follower::of(self.reach, self.lane);
        match follower.follow(std::slice::from_ref(&read.contact)).await {
            Ok(seen) => self.seen.add(seen),
            // An opt-out waits for nothing (P1).
            Err(_) if self.hand.plan.opts_out() => {}
            Err(error) => return Err(error),
        }
        let mapping = &self.reach.planner.mapping;
        if !same(known, &person) || !fields::same_fields(known, &person, mapping) {
            return Ok(Again::Changed(person));
        }
        self.fresh = Some(Fresh { read, person });
        Ok(Again::AsPlanned)
    }

    /// The contact that the effect opts out, if the subscriber is not linked to it.
    fn hit(&self, effect: &Effect) -> Option<&Person> {
        let Effect::SetOptIn { contact, opted_in: false, .. } = effect else { return None };
        self.hand.subject().further_contact(*contact)
    }

    /// Opts out further contacts with the address. What one of them refuses stops no other (B3); failures stand last.
    async fn opt_out_hits(&self, planned: &[&Planned]) -> Vec<Finding> {
        let (mut findings, mut failures) = (Vec::new(), Vec::new());
        for planned in planned {
            let Effect::SetOptIn { addresses, .. } = &planned.effect else { continue };
            let Some(known) = self.hit(&planned.effect).filter(|_| !(self.reach.is_stopping)()) else {
                continue;
            };
            let kind = planned.effect.kind();
            self.reach.count_repeat(self.hand.subject(), &planned.effect);
            match hits::opt_out(self.reach, self.hand.subject(), known, addresses).await {
                Ok(OptedOut::Done(person)) => {
                    self.reach.count(kind, "done");
                    let call = format!("PUT ContactMethod of contact {}", person.contact);
                    findings.push(done(planned, Some(person), &call));
                }
                Ok(OptedOut::Differs(finding)) => findings.push(finding),
                Err(error) => {
                    self.reach.count(kind, "failed");
                    failures.push(hits::failed(self.reach, error));
                }
            }
        }
        findings.extend(failures);
        findings
    }

    async fn carry(&mut self, planned: &Planned) -> Carried {
        let (virtuous, lane, effect) = (self.reach.virtuous, self.lane, &planned.effect);
        let done = |call| Carried::Done(done(planned, None, call));
        let outcome = match effect {
            Effect::SetOptIn { addresses, opted_in, .. } => {
                return self.set_opt_in(planned, addresses, *opted_in).await;
            }
            Effect::SetEmail { contact, method, to } => {
                return self.set_email(planned, *contact, *method, to).await;
            }
            Effect::Unsubscribe { reason } => return self.unsubscribe(planned, reason).await,
            Effect::SendConfirmation { lists } => return self.send_confirmation(planned, lists).await,
            // Sent for many together, once nothing else is left to write (lists.rs).
            Effect::ChangeLists { .. } => return Carried::Changed,
            Effect::AddReference { contact } => {
                let source = self.reach.planner.rules.reference_source.as_str();
                match reference::add(virtuous, lane, *contact, source, self.hand.id()).await {
                    Ok(reference::Added::Done) => Ok("POST ContactReference"),
                    Ok(reference::Added::Refused(text)) => {
                        return Carried::Done(Finding::ReferenceRefused(text));
                    }
                    Err(error) => Err(error),
                }
            }
            Effect::AddTag { contact, tag, name, .. } => {
                let tagged = tags::Tagged { contact: *contact, name };
                let add = tags::add(virtuous, lane, tagged, *tag, &mut self.seen.joins);
                add.await.map(|()| "POST ContactTag")
            }
            Effect::RemoveTag { contact, name, .. } => {
                let tagged = tags::Tagged { contact: *contact, name };
                let remove = tags::remove(self.reach, lane, tagged, &mut self.seen.joins);
                remove.await.map(|()| "DELETE ContactTag")
            }
            Effect::SetFields { fields, .. } => {
                let kinds = &self.reach.reference.fields;
                let set = custom_fields::set(virtuous, lane, self.fresh.as_ref(), fields, kinds);
                set.await.map(|()| "PUT custom fields")
            }
            Effect::AddNote { contact, note } => {
                let search = if self.may_be_noted(note) { note::Search::First } else { note::Search::No };
                let kind = note::kind(&self.reach.reference.note_types);
                let note = note::Entry { contact: *contact, kind: &kind, note };
                note::add(virtuous, lane, note, search).await.map(|()| "POST ContactNote")
            }
        };
        match outcome {
            Ok(call) => done(call),
            Err(error) => self.failed(effect, error),
        }
    }

    async fn set_opt_in(&mut self, planned: &Planned, addresses: &[String], opted_in: bool) -> Carried {
        let set = opt_in::set(self.reach.virtuous, self.lane, self.fresh.as_mut(), addresses, opted_in);
        match set.await {
            Ok(person) => Carried::Done(done(planned, Some(person), "PUT ContactMethod")),
            Err(error) => self.failed(&planned.effect, error),
        }
    }

    async fn set_email(
        &mut self,
        planned: &Planned,
        contact: VirtuousContactId,
        method: crate::domain::MethodId,
        to: &str,
    ) -> Carried {
        let wish = email::Wish { contact, method, to };
        let terms = &self.reach.reference.query_terms;
        match email::set(self.reach.virtuous, terms, self.lane, self.fresh.as_mut(), wish).await {
            Ok(email::EmailSet::Done(person)) => {
                Carried::Done(done(planned, Some(person), "PUT ContactMethod"))
            }
            Ok(email::EmailSet::Taken) => Carried::Ends(Finding::EmailTaken(to.to_owned())),
            Ok(email::EmailSet::MethodGone(person)) => Carried::Done(Finding::Found(person)),
            Ok(email::EmailSet::NotRead) => Carried::Failed(Finding::NotFound),
            Err(error) => self.failed(&planned.effect, error),
        }
    }

    /// Whether a note may be there already: an outcome is unknown, or the fact is older than what this store knows of the subscriber,
    /// so that a store before it may have told of it (N1, E5).
    fn may_be_noted(&self, note: &Note) -> bool {
        let subject = self.hand.subject();
        self.hand.due.unsure.is_some() || subject.attempts > 0 || note.at <= subject.first_seen
    }

    async fn unsubscribe(&mut self, planned: &Planned, reason: &'static str) -> Carried {
        let (reach, hand, lane) = (self.reach, self.hand, self.lane);
        let (subject, others) = (hand.subject(), &hand.due.household.notes_of_others);
        if let (None, Some(person), false) =
            (subject.base.consent, subject.virtuous.linked(), subject.own_note)
        {
            // Virtuous had the opt-out first: it may be Tandem's own, of a store that was lost (E5).
            let codes =
                consent::addresses(subject).iter().map(|it| notes::address_code(it)).collect::<Vec<_>>();
            let changed_at = consent::opted_out_at(subject, person);
            let about = OptOut { addresses: &codes, others, changed_at };
            match note::own_opt_out(reach.virtuous, lane, person.contact, &about).await {
                Ok(Some(note)) if about.is_explained_by(&note) => {
                    return Carried::Ends(Finding::OwnOptOut { noted_at: note.created_at });
                }
                Ok(Some(_)) => return Carried::Ends(Finding::NoteInDoubt),
                Ok(None) => {}
                Err(error) => return self.failed(&planned.effect, error),
            }
        }
        let mut instead = None;
        let is_still_out = async || {
            instead = self.not_out(planned).await;
            instead.is_none()
        };
        let Tried { seen, outcome } = unsubscribe(reach, hand, lane, reason, is_still_out).await;
        self.seen.add(seen);
        match outcome {
            Ok(Unsubscribed::Done) => Carried::Done(done(planned, None, "PUT contacts")),
            Ok(Unsubscribed::Changed) => Carried::Changed,
            Ok(Unsubscribed::NotOut) => instead.unwrap_or(Carried::Changed),
            Err(refusal) => Carried::failed(&planned.effect, refusal),
        }
    }

    /// Reads the contact in Virtuous right before Constant Contact is told of its opt-out; what comes of it if the opt-out is not
    /// shown there (P1).
    async fn not_out(&mut self, planned: &Planned) -> Option<Carried> {
        match self.read_or_look().await {
            Ok(None) => {}
            Ok(Some(finding)) => return Some(Carried::Differs(finding)),
            Err(error) => return Some(self.failed(&planned.effect, error)),
        }
        let own = handed_on::without(self.hand.subject(), &self.hand.due.household);
        let tells = |fresh| tells_opt_out(fresh, &own);
        let is_told = self.fresh.as_ref().is_some_and(tells);
        let text = "the answer leaves out whether the method is opted in".to_owned();
        (!is_told).then(|| self.failed(&planned.effect, VirtuousError::Odd { text }))
    }

    async fn send_confirmation(&mut self, planned: &Planned, lists: &[crate::domain::ListId]) -> Carried {
        let Tried { seen, outcome } = confirmation::send(self.reach, self.hand, self.lane, lists).await;
        self.seen.add(seen);
        match outcome {
            Ok(Sent::Taken) => Carried::Done(done(planned, None, "PUT contacts/resubscribe")),
            Ok(Sent::Before) => {
                Carried::Done(done(planned, None, "PUT contacts/resubscribe: it was sent before"))
            }
            Ok(Sent::Changed) => Carried::Changed,
            Err(refusal) => Carried::failed(&planned.effect, refusal),
        }
    }

    /// What a failed call to Virtuous means for an effect.
    fn failed(&self, effect: &Effect, error: VirtuousError) -> Carried {
        let again = |text: String| Refusal::Transient { text, after: None, may_have_arrived: false };
        let refusal = match (error, effect) {
            // Another writer was quicker: read again and decide anew (P2).
            (VirtuousError::Conflict { text }, Effect::SetOptIn { .. } | Effect::SetFields { .. }) => {
                again(text)
            }
            // The method is gone: read again and decide anew (P2).
            (error @ VirtuousError::NotFound, Effect::SetOptIn { .. }) => again(error.to_string()),
            (error, _) => self.reach.virtuous.refusal(error),
        };
        Carried::failed(effect, refusal)
    }
}

fn done(planned: &Planned, person: Option<Person>, call: &str) -> Finding {
    let Planned { effect, reason, .. } = planned;
    let reason: Reason = reason.clone();
    Finding::Done { effect: effect.clone(), person, reason, call: call.to_owned() }
}

#[cfg(test)]
#[path = "apply_test.rs"]
mod tests;
