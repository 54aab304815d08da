//! Addresses that a subscriber had and another living subscriber has now: theirs alone (P6).

use std::borrow::Cow;

use crate::domain::{Permission, Subject};

use super::{Household, consent};

/// The addresses that count for the subscriber's consent and are not its own now; of a deleted subscriber these are all.
#[must_use]
pub fn had_before(subject: &Subject) -> Vec<String> {
    let own = subject.cc.email_key().filter(|_| subject.cc.deletion.is_none());
    let mut addresses = consent::addresses(subject);
    addresses.retain(|address| Some(address) != own.as_ref());
    addresses
}

/// Whether the subscriber is living and has the address now.
#[must_use]
pub fn has_now(subject: &Subject, address: &str) -> bool {
    subject.cc.deletion.is_none() && subject.cc.email_key().is_some_and(|own| own == address)
}

/// Whether Constant Contact shows consent of a living subscriber.
#[must_use]
pub fn may_be_mailed(subject: &Subject) -> bool {
    subject.cc.deletion.is_none() && subject.cc.permission.is_mailable()
}

/// Whether an address that `subject` had is another's alone now. It is no evidence about the subject, whatever the other one wants;
/// an opt-out of the subject is withheld from it for consent alone.
#[must_use]
pub fn is_handed_on(subject: &Subject, address: &str, other: &Subject) -> bool {
    has_now(other, address) && (may_be_mailed(other) || !is_out(subject))
}

/// Whether the subscriber's own opt-out stands.
fn is_out(subject: &Subject) -> bool {
    let Subject { cc, unanswered, .. } = subject;
    cc.deletion.is_some() || cc.permission == Permission::Unsubscribed || unanswered.is_some()
}

/// Whether the last address of the subscriber is another's now.
#[must_use]
pub fn is_last(subject: &Subject, household: &Household) -> bool {
    subject.cc.email_key().is_some_and(|address| household.handed_on.contains(&address))
}

/// The subscriber as its consent is decided: without the addresses that are another's now.
#[must_use]
pub fn without<'a>(subject: &'a Subject, household: &Household) -> Cow<'a, Subject> {
    if household.handed_on.is_empty() {
        return Cow::Borrowed(subject);
    }
    let is_kept = |address: &String| !household.handed_on.contains(address);
    let mut subject = subject.clone();
    if is_last(&subject, household) {
        subject.cc.email = None;
    }
    subject.base.email.take_if(|address| !is_kept(address));
    subject.base.former.retain(is_kept);
    Cow::Owned(subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Deletion, DeletionProof, Timestamp};

    fn moved() -> Subject {
        let mut subject = Subject::new(ContactId::new("c-1"), Timestamp::from_secs(1_800_000_000));
        subject.cc.email = Some("Ann@example.org".to_owned());
        subject.base.email = Some("ann@home.example.org".to_owned());
        subject.base.former = vec!["ann@work.example.org".to_owned()];
        subject
    }

    fn deleted() -> Subject {
        let mut subject = moved();
        subject.cc.deletion = Some(Deletion { at: Timestamp::from_secs(1), proof: DeletionProof::Sweep });
        subject
    }

    #[test]
    fn p6_a_living_subscriber_keeps_its_address_and_a_deleted_one_none() {
        assert_eq!(had_before(&moved()), ["ann@home.example.org", "ann@work.example.org"]);
        assert_eq!(had_before(&deleted()).len(), 3);
        assert!(has_now(&moved(), "ann@example.org") && !has_now(&moved(), "ann@home.example.org"));
        assert!(!has_now(&deleted(), "ann@example.org"));
    }

    #[test]
    fn p6_an_opt_out_is_withheld_for_consent_alone() {
        let mut next = Subject::new(ContactId::new("c-2"), Timestamp::from_secs(1_800_000_000));
        next.cc.email = Some("ann@home.example.org".to_owned());
        let is = |subject: &Subject, next: &Subject| is_handed_on(subject, "ann@home.example.org", next);
        assert!(is(&moved(), &next), "no evidence about the one before");
        assert!(!is(&deleted(), &next), "nobody's consent");
        next.cc.permission = Permission::Implicit;
        assert!(is(&moved(), &next) && is(&deleted(), &next));
    }

    #[test]
    fn p6_what_is_anothers_now_counts_no_more() {
        let handed_on = |addresses: &[&str]| Household {
            handed_on: addresses.iter().map(|address| (*address).to_owned()).collect(),
            ..Household::default()
        };
        let counts =
            |subject: &Subject, household: &Household| consent::addresses(&without(subject, household));
        assert_eq!(without(&moved(), &handed_on(&[])), Cow::Borrowed(&moved()));
        let home = handed_on(&["ann@home.example.org"]);
        assert_eq!(counts(&moved(), &home), ["ann@example.org", "ann@work.example.org"]);
        assert!(!is_last(&moved(), &home));
        let last = handed_on(&["ann@example.org"]);
        assert_eq!(counts(&deleted(), &last), ["ann@home.example.org", "ann@work.example.org"]);
        assert!(is_last(&deleted(), &last));
    }
}
