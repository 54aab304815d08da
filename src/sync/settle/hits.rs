//! Contacts with the subscriber's address that it is not linked to: what was read of them, and opt-outs that were written (I2, P2).

use crate::{
    domain::{AgreedConsent, Effect, EffectKind, Person, Subject, VirtuousContactId, VirtuousView},
    sync::{
        Planner,
        consent::{self, CcConsent},
    },
};

/// Keeps a reading of such a contact.
pub(super) fn keep(subject: &mut Subject, person: &Person) {
    let known = match &mut subject.virtuous {
        VirtuousView::Candidates(people) => people,
        _ => &mut subject.hits,
    };
    if let Some(known) = known.iter_mut().find(|known| known.contact == person.contact) {
        *known = person.clone();
    }
}

/// The contact is gone, merged, or has the address no more: who has it is looked up anew, unless the subscriber is linked.
pub(super) fn gone(subject: &mut Subject, contact: VirtuousContactId) {
    subject.hits.retain(|known| known.contact != contact);
    if let VirtuousView::Candidates(people) = &subject.virtuous
        && people.iter().any(|known| known.contact == contact)
    {
        subject.virtuous = VirtuousView::LookAgain;
    }
}

/// An opt-out was written to such a contact. The date that is agreed on is that of the event: whichever contact turns out to be the
/// subscriber, what Tandem wrote there is no word of staff (P3, E5).
pub(super) fn opted_out(subject: &mut Subject, effect: &Effect, person: &Person, planner: &Planner) {
    subject.attempts = 0;
    subject.failure.take_if(|failure| failure.effect == effect.kind().as_str());
    keep(subject, person);
    if subject.virtuous.linked().is_some() || effect.kind() != EffectKind::OptOut {
        return;
    }
    let at = match consent::cc_consent(&subject.cc, &planner.rules) {
        CcConsent::Out { at, .. } => consent::beside_unanswered(subject, at),
        _ => subject.unanswered.and_then(|out| out.at),
    };
    let before = subject.base.consent.filter(|base| !base.opted_in);
    let at = before.map_or(at, |base| consent::newest(base.at, at));
    subject.base.consent = Some(AgreedConsent { opted_in: false, at });
}
