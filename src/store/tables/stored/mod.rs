//! What stands on disk, one frozen struct a version. Domain types are free to change; these are not: a change of shape is
//! a new struct with a new version byte and a conversion from the old one.

mod accounts;
mod awaited_bounces;
mod baselines;
mod campaign;
mod customer;
mod event;
mod own_opt_out;
mod reason;
mod reference_data;
mod subject;
mod subject_evidence;
mod time;
mod timeline;
mod unseen;
mod view;

pub use accounts::{CustomerV4, CustomerV5, CustomerV7, CustomerV8, CustomerV9, CustomerV10};
pub use awaited_bounces::AwaitedBouncesV1;
pub use baselines::BaselinesV1;
pub use campaign::{CampaignV1, CampaignV2};
pub use customer::{
    ClearedV1, CountsV1, CountsV2, CursorV1, CursorV2, CustomerV1, CustomerV2, CustomerV3, HintV1, IntentV1,
    TokenV1, TokenV2,
};
pub use event::{EventDueV1, EventSeenV1, SubscriptionV1};
pub use own_opt_out::OwnOptOutV1;
pub use reference_data::{CcReferenceDataV1, VirtuousReferenceDataV1, VirtuousReferenceDataV2};
pub use subject::{EventV1, SubjectV1, SubjectV2, SubjectV3, SubjectV4, SubjectV5, SubjectV6, fingerprint};
pub use subject_evidence::{SubjectV7, SubjectV8, SubjectV9, SubjectV10};
