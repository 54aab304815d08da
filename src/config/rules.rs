//! A customer's settings as the rules that the pure core knows.

use crate::domain::{BouncePolicy, CustomerRules, ListTarget, Nameless, ProfilePolicy};

use super::{BounceAction, CustomerSettings, ListsAs, Profile};

/// The rules of a customer.
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
            super::Nameless::Hold => Nameless::Hold,
            super::Nameless::Placeholder { first, last } => {
                Nameless::Placeholder { first: first.clone(), last: last.clone() }
            }
        },
        profile: match mapping.profile {
            Profile::CreateOnly => ProfilePolicy::CreateOnly,
            Profile::Transaction => ProfilePolicy::Transaction,
        },
        fields: mapping.fields.iter().map(|(label, name)| (label.clone(), name.clone())).collect(),
        hard_bounce: bounce(consent.hard_bounce),
        soft_bounce: bounce(consent.soft_bounce),
        complaint: bounce(consent.complaint),
        two_way: consent.two_way,
        brake_share: brake.share,
        brake_floor: brake.floor,
        lookup_after: virtuous.lookup_after,
        review_after: virtuous.review_after,
    }
}

const fn bounce(action: BounceAction) -> BouncePolicy {
    match action {
        BounceAction::OptOut => BouncePolicy::OptOut,
        BounceAction::Note => BouncePolicy::Note,
        BounceAction::Ignore => BouncePolicy::Ignore,
    }
}
