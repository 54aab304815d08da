//! Counts of both sides at one moment, to measure movements from (W3).

use std::collections::BTreeMap;

use super::ListId;

/// Constant Contact's counts and our own, in the order explicit, implicit, pending, unsubscribed.
pub type AccountCounts = ([Option<i64>; 4], [i64; 4]);

/// The counts that movements are measured from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baselines {
    /// Members of each list: Constant Contact's number, and our own.
    pub lists: BTreeMap<ListId, (u64, u64)>,
    /// The account's counts, by permission.
    pub account: Option<AccountCounts>,
}
