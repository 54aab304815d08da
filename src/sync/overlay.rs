//! What Tandem wrote to one facet of a contact, laid over a reading that does not show it (E1).

use crate::domain::{Person, Written};

impl Written {
    /// Shows the person as it was written.
    pub(super) fn overlay(&self, person: &mut Person) {
        match self {
            Self::Tag { name, on: true, .. } => {
                if let Err(at) = person.tags.binary_search(name) {
                    person.tags.insert(at, name.clone());
                }
            }
            Self::Tag { name, on: false, .. } => person.tags.retain(|tag| tag != name),
            Self::OptIn { method, opted_in, modified_at, .. } => {
                if let Some(shown) = person.method_mut(*method) {
                    shown.opted_in = *opted_in;
                    shown.modified_at = (*modified_at).max(shown.modified_at);
                }
                // What Tandem wrote is no word of staff (E5).
                for other in person.others.iter_mut().filter(|other| other.method.id == *method) {
                    (other.told, other.answered) = (true, !opted_in);
                }
            }
            Self::Email { method, value, modified_at, .. } => {
                if let Some(shown) = person.method_mut(*method) {
                    shown.value.clone_from(value);
                    shown.modified_at = (*modified_at).max(shown.modified_at);
                }
            }
            Self::Field { name, value, .. } => {
                person.fields.retain(|(known, _)| known != name);
                if !value.is_empty() {
                    person.fields.push((name.clone(), value.clone()));
                    person.fields.sort();
                }
            }
            Self::Reference => person.has_reference = true,
        }
    }

    /// Whether it is the same write, whatever was agreed on before.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::OptIn { method, opted_in, modified_at, agreed: _ },
                Self::OptIn { method: of, opted_in: to, modified_at: at, agreed: _ },
            ) => (method, opted_in, modified_at) == (of, to, at),
            _ => self == other,
        }
    }

    /// Whether a write is to the same facet.
    pub(super) fn is_about(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tag { name, .. }, Self::Tag { name: other, .. })
            | (Self::Field { name, .. }, Self::Field { name: other, .. }) => name == other,
            (Self::OptIn { method, .. }, Self::OptIn { method: other, .. })
            | (Self::Email { method, .. }, Self::Email { method: other, .. }) => method == other,
            (Self::Reference, Self::Reference) => true,
            _ => false,
        }
    }
}
