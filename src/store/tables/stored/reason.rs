//! Reasons on disk.

use crate::domain::{Cause, Reason, Rule};

/// A reason as (rule number, cause code, detail).
pub(super) type StoredReason = (String, u16, String);

pub(super) fn reason(reason: &Reason) -> StoredReason {
    (reason.rule.as_str().to_owned(), reason.cause.code(), reason.detail.clone())
}

/// A rule or cause that this version does not know (written by a newer one, which the version check refuses) becomes a
/// plain one, so that reading is total.
pub(super) fn read_reason((rule, cause, detail): StoredReason) -> Reason {
    Reason::about(
        Rule::parse(&rule).unwrap_or(Rule::I1),
        Cause::from_code(cause).unwrap_or(Cause::ChangedInCc),
        detail,
    )
}
