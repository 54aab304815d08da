//! An opt-out that rests on a bounce alone: it speaks of the address, not of the person (P6).

use crate::domain::{AgreedConsent, BounceOptOut, Person, Subject, email_key};

use super::shown::{Shown, addresses, shown};

/// The opt-out that is being written because of a bounce, if no address was out before, so that it speaks of the address alone (P6).
#[must_use]
pub fn by_bounce_alone(subject: &Subject) -> Option<BounceOptOut> {
    let (person, bounce) = (subject.virtuous.linked()?, subject.cc.bounce.as_ref()?);
    let own = addresses(subject);
    let all_were_in = subject.unanswered.is_none()
        && subject.base.consent.is_none_or(|base| base.opted_in)
        && shown(person, &own) == Shown::In;
    let methods = person.emails.iter().filter(|method| method.is_at(&own));
    all_were_in.then(|| BounceOptOut {
        address: email_key(&bounce.address),
        at: bounce.at,
        methods: methods.map(|method| method.id).collect(),
    })
}

/// Whether the opt-out that is agreed on and shown was of a former address that bounced, and of nothing since (P6): it does not
/// block the new one, once that stands in the very methods that were opted in until the bounce.
pub(super) fn bounce_superseded_by_new_address(subject: &Subject, person: &Person, shown: Shown) -> bool {
    let (Some(out), Some(key)) = (&subject.bounced, subject.cc.email_key()) else { return false };
    let agreed = AgreedConsent { opted_in: false, at: Some(out.at) };
    let mut former = addresses(subject).into_iter().filter(|address| *address != key);
    out.address != key
        && subject.base.consent == Some(agreed)
        && matches!(shown, Shown::Out(_))
        && !former.any(|address| person.methods_of(&address).next().is_some())
        && person.methods_of(&key).all(|method| out.methods.contains(&method.id))
}
