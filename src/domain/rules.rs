//! A customer's choices, as the pure core needs them. Defaults are those of `docs/RULES.md`.

use super::{BounceKind, Lane, reference_data::tag_key};

/// Where lists go in Virtuous (S1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ListTarget {
    /// One tag a list.
    #[default]
    Tags,
    /// One custom field that holds the names, sorted, joined by `"; "`. One-way.
    Field(String),
}

/// What becomes of people without a name (C3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Nameless {
    /// Held, and shown as such.
    #[default]
    Hold,
    /// Created with these names.
    Placeholder {
        /// First name.
        first: String,
        /// Last name.
        last: String,
    },
}

/// Whether name, phone and address follow later changes (F2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProfilePolicy {
    /// Only when the contact is created.
    #[default]
    CreateOnly,
    /// Also later, by transaction.
    Transaction,
}

/// What an opt-out means that a method has had since it was made: the organisation's default, and no person's doing (P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UntouchedPolicy {
    /// The customer is asked once for all of them.
    #[default]
    Ask,
    /// It stays, and says nothing.
    Leave,
    /// It counts as an opt-out by staff (P1).
    OptOut,
}

/// What a bounce or complaint leads to (P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BouncePolicy {
    /// Opt out, and a note.
    #[default]
    OptOut,
    /// Only a note.
    Note,
    /// Nothing.
    Ignore,
}

/// The customer's rules.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerRules {
    /// I1.
    pub reference_source: String,
    /// S1.
    pub lists: ListTarget,
    /// S1.
    pub tag_prefix: String,
    /// Ids or names; empty means all (C1).
    pub only_lists: Vec<String>,
    /// S6.
    pub cc_tags: bool,
    /// S6.
    pub cc_tag_prefix: String,
    /// C4: the transaction's `contactType`.
    pub contact_type: String,
    /// C4: the transaction's `emailType`.
    pub email_type: String,
    /// C4: the transaction's `phoneType`.
    pub phone_type: String,
    /// C3.
    pub nameless: Nameless,
    /// F2.
    pub profile: ProfilePolicy,
    /// F1: Constant Contact label to Virtuous field, beside equal names.
    pub fields: Vec<(String, String)>,
    /// P4, for `B` and `S`.
    pub hard_bounce: BouncePolicy,
    /// P4, for `D`, `F`, `X`, `Z`.
    pub soft_bounce: BouncePolicy,
    /// P4.
    pub complaint: BouncePolicy,
    /// S5 and the way back of P1: whether preferences are written to Constant Contact.
    pub two_way: bool,
    /// P7.
    pub untouched: UntouchedPolicy,
    /// B1: share of the linked.
    pub brake_share: f64,
    /// B1: floor.
    pub brake_floor: u64,
    /// V1: how long a submission may be unconfirmed before it is looked up.
    pub lookup_after: std::time::Duration,
    /// V1: how long before a person is asked.
    pub review_after: std::time::Duration,
}

impl Default for CustomerRules {
    fn default() -> Self {
        const HOUR: u64 = 3600;
        Self {
            reference_source: "Constant Contact".to_owned(),
            lists: ListTarget::Tags,
            tag_prefix: "CC: ".to_owned(),
            only_lists: Vec::new(),
            cc_tags: false,
            cc_tag_prefix: "CC tag: ".to_owned(),
            contact_type: "Household".to_owned(),
            email_type: "Home Email".to_owned(),
            phone_type: "Mobile Phone".to_owned(),
            nameless: Nameless::Hold,
            profile: ProfilePolicy::CreateOnly,
            fields: Vec::new(),
            hard_bounce: BouncePolicy::OptOut,
            soft_bounce: BouncePolicy::OptOut,
            complaint: BouncePolicy::OptOut,
            two_way: true,
            untouched: UntouchedPolicy::Ask,
            brake_share: 0.05,
            brake_floor: 50,
            lookup_after: std::time::Duration::from_secs(24 * HOUR),
            review_after: std::time::Duration::from_secs(72 * HOUR),
        }
    }
}

impl CustomerRules {
    /// What this kind of bounce leads to.
    #[must_use]
    pub const fn bounce_policy(&self, kind: BounceKind) -> BouncePolicy {
        match kind {
            BounceKind::Hard => self.hard_bounce,
            BounceKind::Soft => self.soft_bounce,
        }
    }

    /// Whether a Virtuous tag of this name could be Tandem's (S2).
    #[must_use]
    pub fn may_own_tag(&self, name: &str) -> bool {
        let name = tag_key(name);
        let begins = |prefix: &str| name.starts_with(&tag_key(prefix));
        begins(&self.tag_prefix) || (self.cc_tags && begins(&self.cc_tag_prefix))
    }
}

/// How far the customer's first import is (C4), as the planner needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Only observes and plans: no call that writes.
    #[default]
    Observing,
    /// The contacts of Virtuous are being read, to link all at once (I2).
    Scanning,
    /// The account is being imported; new subscribers take the import lane.
    Importing,
    /// Steady state.
    Live,
}

impl Stage {
    /// All stages, in the order in which a customer goes through them.
    pub const ALL: [Self; 4] = [Self::Observing, Self::Scanning, Self::Importing, Self::Live];

    /// The name that operators see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observing => "observing",
            Self::Scanning => "scanning",
            Self::Importing => "importing",
            Self::Live => "live",
        }
    }

    /// The lane of a subscriber's first work.
    #[must_use]
    pub const fn first_lane(self) -> Lane {
        match self {
            Self::Live => Lane::Change,
            Self::Observing | Self::Scanning | Self::Importing => Lane::Import,
        }
    }

    /// Whether writes may go out.
    #[must_use]
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Importing | Self::Live)
    }
}
