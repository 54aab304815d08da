//! Values that are too large for an entry of sled, kept as pieces.
//!
//! The entry of such a value holds a head: how long the value is, in how many pieces, and its checksum. The pieces are in the
//! engine's own range of keys, so that no scan meets them. All of them are written in one group with their head, and those
//! that a smaller value leaves over are deleted in it. A reader on another thread may find a head and the pieces of the next
//! group; the checksum tells, and it reads again. No caller of the engine knows of any of this.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use sled::IVec;

use super::{
    changes::{MAX_ENTRY, RESERVED},
    error::StoreError,
    reader::{Pending, Reader},
};

/// What a head begins with. A value that begins so is kept as pieces itself, so that nothing is taken for a head that is none.
const MAGIC: [u8; 8] = *b"\xFFpieces\x01";

/// How often a value is read whose pieces do not fit its head.
const TRIES: usize = 16;

/// What stands in the place of a large value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    length: u32,
    pieces: u32,
    checksum: u32,
}

impl Head {
    fn of(value: &[u8], piece: usize) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            length: number(value.len()),
            pieces: number(value.len().div_ceil(piece)),
            checksum: crc32fast::hash(value),
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        let Self { length, pieces, checksum } = self;
        let numbers = [length, pieces, checksum].into_iter().flat_map(u32::to_be_bytes);
        MAGIC.into_iter().chain(numbers).collect()
    }

    fn read(value: &[u8]) -> Option<Self> {
        let rest = value.strip_prefix(&MAGIC)?;
        let mut numbers = rest.as_chunks::<4>().0.iter().copied().map(u32::from_be_bytes);
        let (length, pieces, checksum) = (numbers.next()?, numbers.next()?, numbers.next()?);
        (rest.len() == 12).then_some(Self { length, pieces, checksum })
    }

    /// The value, if these are its pieces.
    fn gather(
        self,
        mut piece: impl FnMut(u32) -> Result<Option<IVec>, StoreError>,
    ) -> Result<Option<IVec>, StoreError> {
        let mut value = Vec::new();
        for number in 0..self.pieces {
            let Some(piece) = piece(number)? else { return Ok(None) };
            value.extend_from_slice(&piece);
        }
        let is_whole = value.len() == self.length as usize && crc32fast::hash(&value) == self.checksum;
        Ok(is_whole.then(|| value.into()))
    }
}

/// The key of a piece. Keys of one length differ before the number, so that no two values share one.
fn piece_key(key: &[u8], number: u32) -> Vec<u8> {
    [&RESERVED[..], b"p", key, &number.to_be_bytes()].concat()
}

/// Whether the store has pieces at all. Most stores have none, and then a write looks for none.
#[derive(Debug, Default)]
pub(super) struct Pieces(AtomicBool);

impl Pieces {
    /// Looks once, at opening.
    pub(super) fn of(tree: &sled::Tree) -> Self {
        Self(AtomicBool::new(tree.scan_prefix([&RESERVED[..], b"p"].concat()).next().is_some()))
    }

    /// The changes of one operation as sled takes them: large values as heads and pieces, and no piece left over.
    pub(super) fn spread(&self, reader: &Reader<'_>, changes: Pending) -> Result<Pending, StoreError> {
        let mut entries = Pending::new();
        for (key, value) in changes {
            let size = MAX_ENTRY - key.len() - piece_key(&[], 0).len();
            let large = value.as_deref().filter(|value| is_large(&key, value));
            let head = large.map(|value| Head::of(value, size));
            self.0.fetch_or(head.is_some(), Relaxed);
            let old = if self.0.load(Relaxed) { reader.entry(&key)? } else { None };
            let had = old.as_deref().and_then(Head::read).map_or(0, |old| old.pieces);
            let kept = head.map_or(0, |head| head.pieces);
            entries.extend((kept..had).map(|number| (piece_key(&key, number).into(), None)));
            let pieces = (0u32..).zip(large.unwrap_or_default().chunks(size));
            entries
                .extend(pieces.map(|(number, piece)| (piece_key(&key, number).into(), Some(piece.into()))));
            let entry = head.map_or(value, |head| Some(head.to_bytes().into()));
            entries.insert(key, entry);
        }
        Ok(entries)
    }
}

fn is_large(key: &[u8], value: &[u8]) -> bool {
    key.len() + value.len() > MAX_ENTRY || value.starts_with(&MAGIC)
}

impl Reader<'_> {
    /// The value behind an entry: itself, or its pieces put together. `None`: the entry went while it was read. A head whose
    /// pieces are not its own is given back as it is, and is damaged to whom it concerns.
    pub(super) fn whole(&self, key: &[u8], entry: IVec) -> Result<Option<IVec>, StoreError> {
        let mut entry = entry;
        for _ in 0..TRIES {
            let Some(head) = Head::read(&entry) else { return Ok(Some(entry)) };
            if let Some(value) = head.gather(|number| self.entry(&piece_key(key, number)))? {
                return Ok(Some(value));
            }
            match self.entry(key)? {
                Some(again) => entry = again,
                None => return Ok(None),
            }
        }
        Ok(Some(entry))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::engine::{Changes, Engine, Mode, Options, Steps, tests::QUICK};

    fn bytes(length: usize, seed: u8) -> Vec<u8> {
        (0..length).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)).collect()
    }

    fn put(engine: &Engine, key: &'static [u8], value: Option<Vec<u8>>) {
        let change = move |_: &Reader<'_>| {
            let mut changes = Changes::new();
            match value {
                Some(value) => changes.put(key, value),
                None => changes.delete(key),
            }
            Ok((changes, ()))
        };
        engine.submit_blocking(change).unwrap();
    }

    fn pieces(engine: &Engine) -> usize {
        engine.0.core.tree.scan_prefix([&RESERVED[..], b"p"].concat()).count()
    }

    #[test]
    fn b4_a_value_of_any_size_is_kept_shown_by_scans_and_leaves_no_piece_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut engine = Engine::open(dir.path(), QUICK).unwrap();
        put(&engine, b"k", Some(vec![1]));
        put(&engine, b"m", Some(vec![2]));
        for length in [MAX_ENTRY, 12 << 20, 3 * MAX_ENTRY, 60 * MAX_ENTRY, 5] {
            let value = bytes(length, 7);
            put(&engine, b"l", Some(value.clone()));
            drop(engine);
            engine = Engine::open(dir.path(), QUICK).unwrap();
            let reader = engine.reader();
            assert_eq!(reader.get(b"l").unwrap().as_deref(), Some(value.as_slice()), "{length}");
            let scanned: Vec<_> = reader.range([], None).map(|entry| entry.unwrap()).collect();
            assert_eq!(scanned.iter().map(|(key, _)| key[0]).collect::<Vec<_>>(), *b"klm");
            assert!(scanned[1].1[..] == value[..]);
            let whole = Head::read(&engine.0.core.tree.get(b"l").unwrap().unwrap());
            assert_eq!(pieces(&engine), whole.map_or(0, |head| head.pieces as usize), "{length}");
        }
        put(&engine, b"l", Some(bytes(100_000, 1)));
        put(&engine, b"l", None);
        assert_eq!((pieces(&engine), engine.reader().get(b"l").unwrap()), (0, None));
    }

    #[test]
    fn b4_large_values_are_seen_by_the_steps_and_operations_after_them() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), QUICK).unwrap();
        let (first, second) = (bytes(80_000, 1), bytes(40_000, 2));
        let expected = second.clone();
        engine
            .submit_blocking(move |reader| {
                let mut steps = Steps::new(reader);
                steps.run(|_, changes| {
                    changes.put(b"k", &first);
                    Ok(())
                })?;
                steps.run(|reader, changes| {
                    assert!(reader.get(b"k")?.unwrap()[..] == first[..]);
                    assert_eq!(reader.scan_prefix(b"k").count(), 1);
                    changes.put(b"k", &second);
                    Ok(())
                })?;
                Ok((steps.into_changes(), ()))
            })
            .unwrap();
        assert!(engine.reader().get(b"k").unwrap().unwrap()[..] == expected[..]);
        assert_eq!(pieces(&engine), 2);
    }

    #[test]
    fn a_value_that_looks_like_a_head_and_one_whose_pieces_are_gone_are_told_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), QUICK).unwrap();
        let looks_so = Head { length: 4, pieces: 1, checksum: 9 }.to_bytes();
        put(&engine, b"k", Some(looks_so.clone()));
        assert_eq!(engine.reader().get(b"k").unwrap().as_deref(), Some(looks_so.as_slice()));
        engine.0.core.tree.remove(piece_key(b"k", 0)).unwrap();
        let shown = engine.reader().get(b"k").unwrap().unwrap();
        assert!(
            crate::store::codec::open(&shown).is_err(),
            "damaged for whoever decodes it, and no end of the store"
        );
    }

    #[test]
    fn an_export_that_runs_beside_writes_has_whole_values() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), Options { mode: Mode::Threaded, ..QUICK }).unwrap();
        put(&engine, b"a", Some(bytes(100_000, 1)));
        let mut out = Vec::new();
        let mut sink = |key: &[u8], value: Option<&[u8]>| {
            put(&engine, b"a", Some(bytes(70_000, 3)));
            put(&engine, b"b", Some(bytes(90_000, 4)));
            out.push(Ok::<_, StoreError>((key.to_vec(), value.map(<[u8]>::to_vec))));
            Ok(())
        };
        engine.export(&mut sink).unwrap();
        let other = tempfile::tempdir().unwrap();
        let copy = Engine::open(other.path(), QUICK).unwrap();
        copy.import(out.into_iter()).unwrap();
        assert!(copy.reader().get(b"a").unwrap().unwrap()[..] == bytes(70_000, 3)[..]);
        assert!(copy.reader().get(b"b").unwrap().unwrap()[..] == bytes(90_000, 4)[..]);
        assert_eq!(copy.reader().range([], None).count(), 2);
    }

    #[test]
    fn a_reader_beside_the_writer_never_sees_a_mixture() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), Options { mode: Mode::Threaded, ..QUICK }).unwrap();
        put(&engine, b"k", Some(vec![0; 100_000]));
        std::thread::scope(|scope| {
            let writes = scope.spawn(|| {
                for seed in 1..200u8 {
                    put(&engine, b"k", Some(vec![seed; 30_000 + usize::from(seed) * 1_000]));
                }
            });
            while !writes.is_finished() {
                let value = engine.reader().get(b"k").unwrap().unwrap();
                assert!(value.iter().all(|byte| *byte == value[0]));
                assert!(value.len() == 100_000 || value.len() == 30_000 + usize::from(value[0]) * 1_000);
            }
        });
    }

    proptest! {
        #[test]
        fn a_head_reads_back(length: u32, pieces: u32, checksum: u32) {
            let head = Head { length, pieces, checksum };
            prop_assert_eq!(Head::read(&head.to_bytes()), Some(head));
        }
    }
}
