//! What makes an organisation's answers unreliable (E1, E3), off at first. Unlike the switches, none of this is a way in which an
//! organisation is set up: it comes and goes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::model::Contact;
use crate::domain::Timestamp;

/// How answers differ from what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unreliable {
    /// Reads show contacts as they were so many milliseconds ago; answers to writes do not lag.
    pub lag_ms: u64,
    /// A tag is put on or taken off with an answer of success, and is not.
    pub tags_without_effect: bool,
    /// PUT ContactMethod answers 200 and changes nothing.
    pub methods_without_effect: bool,
    /// PUT of custom fields answers 200 and changes nothing.
    pub fields_without_effect: bool,
    /// PUT ContactMethod answers 200 without a body.
    pub method_answers_empty: bool,
}

/// Contacts as they were, while reads lag: versions with the time since when each holds, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past(pub(super) HashMap<i64, Vec<(Timestamp, Contact)>>);
