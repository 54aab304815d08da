//! Methods with a subscriber's address that only an opt-out reaches (P2).

use super::{EmailMethod, MethodId, Person};

/// An email method with the subscriber's present address, beside the individual's own: of another individual of the contact, or one
/// whose opt-in no reading has told. The address gets the mail, so that an opt-out is set there too; an opt-in never is (P2, E2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherMethod {
    /// The method. Untold, its opt-in counts as given: an opt-out is still to be set.
    pub method: EmailMethod,
    /// Whether a reading has told the opt-in (E2).
    pub told: bool,
    /// Whether its opt-out is no word of staff: Tandem wrote it, or it stood beside an opt-in that was agreed on (E1, E5).
    pub answered: bool,
}

impl OtherMethod {
    /// Whether staff opted it out, as far as known (P1).
    #[must_use]
    pub const fn is_staffs_opt_out(&self) -> bool {
        self.told && !self.answered && !self.method.opted_in
    }
}

impl Person {
    /// The methods that such a wish reaches: of an opt-out also those beside the individual's own (P2).
    pub fn reached(&self, opted_in: bool) -> impl Iterator<Item = &EmailMethod> {
        let others = self.others.iter().filter(move |_| !opted_in).map(|other| &other.method);
        self.emails.iter().chain(others)
    }

    /// A method by its id, wherever it is on the contact.
    #[must_use]
    pub fn method(&self, id: MethodId) -> Option<&EmailMethod> {
        self.reached(false).find(|method| method.id == id)
    }

    /// The same, to be changed.
    pub fn method_mut(&mut self, id: MethodId) -> Option<&mut EmailMethod> {
        let others = self.others.iter_mut().map(|other| &mut other.method);
        self.emails.iter_mut().chain(others).find(|method| method.id == id)
    }
}
