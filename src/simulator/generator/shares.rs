//! How many contacts have which permission: the figures of a real account of 26,475, scaled.

use serde::Serialize;

/// Contacts by permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// `implicit`.
    pub implicit: usize,
    /// `unsubscribed`.
    pub unsubscribed: usize,
    /// `explicit`.
    pub explicit: usize,
    /// `not_set`.
    pub not_set: usize,
    /// `pending_confirmation`.
    pub pending: usize,
    /// Without an address.
    pub no_email: usize,
}

const WHOLE: usize = 26_475;

impl Shares {
    /// The shares of an account of so many contacts; exactly the real figures at 26,475.
    #[must_use]
    pub fn of(contacts: usize) -> Self {
        // From 100 contacts on, every kind is there at least once.
        let least = usize::from(contacts >= 100);
        let scaled = |count: usize| ((count * contacts + WHOLE / 2) / WHOLE).max(least);
        let mut shares = Self {
            implicit: 0,
            unsubscribed: scaled(8_530),
            explicit: scaled(336),
            not_set: scaled(1),
            pending: scaled(1),
            no_email: scaled(73),
        };
        let others =
            shares.unsubscribed + shares.explicit + shares.not_set + shares.pending + shares.no_email;
        shares.implicit = contacts.saturating_sub(others);
        shares
    }

    /// All together.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.implicit + self.unsubscribed + self.explicit + self.not_set + self.pending + self.no_email
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_account_is_met_exactly() {
        let real = Shares {
            implicit: 17_534,
            unsubscribed: 8_530,
            explicit: 336,
            not_set: 1,
            pending: 1,
            no_email: 73,
        };
        assert_eq!(Shares::of(26_475), real);
        assert_eq!(real.total(), 26_475);
        for contacts in [0, 1, 10, 100, 500, 1000, 9_999, 100_000] {
            assert_eq!(Shares::of(contacts).total(), contacts);
        }
    }
}
