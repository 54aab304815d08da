//! Opting out the subscriber's address on a contact that it is not linked to (I2, P2): read, compare, write the whole method.

use crate::{
    domain::{
        Action, EffectKind, Finding, Gaps, Lane, Parts, Person, ReadBy, Refusal, Subject, VirtuousContactId,
        VirtuousView,
    },
    submitter::{hand::PlannedSubject, performed::concerns_customer, reach::Reach},
    sync::unseen,
    virtuous::VirtuousError,
};

use super::{effects::opt_in, fresh::Fresh};

/// What came of it.
pub enum OptedOut {
    /// Written; the contact as known after it.
    Done(Person),
    /// The contact is not as the plan saw it, or is the subscriber's no more: nothing was written.
    Differs(Finding),
}

/// Opts out the address on the contact.
///
/// # Errors
/// The first call's that fails.
pub async fn opt_out(
    reach: &Reach<'_>,
    subject: &Subject,
    known: &Person,
    addresses: &[String],
) -> Result<OptedOut, VirtuousError> {
    let lane = Lane::Consent;
    let Fresh { read, person } = match read(reach, subject, known, lane).await? {
        Shown::Told(fresh) => *fresh,
        Shown::Untold(_) => {
            let text = "a contact without the part that has the address".to_owned();
            return Err(VirtuousError::Odd { text });
        }
        Shown::Gone => return Ok(OptedOut::Differs(Finding::HitGone(known.contact))),
    };
    let methods = |person: &Person| -> Vec<_> {
        person.reached(false).map(|method| (method.id, method.value.clone(), method.opted_in)).collect()
    };
    if methods(&person) != methods(known) {
        return Ok(OptedOut::Differs(Finding::Hit(person)));
    }
    let mut fresh = Fresh { read, person };
    opt_in::set(reach.virtuous, lane, Some(&mut fresh), addresses, false).await.map(OptedOut::Done)
}

/// Reads such contacts again, each by itself (E1, E2). A contact that cannot be read is not told, and stops no other (B3); what concerns
/// the customer as a whole ends the turn's reading of them (W4, E4).
pub async fn look(reach: &Reach<'_>, hand: &PlannedSubject, contacts: &[VirtuousContactId]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in contacts {
        let Some(known) = hand.subject().further_contact(*id) else { continue };
        findings.push(match read(reach, hand.subject(), known, hand.lane()).await {
            Ok(Shown::Told(fresh)) => Finding::HitSeen(fresh.person),
            Ok(Shown::Untold(person)) => Finding::HitSeen(*person),
            Ok(Shown::Gone) => Finding::HitGone(*id),
            Err(error) => {
                let (action, refusal) = (Action::LookUp, reach.virtuous.refusal(error));
                let failed = Finding::Failed { action, refusal };
                if concerns_customer(&failed) {
                    findings.push(failed);
                    break;
                }
                Finding::HitSeen(untold(reach, hand.subject(), known))
            }
        });
    }
    findings
}

/// What a reading of such a contact shows.
enum Shown {
    /// The subscriber's part.
    Told(Box<Fresh>),
    /// The part with the address is left out: what is known of it stays (E2).
    Untold(Box<Person>),
    /// The contact is gone, merged, or has the address no more.
    Gone,
}

async fn read(
    reach: &Reach<'_>,
    subject: &Subject,
    known: &Person,
    lane: Lane,
) -> Result<Shown, VirtuousError> {
    let id = known.contact;
    let read = reach.virtuous.call(lane, |client| async move { client.contact(id).await }).await?;
    let Some(read) = read else { return Ok(Shown::Gone) };
    if read.contact.id != id || read.contact.merged_into.is_some() {
        return Ok(Shown::Gone);
    }
    // The subscriber's part of it, as if nothing were linked.
    let unlinked = Subject { virtuous: VirtuousView::Candidates(vec![known.clone()]), ..subject.clone() };
    if let Some(person) = reach.person(&unlinked, &read.contact) {
        return Ok(Shown::Told(Box::new(Fresh { read, person })));
    }
    if !read.contact.may_hide_address() {
        return Ok(Shown::Gone);
    }
    Ok(Shown::Untold(Box::new(untold(reach, subject, known))))
}

/// The contact as known, after a reading that told nothing of it: what was written there is not visible yet (E1, E2).
fn untold(reach: &Reach<'_>, subject: &Subject, known: &Person) -> Person {
    let unknown = Parts::METHODS.common(known.gaps.unknown);
    let gaps = Gaps { untold: Parts::METHODS, unknown, readings: known.gaps.readings.saturating_add(1) };
    let mut person = Person { gaps, seen_at: reach.now(), ..known.clone() };
    unseen::show_written(&mut person, subject, ReadBy::Id, reach.now());
    person
}

/// A failure as one of the opt-out, which is never given up; a contact or method that went meanwhile is read again (P2).
#[must_use]
pub fn failed(reach: &Reach<'_>, error: VirtuousError) -> Finding {
    let refusal = match error {
        error @ (VirtuousError::NotFound | VirtuousError::Conflict { .. }) => {
            Refusal::Transient { text: error.to_string(), after: None, may_have_arrived: false }
        }
        error => reach.virtuous.refusal(error),
    };
    Finding::Failed { action: EffectKind::OptOut.into(), refusal }
}

#[cfg(test)]
#[path = "hits_test.rs"]
mod tests;
