//! One customer under check: what was found, and the brake.

use super::problem::{Kind, Problem};
use crate::{config::CustomerSettings, domain::CustomerRecord, operator::OperatorContext};

/// One customer under check.
pub(super) struct CheckedCustomer<'a> {
    pub(super) context: &'a OperatorContext,
    pub(super) settings: &'a CustomerSettings,
    pub(super) found: Vec<Problem>,
}

impl<'a> CheckedCustomer<'a> {
    pub(super) const fn new(context: &'a OperatorContext, settings: &'a CustomerSettings) -> Self {
        Self { context, settings, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        kind: Kind,
        place: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.found.push(Problem {
            customer: Some(self.settings.id.to_string()),
            place: place.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
            kind,
        });
    }

    /// B1.
    pub(super) fn brake(&mut self, record: &CustomerRecord) {
        if let Some(held) = &record.brake.held {
            let remedy = format!(
                "look at `tandem work {id}`; put it right in Constant Contact, or run `tandem work {id} accept brake`",
                id = record.id
            );
            self.add(Kind::Person, "brake", held.reason.to_string(), remedy);
        }
    }
}
