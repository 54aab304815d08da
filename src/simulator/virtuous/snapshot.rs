//! How the contacts of an organisation were at a moment: kept with the organisation, taken and compared by
//! `simulator::compare`.

use std::collections::{BTreeMap, BTreeSet};

/// A contact as it was.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Was {
    /// Tags without the prefix.
    pub(in crate::simulator) staff_tags: BTreeSet<i64>,
    /// Ids of individuals.
    pub(in crate::simulator) individuals: Vec<i64>,
    /// Ids of methods.
    pub(in crate::simulator) methods: Vec<i64>,
    /// How many notes.
    pub(in crate::simulator) notes: usize,
    /// Rare texts and flags, which no call of Tandem's may change.
    pub(in crate::simulator) print: u64,
}

/// The contacts of an organisation at a moment. Edits by staff afterwards are taken for Tandem's: take a new one.
#[derive(Debug, Clone)]
pub struct VirtuousSnapshot {
    /// By id.
    pub(in crate::simulator) contacts: BTreeMap<i64, Was>,
}
