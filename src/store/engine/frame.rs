//! The frame around every stored value: `[version][crc32 of the body, little-endian][body]`.
//!
//! sled checks its log as it recovers, but it has been seen to serve flipped bytes without an error, so every value
//! carries its own checksum. The version byte is covered too: a body read as the wrong version is as bad as a flipped one.

use thiserror::Error;

/// Bytes in front of the body.
pub const OVERHEAD: usize = 5;

/// A value that is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damaged {
    /// Shorter than the frame.
    #[error("{0} bytes are too few for a stored value")]
    Short(usize),
    /// The checksum says that a byte changed.
    #[error("the checksum of a stored value of version {version} does not match")]
    Checksum {
        /// The version byte, as found.
        version: u8,
    },
}

/// Puts the frame around a body.
#[must_use]
pub fn seal(version: u8, body: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(OVERHEAD + body.len());
    framed.push(version);
    framed.extend_from_slice(&checksum(version, body).to_le_bytes());
    framed.extend_from_slice(body);
    framed
}

/// Takes the frame off: the version and the body.
///
/// # Errors
/// [`Damaged`] when the bytes are too short or any bit of them changed.
pub fn open(bytes: &[u8]) -> Result<(u8, &[u8]), Damaged> {
    let short = Damaged::Short(bytes.len());
    let (&version, rest) = bytes.split_first().ok_or(short)?;
    let (stored, body) = rest.split_first_chunk::<4>().ok_or(short)?;
    if u32::from_le_bytes(*stored) == checksum(version, body) {
        Ok((version, body))
    } else {
        Err(Damaged::Checksum { version })
    }
}

fn checksum(version: u8, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[version]);
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_sealed_opens(version: u8, body: Vec<u8>) {
            let framed = seal(version, &body);
            prop_assert_eq!(framed.len(), OVERHEAD + body.len());
            prop_assert_eq!(open(&framed), Ok((version, body.as_slice())));
        }

        #[test]
        fn any_flipped_bit_is_seen(version: u8, body: Vec<u8>, at: prop::sample::Index, bit in 0..8u32) {
            let mut framed = seal(version, &body);
            let at = at.index(framed.len());
            framed[at] ^= 1 << bit;
            prop_assert!(open(&framed).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = open(&bytes);
        }
    }

    #[test]
    fn too_short_is_damaged() {
        for length in 0..OVERHEAD {
            assert_eq!(open(&vec![0; length]), Err(Damaged::Short(length)));
        }
    }
}
