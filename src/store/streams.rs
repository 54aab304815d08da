//! Cursors of the streams, and the ids seen in windows that are still open.

use std::collections::HashSet;

use crate::{domain::Stream, sync::windows::Cursor};

use super::{
    Store, StoreError, codec,
    engine::{Changes, Reader},
    keys::{CustomerNo, Key},
    stored::CursorV1,
};

const CURSOR_V1: u8 = 1;
pub(super) const SEEN_V1: u8 = 1;

impl Store {
    /// Where a stream stands; a stream that was never read stands at the beginning.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cursor(&self, customer: CustomerNo, stream: Stream) -> Result<Cursor, StoreError> {
        let Some(value) = self.reader().get(Key::cursor(customer, stream))? else {
            return Ok(Cursor::default());
        };
        Ok(codec::decode::<CursorV1>(CURSOR_V1, &value)?.into())
    }

    /// Moves a stream's cursor alone, for streams that bring no subjects.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn set_cursor(
        &self,
        customer: CustomerNo,
        stream: Stream,
        cursor: Cursor,
    ) -> Result<(), StoreError> {
        self.write(move |_, changes| put_cursor(changes, customer, stream, &cursor)).await
    }

    /// Hashes of the ids that the open window of a stream has shown so far (W2).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn seen_in_window(&self, customer: CustomerNo, stream: Stream) -> Result<HashSet<u64>, StoreError> {
        let mut seen = HashSet::new();
        for entry in self.reader().scan_prefix(Key::seen_pages(customer, stream)) {
            seen.extend(codec::decode::<Vec<u64>>(SEEN_V1, &entry?.1)?);
        }
        Ok(seen)
    }
}

pub(super) fn put_cursor(
    changes: &mut Changes,
    customer: CustomerNo,
    stream: Stream,
    cursor: &Cursor,
) -> Result<(), StoreError> {
    changes.put(Key::cursor(customer, stream), codec::encode(CURSOR_V1, &CursorV1::from(cursor))?);
    Ok(())
}

pub(super) fn forget_seen(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    stream: Stream,
) -> Result<(), StoreError> {
    for entry in reader.scan_prefix(Key::seen_pages(customer, stream)) {
        changes.delete(entry?.0);
    }
    Ok(())
}
