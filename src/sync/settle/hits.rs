//! Contacts with the subscriber's address that it is not linked to: what was read of them, and opt-outs that were written (I2, P2).

use crate::{
    domain::{
        AgreedConsent, Effect, EffectKind, Finding, LinkedBy, Person, Subject, Timestamp, VirtuousContactId,
        VirtuousView, Written,
    },
    sync::{
        Planner,
        consent::{self, CcConsent},
        unseen,
    },
};

/// A look-up tells whether more contacts have the address than were read. A look-up that ends at the reference asks for no address:
/// what an earlier one told of further contacts stands beside them (I2, P2).
pub(super) fn looked_up(subject: &mut Subject, finding: &Finding) {
    let (people, more) = match finding {
        Finding::Found(person) if subject.virtuous.linked().is_none() => {
            (std::slice::from_ref(person), false)
        }
        Finding::FoundSeveral { people, more } => (people.as_slice(), *more),
        Finding::NotFound => (&[][..], false),
        Finding::Gone { contact, instead, more } if subject.virtuous.person_of(*contact).is_some() => {
            (instead.as_slice(), *more)
        }
        _ => return,
    };
    let by_address = people.iter().all(|person| person.linked_by != LinkedBy::Reference);
    subject.more_hits = if by_address { more } else { subject.more_hits && !subject.hits.is_empty() };
}

/// Several contacts have the address. The look-up reads each of them, and may be late like any other reading (E1).
pub fn found_several(subject: &mut Subject, people: &[Person], now: Timestamp) {
    subject.virtuous = VirtuousView::Candidates(people.to_vec());
    people.iter().for_each(|person| keep(subject, person, now));
}

/// Keeps a reading of such a contact.
pub(super) fn keep(subject: &mut Subject, person: &Person, now: Timestamp) {
    unseen::heed(subject, person, now);
    let known = match &mut subject.virtuous {
        VirtuousView::Candidates(people) => people,
        _ => &mut subject.hits,
    };
    if let Some(known) = known.iter_mut().find(|known| known.contact == person.contact) {
        *known = Person { late: Vec::new(), ..person.clone() };
    }
}

/// The contact is gone, merged, or has the address no more: who has it is looked up anew, unless the subscriber is linked.
pub(super) fn gone(subject: &mut Subject, contact: VirtuousContactId) {
    subject.hits.retain(|known| known.contact != contact);
    unseen::forget(subject, contact);
    if let VirtuousView::Candidates(people) = &subject.virtuous
        && people.iter().any(|known| known.contact == contact)
    {
        subject.virtuous = VirtuousView::LookAgain;
    }
}

/// An opt-out was written to such a contact, which a reading is still to show (E1). The date that is agreed on is that of the event: whichever contact turns out to be the
/// subscriber, what Tandem wrote there is no word of staff (P3, E5).
pub(super) fn opted_out(
    subject: &mut Subject,
    effect: &Effect,
    person: &Person,
    planner: &Planner,
    now: Timestamp,
) {
    subject.attempts = 0;
    subject.failure.take_if(|failure| failure.effect == effect.kind().as_str());
    let facets = facets(subject, effect, person);
    keep(subject, person, now);
    for facet in facets {
        unseen::wrote(subject, person.contact, facet, now);
    }
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

/// The methods that were written, as known after it.
fn facets(subject: &Subject, effect: &Effect, person: &Person) -> Vec<Written> {
    let (Effect::SetOptIn { addresses, opted_in: false, .. }, Some(known)) =
        (effect, subject.further_contact(person.contact))
    else {
        return Vec::new();
    };
    let facet = |method: &crate::domain::EmailMethod| Written::OptIn {
        method: method.id,
        opted_in: false,
        modified_at: method.modified_at.max(known.method(method.id).and_then(|known| known.modified_at)),
        agreed: subject.base.consent,
    };
    consent::newly_out(known, person, addresses).map(facet).collect()
}
