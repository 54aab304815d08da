//! Reading, from any thread.
//!
//! A read never waits for the disk sync of the writer; it may wait a few milliseconds for a group that is being put
//! into the tree, because sled keeps all readers out of a batch. A scan is not a snapshot: between two of its entries a
//! group may come in. Inside an operation nothing else writes, so there it is one.

use std::{cmp::Ordering, collections::BTreeMap, fmt, iter::Peekable, ops::Bound, ops::Deref};

use sled::IVec;

use super::{changes::RESERVED, error::StoreError};

/// Changes of this group that are not in the tree yet; `None` is a delete.
pub(super) type Pending = BTreeMap<IVec, Option<IVec>>;

/// A key or a value; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(IVec);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(self))
    }
}

/// Looks into the store: from outside at what is there, inside an operation also at what the operations before it in
/// the same group have changed.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    tree: &'a sled::Tree,
    pending: Option<&'a Pending>,
    /// What earlier steps of the same operation have changed.
    steps: Option<&'a Pending>,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reader")
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(tree: &'a sled::Tree, pending: Option<&'a Pending>) -> Self {
        Self { tree, pending, steps: None }
    }

    /// As this one, looking also at what earlier steps of the operation have changed.
    pub(super) const fn over<'b>(&'b self, steps: &'b Pending) -> Reader<'b> {
        Reader { tree: self.tree, pending: self.pending, steps: Some(steps) }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Read`] when sled cannot read.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Bytes>, StoreError> {
        let key = key.as_ref();
        if key.starts_with(&RESERVED) {
            return Ok(None);
        }
        if let Some(changed) = self.steps.and_then(|steps| steps.get(key)) {
            return Ok(changed.clone().map(Bytes));
        }
        let Some(entry) = self.entry(key)? else { return Ok(None) };
        Ok(self.whole(key, entry)?.map(Bytes))
    }

    /// The entry of a key as sled has it, or the group will write it; of a large value the head.
    pub(super) fn entry(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self.pending.and_then(|pending| pending.get(key)) {
            Some(changed) => Ok(changed.clone()),
            None => self.tree.get(key).map_err(|error| StoreError::read(&error)),
        }
    }

    /// All entries whose key begins with `prefix`, in key order. Bound it with [`Iterator::take`].
    #[must_use]
    pub fn scan_prefix(&self, prefix: impl AsRef<[u8]>) -> Scan<'a> {
        let prefix = prefix.as_ref();
        self.scan(prefix, end_of_prefix(prefix).as_deref(), false)
    }

    /// All entries whose key begins with `prefix`, the last first.
    #[must_use]
    pub fn scan_prefix_back(&self, prefix: impl AsRef<[u8]>) -> Scan<'a> {
        let prefix = prefix.as_ref();
        self.scan(prefix, end_of_prefix(prefix).as_deref(), true)
    }

    /// All entries from a key (with it) up to another (without it), in key order; `None` means to the end.
    #[must_use]
    pub fn range(&self, from: impl AsRef<[u8]>, to: Option<&[u8]>) -> Scan<'a> {
        self.scan(from.as_ref(), to, false)
    }

    /// As [`range`](Self::range), the last first.
    #[must_use]
    pub fn range_back(&self, from: impl AsRef<[u8]>, to: Option<&[u8]>) -> Scan<'a> {
        self.scan(from.as_ref(), to, true)
    }

    /// How many keys begin with `prefix`, counted up to `at_most`.
    ///
    /// # Errors
    /// [`StoreError::Read`] when sled cannot read.
    pub fn count_prefix(&self, prefix: impl AsRef<[u8]>, at_most: usize) -> Result<usize, StoreError> {
        self.scan_prefix(prefix).take(at_most).try_fold(0, |count, entry| entry.map(|_| count + 1))
    }

    fn scan(&self, from: &[u8], to: Option<&[u8]>, back: bool) -> Scan<'a> {
        // The engine's own keys are behind the end of everything.
        let to = to.map_or(RESERVED.as_slice(), |to| to.min(&RESERVED));
        if from >= to {
            return Scan { reader: *self, stored: nothing().peekable(), pending: nothing().peekable(), back };
        }
        let stored = self.tree.range(from..to);
        let stored: Stored = if back { Box::new(stored.rev()) } else { Box::new(stored) };
        let layer = |layer: Option<&'a Pending>| -> Changed<'a> {
            let Some(layer) = layer else { return nothing() };
            let range = layer.range::<[u8], _>((Bound::Included(from), Bound::Excluded(to)));
            if back { Box::new(range.rev()) } else { Box::new(range) }
        };
        let pending: Changed<'a> = match self.steps {
            None => layer(self.pending),
            steps => Box::new(Layered {
                upper: layer(steps).peekable(),
                lower: layer(self.pending).peekable(),
                back,
            }),
        };
        Scan { reader: *self, stored: stored.peekable(), pending: pending.peekable(), back }
    }
}

type Stored = Box<dyn Iterator<Item = sled::Result<(IVec, IVec)>> + Send>;
type Changed<'a> = Box<dyn Iterator<Item = (&'a IVec, &'a Option<IVec>)> + Send + 'a>;

fn nothing<'a, T: 'a>() -> Box<dyn Iterator<Item = T> + Send + 'a> {
    Box::new(std::iter::empty())
}

/// Two layers of changes as one, in key order: the upper hides the lower.
struct Layered<'a> {
    upper: Peekable<Changed<'a>>,
    lower: Peekable<Changed<'a>>,
    back: bool,
}

impl<'a> Iterator for Layered<'a> {
    type Item = (&'a IVec, &'a Option<IVec>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.upper.peek(), self.lower.peek()) {
            (None, _) => Ordering::Greater,
            (_, None) => Ordering::Less,
            (Some((upper, _)), Some((lower, _))) if self.back => lower.cmp(upper),
            (Some((upper, _)), Some((lower, _))) => upper.cmp(lower),
        };
        if order == Ordering::Greater {
            return self.lower.next();
        }
        if order == Ordering::Equal {
            self.lower.next();
        }
        self.upper.next()
    }
}

/// The entries of a range; made by [`Reader`].
pub struct Scan<'a> {
    reader: Reader<'a>,
    stored: Peekable<Stored>,
    pending: Peekable<Changed<'a>>,
    back: bool,
}

impl fmt::Debug for Scan<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Scan")
    }
}

impl Scan<'_> {
    fn entry(&mut self) -> Option<Result<(IVec, IVec), StoreError>> {
        loop {
            // A merge of two sorted lists, in which a change hides the stored entry of the same key.
            let order = match (self.stored.peek(), self.pending.peek()) {
                (None, None) => return None,
                (Some(Err(_)) | Some(_), None) | (Some(Err(_)), _) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(Ok((stored, _))), Some((changed, _))) => {
                    let order = stored.cmp(changed);
                    if self.back { order.reverse() } else { order }
                }
            };
            if order == Ordering::Less {
                return Some(self.stored.next()?.map_err(|error| StoreError::read(&error)));
            }
            if order == Ordering::Equal {
                self.stored.next();
            }
            if let (key, Some(value)) = self.pending.next()? {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<(Bytes, Bytes), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let whole = self.entry()?.and_then(|(key, entry)| Ok((self.reader.whole(&key, entry)?, key)));
            match whole {
                Ok((Some(value), key)) => return Some(Ok((Bytes(key), Bytes(value)))),
                Ok((None, _)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The first key after all that begin with `prefix`; none when the prefix is all 0xFF.
fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let at = prefix.iter().rposition(|&byte| byte != 0xFF)?;
    let mut end = prefix[..=at].to_vec();
    end[at] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(end_of_prefix(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(end_of_prefix(&[1, 0xFF]), Some(vec![2]));
        assert_eq!(end_of_prefix(&[0xFF]), None);
        assert_eq!(end_of_prefix(&[]), None);
    }
}
