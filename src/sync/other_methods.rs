//! Which methods beside the individual's own an opt-out reaches, and whose word an opt-out there is (P1, P2, E1, E2).

use crate::domain::{
    EmailMethod, IndividualId, MethodId, OtherMethod, Person, ShownMethod, Subject, VirtuousContact,
    has_email_key, has_email_key_of,
};

use super::consent;

/// The further methods of a contact with the subscriber's present address, in the order of their ids. `own`: the individual's
/// methods of the same reading. What is not told stays as it is known (E2).
#[must_use]
pub fn of(
    contact: &VirtuousContact,
    individual: IndividualId,
    subject: &Subject,
    known: Option<&Person>,
    own: &[EmailMethod],
) -> Vec<OtherMethod> {
    let Some(key) = subject.cc.email_key() else { return Vec::new() };
    let reading = Reading { subject, known, own };
    let is_meant = |shown: &&ShownMethod| {
        has_email_key(&shown.value, &key) && !own.iter().any(|method| method.id == shown.id)
    };
    let shown = contact.individuals.iter().flat_map(|one| one.emails.iter());
    let mut others: Vec<OtherMethod> = shown.filter(is_meant).map(|shown| reading.other(shown)).collect();
    let is_told = contact.individuals.is_whole()
        && contact.individuals.iter().all(|one| one.id == individual || one.emails.is_whole());
    if !is_told {
        let is_new = |known: &&OtherMethod| {
            let id = known.method.id;
            let shown = contact.individuals.iter().flat_map(|one| one.emails.iter());
            has_email_key(&known.method.value, &key)
                && !shown.into_iter().any(|method| method.id == id)
                && !own.iter().any(|method| method.id == id)
        };
        let known = known.map(|known| known.others.as_slice()).unwrap_or_default();
        others.extend(known.iter().filter(is_new).cloned());
    }
    others.sort_by_key(|other| other.method.id);
    others
}

/// What a reading has told of a method before, wherever it was on the contact.
#[must_use]
pub fn known_of(known: &Person, id: MethodId) -> Option<&EmailMethod> {
    let others = known.others.iter().filter(|other| other.told).map(|other| &other.method);
    known.emails.iter().chain(others).find(|method| method.id == id)
}

/// A reading beside what is known.
struct Reading<'a> {
    subject: &'a Subject,
    known: Option<&'a Person>,
    own: &'a [EmailMethod],
}

impl Reading<'_> {
    fn other(&self, shown: &ShownMethod) -> OtherMethod {
        let before = self.known.and_then(|known| known_of(known, shown.id));
        let told = shown.filled(before);
        let answered = told.as_ref().is_some_and(|method| !method.opted_in) && self.is_answered(shown.id);
        OtherMethod {
            told: told.is_some(),
            answered,
            method: told.unwrap_or_else(|| shown.with_opt_in(true, None)),
        }
    }

    /// Whether an opt-out is no word of staff: it was none when it was met, or stood there when it was first met beside an opt-in that
    /// was agreed on. Only a difference from what a reading has shown is somebody's doing (E1).
    fn is_answered(&self, id: MethodId) -> bool {
        let met = self.known.and_then(|known| known.others.iter().find(|other| other.method.id == id));
        if let Some(met) = met.filter(|met| met.told) {
            return met.answered && !met.method.opted_in;
        }
        let agreed_in = self.subject.base.consent.is_some_and(|base| base.opted_in);
        agreed_in && !self.has_moved()
    }

    /// Whether the address was the individual's own until now: what stands elsewhere took its place.
    fn has_moved(&self) -> bool {
        let addresses = consent::addresses(self.subject);
        let has = |methods: &[EmailMethod]| {
            methods.iter().any(|method| has_email_key_of(&method.value, &addresses))
        };
        self.known.is_some_and(|known| has(&known.emails)) && !has(self.own)
    }
}
