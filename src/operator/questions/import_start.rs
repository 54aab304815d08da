//! Starts the first import (C4).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{CustomerId, CustomerRecord},
    operator::{OperatorContext, OperatorError, Question, shown::import::ImportView},
    transport::Method,
};

/// Starts the first import (C4).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportStart {
    /// The customer.
    pub customer: CustomerId,
    /// Start it though the customer is not connected: it begins to write as soon as both sides are read.
    #[serde(default)]
    pub yes: bool,
}

impl Question for ImportStart {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/import/start";
    const COMMAND: &'static str = "import {customer} start";
    const SUMMARY: &'static str = "Starts the first import";
    const NUDGES: bool = true;
    type View = ImportView;

    async fn answer(&self, context: &OperatorContext) -> Result<ImportView, OperatorError> {
        let (record, now) = (context.record(&self.customer)?, context.now());
        let store = context.deps.store.of(record.number);
        if !self.yes && record.import_started_at.is_none() && store.token()?.is_none() {
            let id = &record.id;
            return Err(OperatorError::Refused(format!(
                "\"{id}\" is not connected yet, so there is no plan to look at: `tandem customer link {id}`, then `tandem plan {id}`. \
                 `tandem import {id} start --yes` has it begin by itself once both sides are read"
            )));
        }
        let started = store.update_customer(move |record| {
            // Starting twice is the same as once.
            record.ask_for_import(now);
            record.import_paused = false;
        });
        ImportView::of(context, &started.await?.unwrap_or(record))
    }
}

/// Refuses what needs an import that was started.
pub(super) fn needs_start(record: &CustomerRecord) -> Result<(), OperatorError> {
    if record.import_started_at.is_some() {
        return Ok(());
    }
    let id = &record.id;
    let text = format!("the import of \"{id}\" was not started: run `tandem import {id} start`");
    Err(OperatorError::Refused(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn c4_starting_twice_is_the_same_as_once() {
        let place = Place::new().await;
        let hasty = ImportStart { customer: place.hope(), yes: false };
        let refused = hasty.answer(&place.context).await.unwrap_err();
        assert!(
            matches!(&refused, OperatorError::Refused(text) if text.contains("`tandem customer link hope`")),
            "{refused}"
        );
        assert_eq!(place.record().import_started_at, None);
        let start = ImportStart { customer: place.hope(), yes: true };
        let first = start.answer(&place.context).await.unwrap();
        assert_eq!(first.started_at, Some(place.context.now()));
        assert_eq!(start.answer(&place.context).await.unwrap(), first);
        assert!(first.to_string().contains("since"), "{first}");
        assert_eq!(hasty.answer(&place.context).await.unwrap(), first, "it was started");
    }
}
