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
        let started = store.update_customer(move |record| {
            // Starting twice is the same as once.
            record.ask_for_import(now);
            record.import_paused = false;
        });
        ImportView::of(&context.deps.store, &started.await?.unwrap_or(record))
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
        let start = ImportStart { customer: place.hope() };
        let first = start.answer(&place.context).await.unwrap();
        assert_eq!(first.started_at, Some(place.context.now()));
        assert_eq!(start.answer(&place.context).await.unwrap(), first);
        assert!(first.to_string().contains("since"), "{first}");
    }
}
