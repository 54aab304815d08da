//! Opting out the subscriber's address on a contact that it is not linked to (I2, P2): read, compare, write the whole method.

use crate::{
    domain::{EffectKind, Finding, Person, Refusal, Subject},
    submitter::reach::Reach,
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
    let (lane, id) = (crate::domain::Lane::Consent, known.contact);
    let read = reach.virtuous.call(lane, |client| async move { client.contact(id).await }).await?;
    let gone = || Ok(OptedOut::Differs(Finding::HitGone(id)));
    let Some(read) = read else { return gone() };
    if read.contact.id != id || read.contact.merged_into.is_some() {
        return gone();
    }
    // The subscriber's part of it, as if nothing were linked.
    let unlinked =
        Subject { virtuous: crate::domain::VirtuousView::Candidates(vec![known.clone()]), ..subject.clone() };
    let Some(person) = reach.person(&unlinked, &read.contact) else {
        if read.contact.may_hide_address() {
            let text = "a contact without the part that has the address".to_owned();
            return Err(VirtuousError::Odd { text });
        }
        return gone();
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
