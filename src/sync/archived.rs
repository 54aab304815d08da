//! Which contacts of a page are archived where no answer tells it: those that a reading without archived contacts lacks (I3).

use std::collections::BTreeSet;

use crate::domain::{VirtuousContact, VirtuousContactId};

/// What a reading without archived contacts showed of the range of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Active {
    /// The contacts that it showed.
    pub shown: BTreeSet<VirtuousContactId>,
    /// Whether it covered the whole page: only then does a missing contact say something (E2).
    pub is_whole: bool,
}

impl Active {
    /// Whether a contact that leaves it open is missing.
    #[must_use]
    pub fn lacks_any(&self, contacts: &[VirtuousContact]) -> bool {
        self.is_whole && contacts.iter().any(|contact| is_open(contact) && !self.shown.contains(&contact.id))
    }

    /// The two readings together: what one of them left out is no archived contact (E2).
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.shown.extend(other.shown);
        Self { is_whole: self.is_whole && other.is_whole, ..self }
    }

    /// Tells of each contact that leaves it open whether it is archived, as far as the reading says so.
    pub fn tell(&self, contacts: &mut [VirtuousContact]) {
        for contact in contacts.iter_mut().filter(|contact| is_open(contact)) {
            if self.shown.contains(&contact.id) {
                contact.archived = Some(false);
            } else if self.is_whole {
                contact.archived = Some(true);
            }
        }
    }
}

/// Whether a page leaves open which of its contacts are archived.
#[must_use]
pub fn is_untold(contacts: &[VirtuousContact]) -> bool {
    contacts.iter().any(is_open)
}

/// What was merged away is hidden like what was archived, and followed (I3).
const fn is_open(contact: &VirtuousContact) -> bool {
    contact.archived.is_none() && contact.merged_into.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::link::tests::couple;

    fn page() -> Vec<VirtuousContact> {
        let with = |id: i64, archived| VirtuousContact { id: VirtuousContactId(id), archived, ..couple() };
        let merged = VirtuousContact { merged_into: Some(VirtuousContactId(1)), ..with(4, None) };
        vec![with(1, None), with(2, None), with(3, Some(true)), merged]
    }

    fn shown(ids: &[i64], is_whole: bool) -> Active {
        Active { shown: ids.iter().copied().map(VirtuousContactId).collect(), is_whole }
    }

    #[test]
    fn i3_who_is_missing_without_archived_contacts_is_archived() {
        let told = |active: &Active| {
            let mut page = page();
            active.tell(&mut page);
            page.iter().map(|contact| contact.archived).collect::<Vec<_>>()
        };
        assert!(is_untold(&page()) && shown(&[1], true).lacks_any(&page()));
        assert_eq!(told(&shown(&[1], true)), [Some(false), Some(true), Some(true), None]);
        assert_eq!(
            told(&shown(&[1], false)),
            [Some(false), None, Some(true), None],
            "it does not cover the page"
        );
        let both = shown(&[1], true).or(shown(&[2], true));
        assert_eq!(
            told(&both),
            [Some(false), Some(false), Some(true), None],
            "a gap archives no contact (E2)"
        );
        assert!(!both.lacks_any(&page()) && !shown(&[1], false).lacks_any(&page()));
        assert!(!shown(&[1], true).or(shown(&[], false)).is_whole);
        let mut page = page();
        both.tell(&mut page);
        assert!(!is_untold(&page));
    }
}
