//! How values of the domain look in JSON: times as RFC 3339, words as they are, each with its schema.
//!
//! Only answers and parameters are written this way; the store's bytes come from its own frozen types.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::{
    Actor, ContactId, CustomerId, Lane, LinkedBy, Permission, Rule, Stage, State, Stream, Timestamp, What,
};

/// A value that is a text: `$read` gives the value of a text, `$write` the text of a value.
macro_rules! text {
    ($type:ty, $name:literal, $schema:expr, $read:expr, $write:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$write(self))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                $read(&text)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

/// An enumeration whose values have names.
macro_rules! word {
    ($type:ty, $name:literal, $all:expr, $word:expr) => {
        text!(
            $type,
            $name,
            json_schema!({ "type": "string", "enum": $all.iter().map(|value| $word(*value)).collect::<Vec<_>>() }),
            |text: &str| {
                let found = $all.iter().copied().find(|value| $word(*value) == text);
                found.ok_or_else(|| unknown($name, text))
            },
            |value: &$type| $word(*value)
        );
    };
}

fn unknown<E: de::Error>(name: &str, text: impl fmt::Display) -> E {
    E::custom(format_args!("{name} is never \"{text}\""))
}

text!(
    Timestamp,
    "Timestamp",
    json_schema!({ "type": "string", "format": "date-time" }),
    |text: &str| Timestamp::parse(text).ok_or_else(|| unknown("a time", text)),
    |at: &Timestamp| at.to_string()
);

text!(
    CustomerId,
    "CustomerId",
    json_schema!({ "type": "string", "pattern": "^[a-z0-9-]{1,40}$" }),
    |text: &str| text.parse().map_err(de::Error::custom),
    |id: &CustomerId| id.to_string()
);

text!(
    ContactId,
    "ContactId",
    json_schema!({ "type": "string" }),
    |text: &str| Ok(ContactId::new(text)),
    |id: &ContactId| id.to_string()
);

word!(State, "State", State::ALL, State::as_str);
word!(Lane, "Lane", Lane::ALL, Lane::as_str);
word!(Stage, "Stage", Stage::ALL, Stage::as_str);
word!(Stream, "Stream", Stream::ALL, Stream::as_str);
word!(Rule, "Rule", Rule::ALL, Rule::as_str);
word!(What, "What", What::ALL, What::as_str);
word!(Permission, "Permission", PERMISSIONS, Permission::as_str);
word!(Actor, "Actor", ACTORS, Actor::as_str);
word!(LinkedBy, "LinkedBy", LINKS, linked_by);

const PERMISSIONS: [Permission; 7] = [
    Permission::Explicit,
    Permission::Implicit,
    Permission::NotSet,
    Permission::PendingConfirmation,
    Permission::TempHold,
    Permission::Unsubscribed,
    Permission::Unknown,
];
const ACTORS: [Actor; 3] = [Actor::Contact, Actor::Account, Actor::Unknown];
const LINKS: [LinkedBy; 3] = [LinkedBy::Reference, LinkedBy::Email, LinkedBy::Operator];

const fn linked_by(by: LinkedBy) -> &'static str {
    match by {
        LinkedBy::Reference => "reference",
        LinkedBy::Email => "email",
        LinkedBy::Operator => "operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(text, "\"2023-11-14T22:13:20.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at);
        assert_eq!(serde_json::to_string(&State::InSync).unwrap(), "\"in_sync\"");
        assert_eq!(serde_json::from_str::<State>("\"review\"").unwrap(), State::Review);
        assert!(serde_json::from_str::<State>("\"gone\"").is_err());
        assert!(serde_json::from_str::<CustomerId>("\"No Such\"").is_err());
    }
}
