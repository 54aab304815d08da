//! What an operation wants to change.

use sled::IVec;

use super::error::StoreError;

/// Keys are short: a customer, a kind, and a few ids.
pub const MAX_KEY: usize = 1024;

/// A key and its value together, as sled gets them; `pieces.rs` splits larger ones. sled moves a tree page above a quarter
/// of a segment into a file of its own, which it never syncs, so such a page is lost in a power cut. A page holds at most 20 entries (it splits above 16, and
/// merges take in fewer than 4), so this bound keeps all of them within a quarter of [`SEGMENT`](super::options::SEGMENT).
pub(super) const MAX_ENTRY: usize = 24 * 1024;

/// The largest value. What comes from outside is bounded far below, so that only a mistake reaches it; it bounds what a
/// hostile length in a damaged entry or backup can ask for.
pub const MAX_VALUE: usize = 32 << 20;

/// Everything below belongs to the engine itself.
pub(super) const RESERVED: [u8; 4] = [0xFF; 4];

/// Rough cost of an entry in sled's log beside its bytes, so that groups of many empty entries end too.
const ENTRY_COST: usize = 24;

/// An ordered list of puts and deletes; a later change of a key replaces an earlier one.
///
/// All changes of one operation reach the disk together or not at all.
#[derive(Debug, Default)]
pub struct Changes {
    list: Vec<(IVec, Option<IVec>)>,
    bytes: usize,
    refused: Option<&'static str>,
}

impl Changes {
    /// No changes.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new(), bytes: 0, refused: None }
    }

    /// Sets a key to a value.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.push(key.as_ref(), Some(value.as_ref()));
    }

    /// Removes a key, if it is there.
    pub fn delete(&mut self, key: impl AsRef<[u8]>) {
        self.push(key.as_ref(), None);
    }

    /// Adds all changes of another list after these.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
        self.bytes += other.bytes;
        self.refused = self.refused.or(other.refused);
    }

    /// Estimated bytes in the log; groups are bounded by it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn push(&mut self, key: &[u8], value: Option<&[u8]>) {
        let size = key.len() + value.map_or(0, <[u8]>::len);
        // Refusing here would force a `?` on every put; the first mistake is kept and fails the whole operation.
        let wrong = match key {
            [] => Some("the key is empty"),
            key if key.len() > MAX_KEY => Some("the key is longer than 1 KiB"),
            key if key.starts_with(&RESERVED) => Some("the key is reserved for the engine"),
            _ if size > MAX_VALUE => Some("the value is larger than 32 MiB"),
            _ => None,
        };
        self.refused = self.refused.or(wrong);
        self.bytes += size + ENTRY_COST;
        self.list.push((key.into(), value.map(Into::into)));
    }

    pub(super) fn checked(self) -> Result<Self, StoreError> {
        match self.refused {
            Some(why) => Err(StoreError::Refused(why)),
            None => Ok(self),
        }
    }

    pub(super) fn list(&self) -> &[(IVec, Option<IVec>)] {
        &self.list
    }

    pub(super) fn into_list(self) -> Vec<(IVec, Option<IVec>)> {
        self.list
    }
}
