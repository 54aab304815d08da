//! The bytes of a subject, in every version that was ever written.

use crate::{
    domain::Subject,
    store::{
        codec::{self, CodecError},
        tables::stored::{
            SubjectV1, SubjectV2, SubjectV3, SubjectV4, SubjectV5, SubjectV6, SubjectV7, SubjectV8,
            SubjectV9, SubjectV10,
        },
    },
};

const SUBJECT_V1: u8 = 1;
const SUBJECT_V2: u8 = 2;
const SUBJECT_V3: u8 = 3;
const SUBJECT_V4: u8 = 4;
const SUBJECT_V5: u8 = 5;
const SUBJECT_V6: u8 = 6;
const SUBJECT_V7: u8 = 7;
const SUBJECT_V8: u8 = 8;
const SUBJECT_V9: u8 = 9;
const SUBJECT_V10: u8 = 10;

pub(in crate::store) fn decode(value: &[u8]) -> Result<Subject, CodecError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        SUBJECT_V1 => body.read::<SubjectV1>()?.into(),
        SUBJECT_V2 => body.read::<SubjectV2>()?.into(),
        SUBJECT_V3 => body.read::<SubjectV3>()?.into(),
        SUBJECT_V4 => body.read::<SubjectV4>()?.into(),
        SUBJECT_V5 => body.read::<SubjectV5>()?.into(),
        SUBJECT_V6 => body.read::<SubjectV6>()?.into(),
        SUBJECT_V7 => body.read::<SubjectV7>()?.into(),
        SUBJECT_V8 => body.read::<SubjectV8>()?.into(),
        SUBJECT_V9 => body.read::<SubjectV9>()?.into(),
        SUBJECT_V10 => body.read::<SubjectV10>()?.into(),
        other => return Err(CodecError::UnknownVersion(other)),
    })
}

/// The bytes of the latest version.
pub(in crate::store) fn encode(subject: &Subject) -> Result<Vec<u8>, CodecError> {
    codec::encode(SUBJECT_V10, &SubjectV10::from(subject))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Timestamp};

    /// What an older Tandem wrote is read by its number.
    #[test]
    fn subjects_of_every_version_are_known_by_their_number() {
        let subject = Subject::new(ContactId::new("c-1"), Timestamp::from_secs(1_800_000_000));
        let stored = [
            codec::encode(SUBJECT_V1, &SubjectV1::from(&subject)),
            codec::encode(SUBJECT_V2, &SubjectV2::from(&subject)),
            codec::encode(SUBJECT_V3, &SubjectV3::from(&subject)),
            codec::encode(SUBJECT_V4, &SubjectV4::from(&subject)),
            codec::encode(SUBJECT_V5, &SubjectV5::from(&subject)),
            codec::encode(SUBJECT_V6, &SubjectV6::from(&subject)),
            codec::encode(SUBJECT_V7, &SubjectV7::from(&subject)),
            codec::encode(SUBJECT_V8, &SubjectV8::from(&subject)),
            codec::encode(SUBJECT_V9, &SubjectV9::from(&subject)),
            codec::encode(SUBJECT_V10, &SubjectV10::from(&subject)),
        ];
        for (number, value) in (1..).zip(stored) {
            assert_eq!(decode(&value.unwrap()).unwrap(), subject, "version {number}");
        }
        let unknown = codec::encode(SUBJECT_V10 + 1, &SubjectV10::from(&subject)).unwrap();
        assert!(decode(&unknown).is_err());
    }
}
