//! The whole store as one checksummed stream, and back.
//!
//! A line of eight bytes, then records: `1 | key length u32 | value length u32 | key | value` puts an entry,
//! `2 | key length u32 | key` removes one (something that changed while the export ran), and `0 | record count u64 |
//! crc32 of all before it u32` ends it. All numbers are big-endian.

use std::io::{self, Read, Seek, SeekFrom, Write};

use thiserror::Error;

use super::{Changes, Engine, MAX_KEY, MAX_VALUE, StoreError};

const TITLE: &[u8; 8] = b"tandem01";
const END: u8 = 0;
const PUT: u8 = 1;
const DELETE: u8 = 2;

/// Imported in groups of about this size.
const CHUNK: usize = 256 * 1024;

/// Why an export or an import did not work.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be read or written.
    #[error("the backup file cannot be used ({0})")]
    File(#[from] io::Error),
    /// The file is not a whole export.
    #[error("the backup file is damaged or incomplete ({0}); take another one")]
    Damaged(&'static str),
    /// The store into which to import has entries.
    #[error("the store is not empty; move its folder aside, or restore into another one")]
    NotEmpty,
    /// Another export runs.
    #[error("another backup is running; wait for it to end")]
    Busy,
    /// More changed than is kept in memory.
    #[error("too much changed while the backup ran; try again at a quieter time")]
    TooMuch,
}

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Puts and deletes.
    pub records: u64,
    /// Length of the file.
    pub bytes: u64,
}

impl Engine {
    /// Writes the whole store, while it is in use, as it is at the end of the call. Blocks.
    ///
    /// # Errors
    /// [`ExportError`]; then the file is to be thrown away.
    pub fn export(&self, to: &mut dyn Write) -> Result<Exported, ExportError> {
        // Both ends of the listening are operations, so that they fall between groups.
        let core = &self.0.core;
        let tap = std::sync::Arc::clone(core);
        if !self.submit_blocking(move |_| Ok((Changes::new(), tap.tap.start())))? {
            return Err(ExportError::Busy);
        }
        let mut out = Sum::new(to);
        let scanned = (|| {
            out.write_all(TITLE)?;
            let mut records = 0;
            for entry in self.reader().range([], None) {
                let (key, value) = entry?;
                record(&mut out, &key, Some(&value))?;
                records += 1;
            }
            Ok::<_, ExportError>(records)
        })();
        let tap = std::sync::Arc::clone(core);
        let heard = self.submit_blocking(move |_| Ok((Changes::new(), tap.tap.take()))).inspect_err(|_| {
            core.tap.take();
        });
        let (mut records, heard) = (scanned?, heard?);
        if heard.too_much {
            return Err(ExportError::TooMuch);
        }
        for (key, value) in &heard.changes {
            record(&mut out, key, value.as_deref())?;
            records += 1;
        }
        out.write_all(&[END])?;
        out.write_all(&u64::to_be_bytes(records))?;
        let sum = out.sum();
        out.write_all(&sum.to_be_bytes())?;
        out.inner.flush()?;
        Ok(Exported { records, bytes: out.bytes })
    }

    /// Fills an empty store from an export. The file is checked to its end before anything is written. Blocks.
    ///
    /// # Errors
    /// [`ExportError`]; the store is untouched unless it is [`ExportError::Store`].
    pub fn import<F: Read + Seek>(&self, from: &mut F) -> Result<Exported, ExportError> {
        if self.reader().range([], None).next().transpose()?.is_some() {
            return Err(ExportError::NotEmpty);
        }
        let start = from.stream_position()?;
        read(from, |_, _| Ok(()))?;
        from.seek(SeekFrom::Start(start))?;
        let mut changes = Changes::new();
        let done = read(from, |key, value| {
            match value {
                Some(value) => changes.put(key, value),
                None => changes.delete(key),
            }
            if changes.bytes() >= CHUNK {
                let chunk = std::mem::take(&mut changes);
                self.submit_blocking(move |_| Ok((chunk, ())))?;
            }
            Ok(())
        })?;
        self.submit_blocking(move |_| Ok((changes, ())))?;
        Ok(done)
    }
}

fn record(out: &mut impl Write, key: &[u8], value: Option<&[u8]>) -> io::Result<()> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    out.write_all(&[if value.is_some() { PUT } else { DELETE }])?;
    out.write_all(&length(key))?;
    if let Some(value) = value {
        out.write_all(&length(value))?;
    }
    out.write_all(key)?;
    out.write_all(value.unwrap_or_default())
}

/// Reads an export to its end, and shows each record as it comes.
fn read(
    from: &mut dyn Read,
    mut each: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), ExportError>,
) -> Result<Exported, ExportError> {
    let mut from = Sum::new(io::BufReader::with_capacity(1 << 16, from));
    let mut title = [0; TITLE.len()];
    from.fill(&mut title)?;
    if &title != TITLE {
        return Err(ExportError::Damaged("it is not an export of tandem, or of a newer version"));
    }
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for records in 0u64.. {
        let [kind] = from.array()?;
        match kind {
            PUT | DELETE => {
                let key_length = u32::from_be_bytes(from.array()?) as usize;
                let value_length = if kind == PUT { u32::from_be_bytes(from.array()?) as usize } else { 0 };
                if key_length > MAX_KEY || key_length + value_length > MAX_VALUE {
                    return Err(ExportError::Damaged("an entry is too long"));
                }
                key.resize(key_length, 0);
                value.resize(value_length, 0);
                from.fill(&mut key)?;
                from.fill(&mut value)?;
                each(&key, (kind == PUT).then_some(value.as_slice()))?;
            }
            END => {
                let count = u64::from_be_bytes(from.array()?);
                let sum = from.sum();
                let stored = u32::from_be_bytes(from.array()?);
                if count != records || sum != stored {
                    return Err(ExportError::Damaged("its checksum does not match"));
                }
                return Ok(Exported { records, bytes: from.bytes });
            }
            _ => return Err(ExportError::Damaged("it has a record of an unknown kind")),
        }
    }
    Err(ExportError::Damaged("it has no end"))
}

/// Keeps the checksum and the length of what passes.
struct Sum<T> {
    inner: T,
    hasher: crc32fast::Hasher,
    bytes: u64,
}

impl<T> Sum<T> {
    fn new(inner: T) -> Self {
        Self { inner, hasher: crc32fast::Hasher::new(), bytes: 0 }
    }

    fn sum(&self) -> u32 {
        self.hasher.clone().finalize()
    }

    fn saw(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<T: Write> Write for Sum<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.saw(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Sum<T> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ExportError> {
        self.inner.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ExportError::Damaged("it ends too early"),
            _ => ExportError::File(error),
        })?;
        self.saw(bytes);
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ExportError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}
