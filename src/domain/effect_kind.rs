//! The kinds of effects, and the actions that a call belongs to: code decides by these types, people read their labels.

use std::fmt;

/// The kind of an [`Effect`](super::Effect), without what it writes and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectKind {
    /// Opt out in Virtuous (P1).
    OptOut,
    /// Opt in in Virtuous (P3).
    OptIn,
    /// Change the value of an email method (P6).
    SetEmail,
    /// Write the subscriber's reference onto the contact (I2).
    AddReference,
    /// Put a tag on (S1).
    AddTag,
    /// Take a tag off (S1).
    RemoveTag,
    /// Set mapped custom fields (F1).
    SetFields,
    /// Add a note (N1).
    AddNote,
    /// Unsubscribe in Constant Contact (P1).
    Unsubscribe,
    /// Change list memberships in Constant Contact (S5).
    ChangeLists,
    /// Have Constant Contact send its confirmation email (P5).
    SendConfirmation,
}

impl EffectKind {
    /// Every kind, in the order of the declaration.
    pub const ALL: [Self; 11] = [
        Self::OptOut,
        Self::OptIn,
        Self::SetEmail,
        Self::AddReference,
        Self::AddTag,
        Self::RemoveTag,
        Self::SetFields,
        Self::AddNote,
        Self::Unsubscribe,
        Self::ChangeLists,
        Self::SendConfirmation,
    ];

    /// The label in metrics, dead letters and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::SetEmail => "set_email",
            Self::AddReference => "add_reference",
            Self::AddTag => "add_tag",
            Self::RemoveTag => "remove_tag",
            Self::SetFields => "set_fields",
            Self::AddNote => "add_note",
            Self::Unsubscribe => "unsubscribe_in_cc",
            Self::ChangeLists => "change_lists_in_cc",
            Self::SendConfirmation => "send_confirmation",
        }
    }

    /// Whether a repetition could leave a double behind, or a later reading could take the write for staff's: the intent is made
    /// durable before the call, and the contact is read again after an unknown outcome (S2, N1).
    #[must_use]
    pub const fn needs_intent(self) -> bool {
        matches!(self, Self::AddReference | Self::AddTag | Self::AddNote | Self::OptOut)
    }

    /// Whether the write must find the person as the plan saw them, so that the contact is read again just before (P2, P5).
    #[must_use]
    pub const fn needs_fresh_read(self) -> bool {
        matches!(self, Self::OptIn | Self::OptOut | Self::SetEmail | Self::SetFields | Self::SendConfirmation)
    }

    /// Whether the effect takes consent away, on either side (P1).
    #[must_use]
    pub const fn opts_out(self) -> bool {
        matches!(self, Self::OptOut | Self::Unsubscribe)
    }
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a failed call was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look the subscriber up in Virtuous (I2).
    LookUp,
    /// Read the linked contact again (P2).
    ReadContact,
    /// Send a row for the nightly import (C4).
    Submit,
    /// Write an effect of this kind.
    Effect(EffectKind),
}

impl Action {
    /// The label in metrics, dead letters and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookUp => "look_up",
            Self::ReadContact => "read_contact",
            Self::Submit => "submit",
            Self::Effect(kind) => kind.as_str(),
        }
    }

    /// The actions that write, and that the metric of effects counts.
    pub fn writes() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Submit).chain(EffectKind::ALL.into_iter().map(Self::Effect))
    }
}

impl From<EffectKind> for Action {
    fn from(kind: EffectKind) -> Self {
        Self::Effect(kind)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_write_has_its_own_label() {
        let labels: BTreeSet<&str> = Action::writes().map(Action::as_str).collect();
        assert_eq!(labels.len(), EffectKind::ALL.len() + 1);
    }

    #[test]
    fn all_lists_every_kind_in_order() {
        for (place, kind) in EffectKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
        assert_eq!(EffectKind::ALL.last(), Some(&EffectKind::SendConfirmation));
    }
}
