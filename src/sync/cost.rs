//! What work costs in calls: one table for the dry run (B2), for the ceilings of the budgets, and for the docs.
//!
//! The numbers are those of the ordinary case: one method with the address, the tag's join known, no conflict.

use crate::domain::{EffectKind, Subject};

use super::Step;

/// Calls to both systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// Calls of the organisation's hour.
    pub virtuous: u64,
    /// Calls of the key's day.
    pub constant_contact: u64,
}

impl Calls {
    const fn to_virtuous(calls: u64) -> Self {
        Self { virtuous: calls, constant_contact: 0 }
    }

    const fn to_constant_contact(calls: u64) -> Self {
        Self { virtuous: 0, constant_contact: calls }
    }
}

/// A look-up of a subscriber: by reference, then by address (I2).
pub const LOOK_UP: Calls = Calls::to_virtuous(2);

/// A row for the import, sent alone.
pub const ROW: Calls = Calls::to_virtuous(1);

/// A contact that is made: its row, then the opt-in that is read and set once the contact is there (C5).
pub const CREATION: Calls = Calls::to_virtuous(2);

/// The calls of an effect on one subscriber.
#[must_use]
pub const fn of_effect(kind: EffectKind) -> Calls {
    match kind {
        // Read just before, then written as a whole model (P2, P6, F1).
        EffectKind::OptOut | EffectKind::OptIn | EffectKind::SetFields => Calls::to_virtuous(2),
        // The same, and whether the address sits on another contact is asked between the two (P6).
        EffectKind::SetEmail => Calls::to_virtuous(3),
        // A tag goes by the join that an earlier answer told (S1).
        EffectKind::AddReference | EffectKind::AddTag | EffectKind::RemoveTag | EffectKind::AddNote => {
            Calls::to_virtuous(1)
        }
        // Read just before on both sides (P1, P5, E1), then written; the activity and the look at it are shared (S5).
        EffectKind::Unsubscribe | EffectKind::ChangeLists | EffectKind::SendConfirmation => {
            Calls { virtuous: 1, constant_contact: 2 }
        }
    }
}

/// The calls of a step that is no effect; the calls of [`Step::Apply`] are the sum of its effects'.
#[must_use]
pub fn of_step(step: &Step, subject: &Subject) -> Calls {
    match step {
        Step::Nothing | Step::Apply(_) => Calls::default(),
        Step::LookUp | Step::Refresh => Calls::to_virtuous(1),
        Step::ReadHits(contacts) => Calls::to_virtuous(contacts.len() as u64),
        Step::LookAtLists => Calls::to_constant_contact(1),
        Step::Submit(_) if subject.virtuous.linked().is_some() => ROW,
        Step::Submit(_) => CREATION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of ARCHITECTURE.md, a row a kind.
    #[test]
    fn the_docs_tell_the_cost_of_every_effect() {
        let docs = include_str!("../../docs/ARCHITECTURE.md");
        for kind in EffectKind::ALL {
            let Calls { virtuous, constant_contact } = of_effect(kind);
            let row = format!("| `{kind}` | {virtuous} | {constant_contact} |");
            assert!(
                docs.contains(&row),
                "docs/ARCHITECTURE.md, \"What a write costs\", lacks the row: {row}"
            );
        }
    }
}
