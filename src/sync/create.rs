//! Which subscribers get a Virtuous contact, and what is sent for them (C1 to C4, F2).

use crate::domain::{
    Cause, CustomerRules, Nameless, Permission, Reason, Rule, State, Subject, Transaction, state_code,
};

use super::{Mapping, fields, list_field, segments};

/// Whether a subscriber that is not in Virtuous is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Eligibility {
    /// Yes, as this.
    Create(Box<Transaction>),
    /// Not now or not at all: the state and why.
    Not(State, Reason),
}

/// Decides creation (C1, C2, C3).
#[must_use]
pub fn decide(
    subject: &Subject,
    mapping: &Mapping,
    rules: &CustomerRules,
    partial_refused: bool,
) -> Eligibility {
    use Eligibility::Not;
    let cc = &subject.cc;
    if cc.deletion.is_some() {
        return Not(State::Excluded, Reason::new(Rule::C2, Cause::DeletedInCc));
    }
    match cc.permission {
        Permission::Explicit | Permission::Implicit => {}
        Permission::Unsubscribed => {
            return Not(State::Excluded, Reason::new(Rule::C2, Cause::UnsubscribedInCc));
        }
        Permission::PendingConfirmation => {
            return Not(State::Held, Reason::new(Rule::C2, Cause::PendingConfirmation));
        }
        Permission::NotSet | Permission::TempHold | Permission::Unknown if cc.email.is_some() => {
            return Not(State::Held, Reason::new(Rule::C2, Cause::PermissionOnHold));
        }
        Permission::NotSet | Permission::TempHold | Permission::Unknown => {}
    }
    if cc.email.is_none() {
        return Not(State::Excluded, Reason::new(Rule::C2, Cause::NoAddress));
    }
    if let super::consent::CcConsent::Out { reason, .. } = super::consent::cc_consent(cc, rules) {
        return Not(State::Excluded, Reason { rule: Rule::C2, ..reason });
    }
    if super::consent::is_unanswered(subject, rules) {
        return Not(State::Review, Reason::new(Rule::P3, Cause::UnprovedOptIn));
    }
    if let Some(selected) = &mapping.selected
        && !cc.lists.iter().any(|list| selected.contains(list))
    {
        return Not(State::Excluded, Reason::new(Rule::C1, Cause::NotOnSelectedList));
    }
    let mut transaction = transaction(subject, mapping, rules);
    let none = transaction.first_name.is_empty() && transaction.last_name.is_empty();
    let refused = transaction.partial_name && (subject.name_refused || partial_refused);
    if none || refused {
        match &rules.nameless {
            Nameless::Hold if none => return Not(State::Held, Reason::new(Rule::C3, Cause::NoName)),
            Nameless::Hold => return Not(State::Held, Reason::new(Rule::C3, Cause::NameRefused)),
            Nameless::Placeholder { first, last } => {
                fill(&mut transaction.first_name, first);
                fill(&mut transaction.last_name, last);
            }
        }
    } else if let Nameless::Placeholder { first, last } = &rules.nameless {
        fill(&mut transaction.first_name, first);
        fill(&mut transaction.last_name, last);
    }
    transaction.partial_name = transaction.first_name.is_empty() || transaction.last_name.is_empty();
    Eligibility::Create(Box::new(transaction))
}

fn fill(name: &mut String, placeholder: &str) {
    if name.is_empty() {
        placeholder.clone_into(name);
    }
}

/// The row for the nightly import, with everything that identifies the person.
fn transaction(subject: &Subject, mapping: &Mapping, rules: &CustomerRules) -> Transaction {
    let mut transaction = profile(subject, rules);
    let memberships = segments::memberships(&subject.cc, rules);
    transaction.tags = memberships
        .iter()
        .filter_map(|segment| mapping.tags.get(segment))
        .filter(|tag| tag.sendable)
        .map(|tag| tag.name.clone())
        .collect();
    let (values, _) = fields::wanted(subject, mapping);
    transaction.custom_fields = values
        .into_iter()
        .chain(list_field::of_new(subject, mapping, rules))
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| (field.name.clone(), value))
        .collect();
    transaction
}

/// The row of a later profile change: no tags, because an import may replace them, and no custom fields (F2).
#[must_use]
pub fn profile(subject: &Subject, rules: &CustomerRules) -> Transaction {
    let profile = &subject.cc.profile;
    let address = profile.address.clone().unwrap_or_default();
    let phone = profile.phone.clone();
    Transaction {
        reference_id: subject.id.to_string(),
        contact_type: rules.contact_type.clone(),
        first_name: profile.first_name.clone(),
        last_name: profile.last_name.clone(),
        email_type: rules.email_type.clone(),
        email: subject.cc.email.clone().unwrap_or_default(),
        phone_type: if phone.is_empty() { String::new() } else { rules.phone_type.clone() },
        phone,
        address1: address.street,
        city: address.city,
        state: state_code(&address.state, &address.country).to_owned(),
        postal: address.postal_code,
        country: address.country,
        tags: Vec::new(),
        custom_fields: Vec::new(),
        partial_name: profile.first_name.is_empty() || profile.last_name.is_empty(),
    }
}

/// A hash of what [`profile`] would send, to notice a change (F2).
#[must_use]
pub fn profile_hash(subject: &Subject) -> u64 {
    let profile = &subject.cc.profile;
    let address = profile.address.clone().unwrap_or_default();
    let parts = [
        profile.first_name.as_str(),
        profile.last_name.as_str(),
        profile.phone.as_str(),
        address.street.as_str(),
        address.city.as_str(),
        address.state.as_str(),
        address.postal_code.as_str(),
        address.country.as_str(),
    ];
    xxhash_rust::xxh3::xxh3_64(parts.join("\u{1f}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ContactId, Gaps, ListId, Submission, Timestamp, VirtuousView},
        sync::{capture::confirm, link::tests::linked_at},
    };

    const SENT: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn linked(seen_at: Timestamp) -> Subject {
        let mut subject = Subject::new(ContactId::new("c-1"), SENT);
        subject.cc.lists = vec![ListId::new("l-1")];
        let person = linked_at(seen_at, Gaps::default());
        assert_eq!(person.tags, ["CC: News"]);
        subject.virtuous = VirtuousView::Linked(Box::new(person));
        subject
    }

    #[test]
    fn f2_a_row_of_the_profile_carries_neither_tags_nor_fields() {
        let row = profile(&linked(SENT), &CustomerRules::default());
        assert!(row.tags.is_empty() && row.custom_fields.is_empty(), "{row:?}");
    }

    #[test]
    fn f2_a_row_of_the_profile_is_confirmed_only_after_the_time_of_an_import() {
        let rules = CustomerRules::default();
        let ran_at = SENT.plus(rules.lookup_after);
        let before = ran_at.minus(std::time::Duration::from_secs(1));
        for (seen_at, creates, confirmed) in
            [(before, false, false), (ran_at, false, true), (before, true, true)]
        {
            let mut subject = linked(seen_at);
            subject.submission = Some(Submission { sent_at: SENT, certain: true, creates });
            confirm(&mut subject, &rules, seen_at);
            assert_eq!(subject.submission.is_none(), confirmed, "{seen_at:?}, {creates}");
            assert_eq!(subject.fresh_since, confirmed.then_some(SENT));
        }
    }
}
