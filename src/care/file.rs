//! The file of a backup: a head, then sections, each with its own checksum.
//!
//! `TANDEMBK | format u32`, then sections: `kind u8 | number u32 | length u32 | packed length u32 | packed bytes | xxh3 of all of it
//! u64`. Section 0 says what was made when (JSON), then come records, and the last one is the end: without it the file was cut. A
//! record is `key length u32 | value length u32, or all ones where the key went | key | value`, and may go on in the next section.
//! All numbers are big-endian. A section holds [`SECTION`] bytes at most, so that neither side needs more memory than that.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::{
    domain::Timestamp,
    store::engine::{MAX_KEY, MAX_VALUE, Record},
};

const MAGIC: &[u8; 8] = b"TANDEMBK";
/// The format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
/// Bytes of a section before they are packed.
const SECTION: usize = 1 << 20;
/// Bytes in front of a section's packed bytes.
const HEAD: usize = 13;

const ABOUT: u8 = b'A';
const RECORDS: u8 = b'R';
const END: u8 = b'E';
/// Stands for a value's length where the key went.
const GONE: u32 = u32::MAX;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// When it was made.
    pub at: String,
    /// By which version of Tandem.
    pub by: String,
}

impl Made {
    /// Made now, by this program.
    #[must_use]
    pub fn now(now: Timestamp) -> Self {
        Self { at: now.to_rfc3339_secs(), by: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The last section: all that came before, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Sections of records.
    pub sections: u32,
    /// Records.
    pub records: u64,
    /// Bytes of the records.
    pub bytes: u64,
    /// The fingerprint of all records.
    pub digest: u64,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Damaged {
    /// It is something else.
    #[error("it is no backup of tandem")]
    Foreign,
    /// It is of a newer Tandem.
    #[error("its format is {0}")]
    Newer(u32),
    /// It ends where more has to follow.
    #[error("it ends in section {0}, where more has to follow")]
    Cut(u32),
    /// A section is not what was written.
    #[error("section {0} is not what was written ({1})")]
    Section(u32, &'static str),
}

impl From<Damaged> for io::Error {
    fn from(damaged: Damaged) -> Self {
        Self::new(io::ErrorKind::InvalidData, damaged)
    }
}

/// Writes a backup.
pub(super) struct Writing<W> {
    out: W,
    buffer: Vec<u8>,
    digest: Xxh3,
    sum: Sum,
    bytes: u64,
}

impl<W: Write> Writing<W> {
    pub(super) fn begin(out: W, made: &Made) -> io::Result<Self> {
        let sum = Sum { sections: 0, records: 0, bytes: 0, digest: 0 };
        let buffer = Vec::with_capacity(SECTION);
        let mut writing = Self { out, buffer, digest: Xxh3::new(), sum, bytes: 0 };
        writing.put(&[MAGIC, &FORMAT.to_be_bytes()[..]].concat())?;
        writing.section(ABOUT, 0, &serde_json::to_vec(made)?)?;
        Ok(writing)
    }

    /// Adds a record. `true`: a section went to the file.
    pub(super) fn record(&mut self, key: &[u8], value: Option<&[u8]>) -> io::Result<bool> {
        let before = self.sum.sections;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(GONE - 1).to_be_bytes();
        self.add(&length(key))?;
        self.add(&value.map_or_else(|| GONE.to_be_bytes(), length))?;
        self.add(key)?;
        self.add(value.unwrap_or_default())?;
        self.sum.records += 1;
        Ok(self.sum.sections > before)
    }

    /// Adds the end. Gives the sum, the bytes, and what was written to.
    pub(super) fn end(mut self) -> io::Result<(Sum, u64, W)> {
        if !self.buffer.is_empty() {
            self.full()?;
        }
        self.sum.digest = self.digest.digest();
        let sum = self.sum;
        self.section(END, sum.sections + 1, &serde_json::to_vec(&sum)?)?;
        self.out.flush()?;
        Ok((sum, self.bytes, self.out))
    }

    fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.sum.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(SECTION - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == SECTION {
                self.full()?;
            }
        }
        Ok(())
    }

    fn full(&mut self) -> io::Result<()> {
        self.sum.sections += 1;
        let buffer = std::mem::take(&mut self.buffer);
        let written = self.section(RECORDS, self.sum.sections, &buffer);
        self.buffer = buffer;
        self.buffer.clear();
        written
    }

    fn section(&mut self, kind: u8, number: u32, bytes: &[u8]) -> io::Result<()> {
        let packed = lz4_flex::block::compress(bytes);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        let head = [&[kind][..], &number.to_be_bytes(), &length(bytes), &length(&packed)].concat();
        let mut section = [head, packed].concat();
        let check = xxh3_64(&section);
        section.extend_from_slice(&check.to_be_bytes());
        self.put(&section)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// Reads a backup, section by section.
pub(super) struct Reading<R> {
    from: R,
    made: Made,
    section: Vec<u8>,
    at: usize,
    seen: Sum,
    digest: Xxh3,
    end: Option<Sum>,
}

impl<R: Read> Reading<R> {
    pub(super) fn begin(mut from: R) -> io::Result<Self> {
        let mut head = [0; 12];
        fill(&mut from, &mut head, || Damaged::Foreign)?;
        let (magic, format) = head.split_at(8);
        if magic != MAGIC {
            return Err(Damaged::Foreign.into());
        }
        let format = format.try_into().map_or(0, u32::from_be_bytes);
        if format > FORMAT {
            return Err(Damaged::Newer(format).into());
        }
        let (kind, about) = section(&mut from, 0)?;
        let made = serde_json::from_slice(&about).ok().filter(|_| kind == ABOUT);
        let made = made.ok_or(Damaged::Section(0, "it does not say what was made when"))?;
        let seen = Sum { sections: 0, records: 0, bytes: 0, digest: 0 };
        Ok(Self { from, made, section: Vec::new(), at: 0, seen, digest: Xxh3::new(), end: None })
    }

    /// What the backup says of itself.
    pub(super) fn made(&self) -> &Made {
        &self.made
    }

    /// The section that is being read.
    pub(super) fn section(&self) -> u32 {
        self.seen.sections
    }

    /// The sum at the end, once every record was read.
    pub(super) fn sum(&self) -> Option<Sum> {
        self.end
    }

    /// The next record; `None` at the end, where everything agrees with its sum.
    pub(super) fn record(&mut self) -> io::Result<Option<Record>> {
        if self.at == self.section.len() && !self.next_section()? {
            return Ok(None);
        }
        let (key, value) = (self.number()?, self.number()?);
        let too_long = key as usize > MAX_KEY || (value != GONE && value as usize > MAX_VALUE);
        if too_long {
            return Err(Damaged::Section(self.seen.sections, "an entry is too long").into());
        }
        let key = self.bytes(key as usize)?;
        let value = if value == GONE { None } else { Some(self.bytes(value as usize)?) };
        self.seen.records += 1;
        Ok(Some((key, value)))
    }

    fn number(&mut self) -> io::Result<u32> {
        let bytes = self.bytes(4)?;
        Ok(bytes.as_slice().try_into().map_or(0, u32::from_be_bytes))
    }

    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            if self.at == self.section.len() && !self.next_section()? {
                return Err(Damaged::Cut(self.seen.sections).into());
            }
            let rest = &self.section[self.at..];
            let now = rest.len().min(length - bytes.len());
            bytes.extend_from_slice(&rest[..now]);
            self.at += now;
        }
        self.digest.update(&bytes);
        self.seen.bytes += bytes.len() as u64;
        Ok(bytes)
    }

    /// Goes on to the next section of records; `false` at the end.
    fn next_section(&mut self) -> io::Result<bool> {
        if self.end.is_some() {
            return Ok(false);
        }
        let number = self.seen.sections + 1;
        let (kind, bytes) = section(&mut self.from, number)?;
        if kind == RECORDS && !bytes.is_empty() {
            (self.section, self.at, self.seen.sections) = (bytes, 0, number);
            return Ok(true);
        }
        let sum: Option<Sum> = serde_json::from_slice(&bytes).ok().filter(|_| kind == END);
        let sum = sum.ok_or(Damaged::Section(number, "it is of an unknown kind"))?;
        self.seen.digest = self.digest.digest();
        if sum != self.seen {
            return Err(Damaged::Section(number, "its sum does not agree with the sections before it").into());
        }
        self.end = Some(sum);
        Ok(false)
    }
}

/// Reads the section that is to have this number.
fn section(from: &mut impl Read, number: u32) -> io::Result<(u8, Vec<u8>)> {
    let mut section = vec![0; HEAD];
    fill(from, &mut section, || Damaged::Cut(number))?;
    let word = |at: usize| section[at..at + 4].try_into().map_or(0, u32::from_be_bytes);
    let (kind, found, length, packed) = (section[0], word(1), word(5) as usize, word(9) as usize);
    let largest = lz4_flex::block::get_maximum_output_size(SECTION);
    if found != number || length > SECTION || packed > largest {
        return Err(Damaged::Section(number, "its head makes no sense").into());
    }
    section.resize(HEAD + packed + 8, 0);
    fill(from, &mut section[HEAD..], || Damaged::Cut(number))?;
    let (all, check) = section.split_at(HEAD + packed);
    if check.try_into().map_or(0, u64::from_be_bytes) != xxh3_64(all) {
        return Err(Damaged::Section(number, "its checksum does not match").into());
    }
    let bytes = lz4_flex::block::decompress(&all[HEAD..], length).ok();
    let bytes = bytes.filter(|bytes| bytes.len() == length);
    Ok((kind, bytes.ok_or(Damaged::Section(number, "it cannot be unpacked"))?))
}

fn fill(from: &mut impl Read, bytes: &mut [u8], cut: impl FnOnce() -> Damaged) -> io::Result<()> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut().into(),
        _ => error,
    })
}

#[cfg(test)]
#[path = "file_test.rs"]
mod tests;
