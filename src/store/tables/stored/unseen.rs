//! What Tandem wrote and no reading has shown yet, on disk (E1).

use serde::{Deserialize, Serialize};

use crate::domain::{
    AgreedConsent, CcTagId, ListId, MethodId, SegmentKey, Sight, Timestamp, Unseen, VirtuousContactId,
    Written,
};

use super::{
    time::{Millis, millis, time},
    view::IdV1,
};

/// What has shown a write stands in its count of looks, which is a small number.
const SHOWN_BY_EVENT: u8 = 0x40;
const SHOWN_BY_READING: u8 = 0x80;
/// The part of that byte that is the count.
const LOOKS: u8 = 0x3f;

/// A write that is waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnseenV1 {
    contact: i64,
    facet: WrittenV1,
    at: Millis,
    looks: u8,
    next_look: Option<Millis>,
}

/// Segments are told apart by a flag: whether it is a list. Consent that was agreed on before: opted in, and its date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum WrittenV1 {
    Tag { is_list: bool, segment: IdV1, name: String, on: bool },
    OptIn { method: i64, opted_in: bool, modified_at: Option<Millis>, agreed: Option<(bool, Option<Millis>)> },
    Field { name: String, before: String, value: String },
    Reference,
    Email { method: i64, before: String, value: String, modified_at: Option<Millis> },
}

impl From<&Unseen> for UnseenV1 {
    fn from(unseen: &Unseen) -> Self {
        let facet = match unseen.facet.clone() {
            Written::Tag { segment, name, on } => {
                let (is_list, segment) = match &segment {
                    SegmentKey::List(list) => (true, IdV1::from(&list.0)),
                    SegmentKey::Tag(tag) => (false, IdV1::from(&tag.0)),
                };
                WrittenV1::Tag { is_list, segment, name, on }
            }
            Written::OptIn { method, opted_in, modified_at, agreed } => WrittenV1::OptIn {
                method: method.0,
                opted_in,
                modified_at: millis(modified_at),
                agreed: agreed.map(|agreed| (agreed.opted_in, millis(agreed.at))),
            },
            Written::Field { name, before, value } => WrittenV1::Field { name, before, value },
            Written::Reference => WrittenV1::Reference,
            Written::Email { method, before, value, modified_at } => {
                WrittenV1::Email { method: method.0, before, value, modified_at: millis(modified_at) }
            }
        };
        let shown = match unseen.sight {
            Sight::Awaited => 0,
            Sight::Event => SHOWN_BY_EVENT,
            Sight::Reading => SHOWN_BY_READING,
        };
        Self {
            contact: unseen.contact.0,
            facet,
            at: unseen.at.as_millis(),
            looks: unseen.looks.min(LOOKS) | shown,
            next_look: millis(unseen.next_look),
        }
    }
}

impl From<UnseenV1> for Unseen {
    fn from(stored: UnseenV1) -> Self {
        let facet = match stored.facet {
            WrittenV1::Tag { is_list: true, segment, name, on } => {
                Written::Tag { segment: SegmentKey::List(ListId(segment.into())), name, on }
            }
            WrittenV1::Tag { is_list: false, segment, name, on } => {
                Written::Tag { segment: SegmentKey::Tag(CcTagId(segment.into())), name, on }
            }
            WrittenV1::OptIn { method, opted_in, modified_at, agreed } => Written::OptIn {
                method: MethodId(method),
                opted_in,
                modified_at: time(modified_at),
                agreed: agreed.map(|(opted_in, at)| AgreedConsent { opted_in, at: time(at) }),
            },
            WrittenV1::Field { name, before, value } => Written::Field { name, before, value },
            WrittenV1::Reference => Written::Reference,
            WrittenV1::Email { method, before, value, modified_at } => {
                Written::Email { method: MethodId(method), before, value, modified_at: time(modified_at) }
            }
        };
        Self {
            contact: VirtuousContactId(stored.contact),
            facet,
            at: Timestamp::from_millis(stored.at),
            sight: match stored.looks & !LOOKS {
                0 => Sight::Awaited,
                SHOWN_BY_EVENT => Sight::Event,
                _ => Sight::Reading,
            },
            looks: stored.looks & LOOKS,
            next_look: time(stored.next_look),
        }
    }
}
