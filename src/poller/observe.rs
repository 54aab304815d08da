//! What a page of contacts shows that is new: the step between reading and keeping.

use std::collections::HashSet;

use crate::{
    constant_contact::{ContactsPage, OddRecord},
    domain::{ContactId, CustomerId, Observation, Timestamp},
    store::StoreError,
};

use super::known::Known;

/// What a page shows.
pub struct Shown {
    /// Hashes of the page's ids, and of its odd records: they are part of the count, on whatever page of the window they stand (W2).
    pub ids: Vec<u64>,
    /// Records that are new or changed.
    pub observations: Vec<Observation>,
}

/// The hash by which ids are counted.
#[must_use]
pub fn hash_of(id: &ContactId) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id.to_string().as_bytes())
}

/// The ids of a page, and what is new or changed on it. An unchanged record costs one look-up, and is kept only where it
/// answers an earlier 404 (D1).
///
/// # Errors
/// When the store cannot be read.
pub fn shown(
    known: Known<'_>,
    customer: &CustomerId,
    page: &ContactsPage,
    seen_at: Timestamp,
) -> Result<Shown, StoreError> {
    let mut skipped: Vec<OddRecord> = page.problems.clone();
    let mut observations = Vec::new();
    let mut ids: Vec<u64> = page.problems.iter().map(|problem| problem.fingerprint).collect();
    let missing: HashSet<ContactId> = known.missing()?.into_iter().map(|(id, _)| id).collect();
    for record in page.records() {
        ids.push(hash_of(&record.id));
        if known.fingerprint(&record.id)? == Some(record.fingerprint) && !missing.contains(&record.id) {
            continue;
        }
        match record.observe(seen_at) {
            Ok(observation) => observations.push(observation),
            Err(problem) => skipped.push(problem),
        }
    }
    // A line a page, however many records of it are odd.
    if let Some(problem) = skipped.first() {
        let records = skipped.len();
        tracing::warn!(%customer, records, first = %problem, "records of Constant Contact cannot be read and are skipped; the others of the page are read");
    }
    Ok(Shown { ids, observations })
}
