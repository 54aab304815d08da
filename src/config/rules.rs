//! The customer's rules, as the pure core needs them, from its settings.

use super::{BounceAction, CustomerSettings, ListsAs, Nameless, Profile};
use crate::domain::{self, BouncePolicy, CustomerRules, ListTarget, ProfilePolicy};

/// The rules that a customer's file chooses. Every rule has a setting, so that none keeps a default by accident.
#[must_use]
pub fn rules(settings: &CustomerSettings) -> CustomerRules {
    let CustomerSettings { virtuous, mapping, consent, brake, .. } = settings;
    CustomerRules {
        reference_source: virtuous.reference_source.clone(),
        lists: match &mapping.lists {
            ListsAs::Tags => ListTarget::Tags,
            ListsAs::Field(name) => ListTarget::Field(name.clone()),
        },
        tag_prefix: mapping.tag_prefix.clone(),
        only_lists: mapping.only_lists.clone(),
        cc_tags: mapping.cc_tags,
        cc_tag_prefix: mapping.cc_tag_prefix.clone(),
        contact_type: mapping.contact_type.clone(),
        email_type: mapping.email_type.clone(),
        phone_type: mapping.phone_type.clone(),
        nameless: match &mapping.nameless {
            Nameless::Hold => domain::Nameless::Hold,
            Nameless::Placeholder { first, last } => {
                domain::Nameless::Placeholder { first: first.clone(), last: last.clone() }
            }
        },
        profile: match mapping.profile {
            Profile::CreateOnly => ProfilePolicy::CreateOnly,
            Profile::Transaction => ProfilePolicy::Transaction,
        },
        fields: mapping.fields.iter().map(|(label, field)| (label.clone(), field.clone())).collect(),
        hard_bounce: policy(consent.hard_bounce),
        soft_bounce: policy(consent.soft_bounce),
        complaint: policy(consent.complaint),
        two_way: consent.two_way,
        untouched: consent.untouched,
        brake_share: brake.share,
        brake_floor: brake.floor,
        lookup_after: virtuous.lookup_after,
        review_after: virtuous.review_after,
    }
}

const fn policy(action: BounceAction) -> BouncePolicy {
    match action {
        BounceAction::OptOut => BouncePolicy::OptOut,
        BounceAction::Note => BouncePolicy::Note,
        BounceAction::Ignore => BouncePolicy::Ignore,
    }
}

/// Tells whether two sets of rules are the same, in few characters.
#[must_use]
pub fn rules_fingerprint(rules: &CustomerRules) -> String {
    super::secret::fingerprint(&format!("{rules:?}"))
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::*;
    use crate::config::Environment;

    fn settings(text: &str) -> CustomerSettings {
        CustomerSettings::from_toml(text, Path::new("hope.toml"), &Environment::default()).unwrap()
    }

    #[test]
    fn an_empty_file_chooses_the_defaults_of_the_rules() {
        assert_eq!(rules(&settings("")), CustomerRules::default());
    }

    #[test]
    fn every_rule_has_its_setting() {
        let settings = settings(
            r#"
            [virtuous]
            reference_source = "CC"
            lookup_after = "1h"
            review_after = "2h"
            [mapping]
            lists = "field:Email Lists"
            tag_prefix = "L: "
            only_lists = ["News"]
            cc_tags = true
            cc_tag_prefix = "T: "
            contact_type = "Person"
            email_type = "Work Email"
            phone_type = "Work Phone"
            nameless = { first = "A", last = "Friend" }
            profile = "transaction"
            [mapping.fields]
            Program = "Interest"
            [consent]
            hard_bounce = "note"
            soft_bounce = "ignore"
            complaint = "note"
            two_way = false
            untouched = "leave"
            [brake]
            share = 0.5
            floor = 7
            "#,
        );
        let expect = CustomerRules {
            reference_source: "CC".into(),
            lists: ListTarget::Field("Email Lists".into()),
            tag_prefix: "L: ".into(),
            only_lists: vec!["News".into()],
            cc_tags: true,
            cc_tag_prefix: "T: ".into(),
            contact_type: "Person".into(),
            email_type: "Work Email".into(),
            phone_type: "Work Phone".into(),
            nameless: domain::Nameless::Placeholder { first: "A".into(), last: "Friend".into() },
            profile: ProfilePolicy::Transaction,
            fields: vec![("Program".into(), "Interest".into())],
            hard_bounce: BouncePolicy::Note,
            soft_bounce: BouncePolicy::Ignore,
            complaint: BouncePolicy::Note,
            two_way: false,
            untouched: domain::UntouchedPolicy::Leave,
            brake_share: 0.5,
            brake_floor: 7,
            lookup_after: Duration::from_secs(3600),
            review_after: Duration::from_secs(7200),
        };
        assert_eq!(rules(&settings), expect);
    }
}
