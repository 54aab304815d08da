//! What makes an organisation's answers unreliable (E1 to E3), off at first. Unlike the switches, none of this is a way in which an
//! organisation is set up: it comes and goes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{form::Form, model::Contact};
use crate::domain::Timestamp;

/// How answers differ from what is held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unreliable {
    /// Reads and queries show contacts as they were so many milliseconds ago; answers to writes do not lag.
    pub lag_ms: u64,
    /// The same of queries alone, where that is longer; a contact that came meanwhile is in none of them yet.
    pub query_lag_ms: u64,
    /// Reads and queries leave parts out.
    pub gaps: Gaps,
    /// Custom fields are shown in these forms.
    pub forms: Vec<Form>,
    /// A tag is put on or taken off with an answer of success, and is not.
    pub tags_without_effect: bool,
    /// PUT ContactMethod answers 200 and changes nothing.
    pub methods_without_effect: bool,
    /// PUT of custom fields answers 200 and changes nothing, as of fields that are locked.
    pub fields_without_effect: bool,
    /// PUT of custom fields answers 200 with the new values, which an automation of the organisation then resets.
    pub fields_reset: bool,
    /// PUT ContactMethod answers 200 without a body.
    pub method_answers_empty: bool,
    /// PUT ContactMethod answers 200 with the method as it was before.
    pub method_answers_old: bool,
    /// Methods stand in another order in every answer.
    pub methods_shuffled: bool,
    /// Full contacts give no dates of methods; ContactMethod does.
    pub methods_undated: bool,
    /// Virtuous' own unsubscribe link leaves the method's date as it was.
    pub link_leaves_dates: bool,
    /// No answer shows references.
    pub references_hidden: bool,
    /// No answer tells whether a contact is archived.
    pub archived_untold: bool,
    /// No answer tells whether a contact is private.
    pub private_untold: bool,
    /// Methods that staff and imports make are opted out from their making.
    pub opted_out_by_default: bool,
}

/// Parts that some of the contacts in answers come without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gaps {
    /// Decides which contacts of which answers.
    pub seed: u64,
    /// So many contacts of a thousand.
    pub per_mille: u16,
    /// The part that is left out; none: any of them.
    pub part: Option<Part>,
}

/// A part of a contact that may be left out of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `tags`: absent or null.
    Tags,
    /// One of `tags`: null.
    Tag,
    /// `contactReferences`: absent or null.
    References,
    /// `contactMethods` of one individual: absent or null.
    Methods,
    /// `isOptedIn` of one method: absent or null.
    OptIn,
    /// `customFields`: absent or null.
    Fields,
    /// `contactIndividuals`: absent or null.
    Individuals,
    /// `isPrivate`: absent or null.
    Private,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 8] = [
        Self::Tags,
        Self::Tag,
        Self::References,
        Self::Methods,
        Self::OptIn,
        Self::Fields,
        Self::Individuals,
        Self::Private,
    ];
}

/// Contacts as they were, while reads lag: versions with the time since when each holds, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past(pub(super) HashMap<i64, Vec<(Timestamp, Contact)>>);

/// The answers so far, by which gaps and orders are drawn.
#[derive(Debug, Default)]
pub(super) struct Answers(pub(super) u64);
