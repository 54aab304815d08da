//! What the customer's settings make of agreement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The customer's settings, as far as they decide what agreement is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareRules {
    /// I1.
    pub reference_source: String,
    /// S1.
    pub tag_prefix: String,
    /// C1: ids or names; empty: all lists.
    pub only_lists: Vec<String>,
    /// Names that lists had before: their tags must be off (S3).
    pub former_lists: Vec<String>,
    /// Nameless ones are created with a placeholder instead of held (C3).
    pub create_nameless: bool,
    /// F1: labels in Constant Contact to names in Virtuous, beside those that are the same.
    pub fields: BTreeMap<String, String>,
    /// P4: a hard bounce opts out.
    pub hard_bounce_opts_out: bool,
    /// P4: a soft bounce opts out.
    pub soft_bounce_opts_out: bool,
}

impl Default for CompareRules {
    fn default() -> Self {
        Self {
            reference_source: "Constant Contact".to_owned(),
            tag_prefix: "CC: ".to_owned(),
            only_lists: Vec::new(),
            former_lists: Vec::new(),
            create_nameless: false,
            fields: BTreeMap::new(),
            hard_bounce_opts_out: true,
            soft_bounce_opts_out: true,
        }
    }
}
