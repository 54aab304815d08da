//! What a week changed, and what the rules ask because of it.

use serde::Serialize;

use super::people::SOURCE;
use crate::simulator::{Simulator, constant_contact::BounceCode, ids::Uuid};

/// What was edited, by subscribers' ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Week {
    /// Whose mail came back, with the code.
    pub bounced: Vec<(BounceCode, Uuid)>,
    /// Deleted, and shown as such.
    pub deleted: Vec<Uuid>,
    /// Gone without a trace.
    pub disappeared: Vec<Uuid>,
    /// The list that is called otherwise now: its former name.
    pub renamed_list: Option<String>,
    /// The list that is deleted: its name.
    pub deleted_list: Option<String>,
    /// Who has a new address that no other contact has.
    pub moved: Vec<Uuid>,
    /// Who has an address that another contact of Virtuous has (P6).
    pub taken: Option<Uuid>,
    /// Who subscribed again and confirmed it (P3).
    pub proved: Vec<Uuid>,
    /// Who is active again, and nothing says why (P3).
    pub bare: Vec<Uuid>,
    /// Two of one household: who unsubscribed, and who is new beside them (I4).
    pub household: Option<(Uuid, Uuid)>,
}

impl Week {
    /// The questions that the rules ask a person because of this week: P3 of every bare re-subscribe, P6 of the address
    /// that is taken.
    #[must_use]
    pub fn reviews(&self) -> Vec<(Uuid, &'static str)> {
        self.bare.iter().map(|id| (*id, "P3")).chain(self.taken.map(|id| (id, "P6"))).collect()
    }

    /// Who is gone from Constant Contact and still opted in in Virtuous (D1): the comparison of both systems cannot see
    /// them, as one of the two does not know them any more.
    #[must_use]
    pub fn still_opted_in(&self, simulator: &Simulator, organisation: &str) -> usize {
        let Some(organisation) = simulator.virtuous.organisation(organisation) else { return 0 };
        let mailable = |id: &&Uuid| {
            let held = organisation.book.by_reference(SOURCE, &id.to_string());
            held.is_some_and(|held| held.methods().any(|method| method.is_email() && method.opted_in))
        };
        self.disappeared.iter().filter(mailable).count()
    }
}

impl std::fmt::Display for Week {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "a week of {} bounces, {} deletions, {} disappearances, {} new addresses, {} re-subscribes ({} bare)",
            self.bounced.len(),
            self.deleted.len(),
            self.disappeared.len(),
            self.moved.len() + usize::from(self.taken.is_some()),
            self.proved.len() + self.bare.len(),
            self.bare.len(),
        )
    }
}
