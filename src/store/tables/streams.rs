//! Cursors of the streams, and the ids seen in windows that are still open.

use std::collections::HashSet;

use crate::{
    domain::Stream,
    store::{
        codec::{self, CodecError},
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            stored::{CursorV1, CursorV2},
        },
    },
    sync::windows::Cursor,
};

const CURSOR_V1: u8 = 1;
const CURSOR_V2: u8 = 2;
const SEEN_V1: u8 = 1;

/// The ids that one page of an open window showed, as hashes, so that a restart can go on counting distinct ids (W2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPage {
    /// The page's number in its window, from 0.
    pub page: u32,
    /// Hashes of the ids.
    pub ids: Vec<u64>,
}

impl CustomerStore {
    /// Where a stream stands; a stream that was never read stands at the beginning.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cursor(&self, stream: Stream) -> Result<Cursor, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::cursor(customer, stream))? else {
            return Ok(Cursor::default());
        };
        Ok(read(&value)?)
    }

    /// Hashes of the ids that the open window of a stream has shown so far (W2).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn seen_in_window(&self, stream: Stream) -> Result<HashSet<u64>, StoreError> {
        let customer = self.number;
        let mut seen = HashSet::new();
        for entry in self.reader().scan_prefix(Key::seen_pages(customer, stream)) {
            seen.extend(codec::decode::<Vec<u64>>(SEEN_V1, &entry?.1)?);
        }
        Ok(seen)
    }
}

fn read(bytes: &[u8]) -> Result<Cursor, CodecError> {
    let (version, body) = codec::open(bytes)?;
    let stored = match version {
        CURSOR_V1 => body.read::<CursorV1>()?.into(),
        CURSOR_V2 => body.read::<CursorV2>()?,
        other => return Err(CodecError::UnknownVersion(other)),
    };
    Ok(stored.into())
}

pub(in crate::store) fn put_cursor(
    changes: &mut Changes,
    customer: CustomerNo,
    stream: Stream,
    cursor: &Cursor,
) -> Result<(), StoreError> {
    changes.put(Key::cursor(customer, stream), codec::encode(CURSOR_V2, &CursorV2::from(cursor))?);
    Ok(())
}

pub(in crate::store) fn forget_seen(
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

/// Keeps the ids that one page of an open window showed.
pub(in crate::store) fn put_seen(
    changes: &mut Changes,
    customer: CustomerNo,
    stream: Stream,
    seen: &SeenPage,
) -> Result<(), StoreError> {
    changes.put(Key::seen_page(customer, stream, seen.page), codec::encode(SEEN_V1, &seen.ids)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_cursor_of_version_1_is_read() {
        type V1 = (Option<i64>, Option<(Option<i64>, i64, Option<String>, u32, u64, u32)>, Option<i64>, u32);
        let open = (Some(1_000), 9_000, Some("/v3/contacts?cursor=x".to_owned()), 2, 700, 3);
        let stored: V1 = (Some(2_000), Some(open), Some(3_000), 4);
        let cursor = read(&codec::encode(CURSOR_V1, &stored).unwrap()).unwrap();
        assert_eq!(cursor.upto, Some(Timestamp::from_millis(2_000)));
        assert_eq!((cursor.short_windows, cursor.rereads), (4, 0));
        let window = cursor.open.clone().unwrap();
        assert_eq!((window.pages, window.counted, window.attempt, window.bounded), (2, 700, 3, false));
        let again = read(&codec::encode(CURSOR_V2, &CursorV2::from(&cursor)).unwrap()).unwrap();
        assert_eq!(again, cursor);
    }
}
