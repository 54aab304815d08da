//! What the subscribers of one contact of Virtuous have in common (I4).

use crate::domain::{CustomerRules, Subject};

use super::{
    Household,
    consent::{CcConsent, cc_consent},
    notes, segments,
};

impl Household {
    /// Takes in another subscriber of the subject's contact. The living may be heard of fields (F1), and of those whose lists
    /// staff may change the lowest joins (S5).
    pub fn add(&mut self, subject: &Subject, other: Subject, rules: &CustomerRules) {
        let before = subject.id < other.id;
        if other.cc.deletion.is_none() {
            self.living.push((other.id.clone(), other.cc.fields.clone()));
            self.present.extend(other.cc.email_key());
        }
        self.joins &= before || !segments::staff_may_change(&other, rules);
        // A subscriber that had the address before says nothing of it (P6).
        let is_living = other.cc.deletion.is_none() && other.cc.email_key() == subject.cc.email_key();
        self.address_is_out |= is_living && matches!(cc_consent(&other.cc, rules), CcConsent::Out { .. });
        if other.cc.email_key() != subject.cc.email_key() {
            self.notes_of_others.extend(other.base.notes.iter().map(|key| notes::marker(&other, key)));
        }
        self.segments.extend(segments::memberships(&other.cc, rules));
        self.owned.extend(other.base.segments.into_iter().map(|(_, name)| name));
    }
}

/// Whether the others of the contact are planned again once the subject was settled: it is heard no more, or of other fields than
/// before (F1).
#[must_use]
pub fn moves_fields(before: &[(String, String)], subject: &Subject) -> bool {
    subject.cc.deletion.is_some() || before != subject.base.fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Deletion, DeletionProof, ListId, Permission, SegmentKey, Timestamp};

    fn subject(id: &str) -> Subject {
        Subject::new(ContactId::new(id), Timestamp::from_secs(1_800_000_000))
    }

    #[test]
    fn i4_memberships_are_shared_and_only_the_living_are_heard() {
        let rules = CustomerRules::default();
        let list = ListId::new("list-1");
        let mut other = subject("a");
        other.cc.lists = vec![list.clone()];
        other.base.segments = vec![(SegmentKey::List(list.clone()), "Donors".to_owned())];
        let mut household = Household::default();
        household.add(&subject("b"), other, &rules);
        assert_eq!(household.living.len(), 1);
        assert!(household.segments.contains(&SegmentKey::List(list)));
        assert!(household.owned.contains("Donors"));
        let mut household = Household::default();
        household.add(&subject("a"), subject("b"), &rules);
        assert!(household.joins);
        let mut gone = subject("c");
        gone.cc.deletion = Some(Deletion { at: Timestamp::from_secs(1), proof: DeletionProof::Sweep });
        household.add(&subject("a"), gone, &rules);
        assert_eq!(household.living.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn e5_notes_about_another_address_of_the_contact_are_told_apart() {
        let named = |id: &str, email: &str| {
            let mut other = subject(id);
            other.cc.email = Some(email.to_owned());
            other.base.notes = vec!["bounce 2026-11-20".to_owned()];
            other
        };
        let mut household = Household::default();
        let (spouse, before) = (named("s", "bob@example.org"), named("b", "Ann@example.org"));
        let expected = vec![notes::marker(&spouse, "bounce 2026-11-20")];
        for other in [spouse, before] {
            household.add(&named("a", "ann@example.org"), other, &CustomerRules::default());
        }
        assert_eq!(household.notes_of_others, expected);
    }

    #[test]
    fn s5_an_unsubscribed_subscriber_leaves_the_joining_to_the_next() {
        let rules = CustomerRules { two_way: true, ..CustomerRules::default() };
        let mut other = subject("a");
        other.cc.permission = Permission::Unsubscribed;
        let mut household = Household::default();
        household.add(&subject("b"), other, &rules);
        assert!(household.joins);
        household.add(&subject("b"), subject("a"), &rules);
        assert!(!household.joins);
    }
}
