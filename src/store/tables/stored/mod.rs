//! What stands on disk, one frozen struct a version. Domain types are free to change; these are not: a change of shape is
//! a new struct with a new version byte and a conversion from the old one.

mod baselines;
mod customer;
mod event;
mod reference_data;
mod subject;
mod view;

pub use baselines::BaselinesV1;
pub use customer::{
    CampaignV1, ClearedV1, CountsV1, CountsV2, CursorV1, CursorV2, CustomerV1, CustomerV2, CustomerV3,
    HintV1, IntentV1, TokenV1, TokenV2,
};
pub use event::{EventDueV1, EventSeenV1, SubscriptionV1};
pub use reference_data::{CcReferenceDataV1, VirtuousReferenceDataV1};
pub use subject::{EventV1, SubjectV1, SubjectV2, SubjectV3, SubjectV4, SubjectV5, SubjectV6};

use crate::domain::{Cause, Event, Reason, Rule, Timestamp, What};

/// A time as milliseconds.
type Millis = i64;

fn millis(at: Option<Timestamp>) -> Option<Millis> {
    at.map(Timestamp::as_millis)
}

fn time(at: Option<Millis>) -> Option<Timestamp> {
    at.map(Timestamp::from_millis)
}

/// A reason as (rule number, cause code, detail).
type StoredReason = (String, u16, String);

fn reason(reason: &Reason) -> StoredReason {
    (reason.rule.as_str().to_owned(), reason.cause.code(), reason.detail.clone())
}

/// A rule or cause that this version does not know (written by a newer one, which the version check refuses) becomes a
/// plain one, so that reading is total.
fn read_reason((rule, cause, detail): StoredReason) -> Reason {
    Reason::about(
        Rule::parse(&rule).unwrap_or(Rule::I1),
        Cause::from_code(cause).unwrap_or(Cause::ChangedInCc),
        detail,
    )
}

/// A timeline line as (time, kind, reason).
type StoredEvent = (Millis, u8, StoredReason);

fn event(event: &Event) -> StoredEvent {
    (event.at.as_millis(), event.what as u8, reason(&event.reason))
}

fn read_event((at, what, stored): StoredEvent) -> Event {
    Event {
        at: Timestamp::from_millis(at),
        what: What::from_code(what).unwrap_or(What::Seen),
        reason: read_reason(stored),
    }
}
