//! Stored values as bytes: bincode inside the engine's [`frame`].
//!
//! A stored type is one frozen struct a version. Adding a field means a new struct, a new version number, and an arm in
//! the `match` that turns the old one into the new one. bincode cannot take `flatten`, `untagged`, `tag` or
//! `skip_serializing_if`, so stored types are never API types.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::store::engine::frame::{self, Damaged};

/// A hostile length must not make the reader ask for more memory than this; nothing larger is written either.
const LIMIT: usize = 16 << 20;

const CONFIG: Configuration<LittleEndian, Varint, Limit<LIMIT>> =
    bincode::config::standard().with_limit::<LIMIT>();

/// Why a value cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The bytes are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// Written by a newer Tandem, or never by Tandem.
    #[error("a stored value has the unknown version {0}")]
    UnknownVersion(u8),
    /// The body does not decode as its version says.
    #[error("a stored value does not decode ({0})")]
    Body(String),
    /// The body decodes, but bytes are left over, so it was not written as this type.
    #[error("a stored value has {0} bytes too many")]
    Trailing(usize),
    /// The value cannot be written, which is a mistake in its type.
    #[error("a value cannot be stored ({0})")]
    Encode(String),
}

/// The body of a value whose version is known.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a>(&'a [u8]);

impl Body<'_> {
    /// Reads the body as `T`, all of it.
    ///
    /// # Errors
    /// [`CodecError`] when the bytes are not exactly one `T`.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, CodecError> {
        let (value, used) = bincode::serde::decode_from_slice(self.0, CONFIG)
            .map_err(|error| CodecError::Body(error.to_string()))?;
        match self.0.len() - used {
            0 => Ok(value),
            left => Err(CodecError::Trailing(left)),
        }
    }
}

/// Encodes a value under a version number.
///
/// # Errors
/// [`CodecError::Encode`] when the type cannot be written with bincode.
pub fn encode<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, CONFIG)
        .map_err(|error| CodecError::Encode(error.to_string()))?;
    if body.len() > LIMIT {
        return Err(CodecError::Encode(format!("it has {} bytes, and at most {LIMIT} are kept", body.len())));
    }
    Ok(frame::seal(version, &body))
}

/// Checks the frame; the caller matches on the version and reads the body as the struct of that version.
///
/// # Errors
/// [`CodecError::Damaged`].
pub fn open(bytes: &[u8]) -> Result<(u8, Body<'_>), CodecError> {
    let (version, body) = frame::open(bytes)?;
    Ok((version, Body(body)))
}

/// Decodes a value of a type that has had one version so far.
///
/// # Errors
/// [`CodecError::UnknownVersion`] for any other version, and as [`open`] and [`Body::read`].
pub fn decode<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, CodecError> {
    match open(bytes)? {
        (found, body) if found == version => body.read(),
        (found, _) => Err(CodecError::UnknownVersion(found)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sample {
        name: String,
        numbers: Vec<u32>,
        maybe: Option<i64>,
    }

    fn sample() -> Sample {
        Sample { name: "Ada".into(), numbers: vec![1, 2, 70_000], maybe: Some(-1) }
    }

    #[test]
    fn a_hostile_length_is_refused_without_taking_memory() {
        // 253 announces a u64 length: here, 2^62 bytes of name.
        let mut body = vec![253];
        body.extend_from_slice(&(1u64 << 62).to_le_bytes());
        let error = decode::<Sample>(1, &frame::seal(1, &body)).unwrap_err();
        assert!(matches!(error, CodecError::Body(_)), "{error}");
    }

    #[test]
    fn another_version_is_not_guessed_at() {
        let bytes = encode(2, &sample()).unwrap();
        assert_eq!(decode::<Sample>(1, &bytes), Err(CodecError::UnknownVersion(2)));
    }

    #[test]
    fn left_over_bytes_are_refused() {
        let (_, Body(body)) =
            open(&encode(1, &sample()).unwrap()).map(|(v, b)| (v, Body(b.0.to_vec().leak()))).unwrap();
        let longer = [body, &[0, 0]].concat();
        assert_eq!(decode::<Sample>(1, &frame::seal(1, &longer)), Err(CodecError::Trailing(2)));
    }

    #[test]
    fn a_flipped_byte_is_damage() {
        let mut bytes = encode(1, &sample()).unwrap();
        bytes[7] ^= 0x20;
        assert!(matches!(decode::<Sample>(1, &bytes), Err(CodecError::Damaged(_))));
    }

    #[test]
    fn the_bytes_of_a_version_do_not_move() {
        let bytes = encode(1, &sample()).unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(&bytes[frame::OVERHEAD..]),
            "034164610301 02fc701101000101".replace(' ', "")
        );
    }

    proptest! {
        #[test]
        fn round_trip(name: String, numbers: Vec<u32>, maybe: Option<i64>) {
            let value = Sample { name, numbers, maybe };
            prop_assert_eq!(decode::<Sample>(3, &encode(3, &value).unwrap()), Ok(value));
        }

        #[test]
        fn hostile_bodies_never_panic(body: Vec<u8>) {
            let _ = decode::<Sample>(1, &frame::seal(1, &body));
        }
    }
}
