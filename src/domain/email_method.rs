//! Email methods of Virtuous: an address with its opt-in, as known and as one reading shows it (P2, E2).

use super::{MethodId, Timestamp, has_email_key_of};

/// An email ContactMethod of an individual: the address and its opt-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailMethod {
    /// Its id.
    pub id: MethodId,
    /// Its type, such as `Home Email`.
    pub kind: String,
    /// The address.
    pub value: String,
    /// `isOptedIn`.
    pub opted_in: bool,
    /// `isPrimary`.
    pub primary: bool,
    /// `createDateTimeUtc`.
    pub created_at: Option<Timestamp>,
    /// `modifiedDateTimeUtc`: the date of an opt-out that staff made (P3).
    pub modified_at: Option<Timestamp>,
}

impl EmailMethod {
    /// Whether the method holds one of these addresses, given as compared (P2).
    #[must_use]
    pub fn is_at(&self, addresses: &[String]) -> bool {
        has_email_key_of(&self.value, addresses)
    }
}

/// An email ContactMethod as one reading shows it: what is `None` was not told (E2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMethod {
    /// Its id.
    pub id: MethodId,
    /// Its type, such as `Home Email`.
    pub kind: Option<String>,
    /// The address.
    pub value: String,
    /// `isOptedIn`.
    pub opted_in: Option<bool>,
    /// `isPrimary`.
    pub primary: Option<bool>,
    /// `createDateTimeUtc`.
    pub created_at: Option<Timestamp>,
    /// `modifiedDateTimeUtc`.
    pub modified_at: Option<Timestamp>,
}

impl ShownMethod {
    /// The method, with what was not told filled from what is known of it; `None` if its opt-in is unknown (E2).
    #[must_use]
    pub fn filled(&self, known: Option<&EmailMethod>) -> Option<EmailMethod> {
        let opted_in = self.opted_in.or(known.map(|known| known.opted_in))?;
        Some(self.with_opt_in(opted_in, known))
    }

    /// The method with this opt-in, and with what else was not told filled from what is known of it.
    #[must_use]
    pub fn with_opt_in(&self, opted_in: bool, known: Option<&EmailMethod>) -> EmailMethod {
        // A date is that of the opt-in beside it, told or known.
        let told = self.modified_at.filter(|_| self.opted_in.is_some() || known.is_none());
        let dated = known.filter(|known| known.opted_in == opted_in).and_then(|known| known.modified_at);
        let kind = self.kind.clone().or_else(|| known.map(|known| known.kind.clone()));
        EmailMethod {
            id: self.id,
            kind: kind.unwrap_or_default(),
            value: self.value.clone(),
            opted_in,
            primary: self.primary.or(known.map(|known| known.primary)).unwrap_or(false),
            created_at: self.created_at.or(known.and_then(|known| known.created_at)),
            modified_at: told.or(dated),
        }
    }
}

impl From<EmailMethod> for ShownMethod {
    fn from(method: EmailMethod) -> Self {
        Self {
            id: method.id,
            kind: Some(method.kind),
            value: method.value,
            opted_in: Some(method.opted_in),
            primary: Some(method.primary),
            created_at: method.created_at,
            modified_at: method.modified_at,
        }
    }
}

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
