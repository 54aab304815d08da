//! Counts on disk, version 1.

use serde::{Deserialize, Serialize};

use crate::domain::{Baselines, ListId};

use super::view::IdV1;

/// Lists as (id, their members, ours); the account's counts as (theirs, ours).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselinesV1 {
    lists: Vec<(IdV1, u64, u64)>,
    account: Option<([Option<i64>; 4], [i64; 4])>,
}

impl From<&Baselines> for BaselinesV1 {
    fn from(counts: &Baselines) -> Self {
        let list = |(id, (theirs, ours)): (&ListId, &(u64, u64))| (IdV1::from(&id.0), *theirs, *ours);
        Self { lists: counts.lists.iter().map(list).collect(), account: counts.account }
    }
}

impl From<BaselinesV1> for Baselines {
    fn from(stored: BaselinesV1) -> Self {
        let list = |(id, theirs, ours): (IdV1, u64, u64)| (ListId(id.into()), (theirs, ours));
        Self { lists: stored.lists.into_iter().map(list).collect(), account: stored.account }
    }
}
