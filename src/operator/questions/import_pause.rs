//! Holds the import lane.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{
        OperatorContext, OperatorError, Question, questions::import_start, shown::import::ImportView,
    },
    transport::Method,
};

/// Holds the import lane.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportPause {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for ImportPause {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/import/pause";
    const COMMAND: &'static str = "import {customer} pause";
    const SUMMARY: &'static str = "Holds the import lane";
    const NUDGES: bool = true;
    type View = ImportView;

    async fn answer(&self, context: &OperatorContext) -> Result<ImportView, OperatorError> {
        let record = context.record(&self.customer)?;
        import_start::needs_start(&record)?;
        let store = context.deps.store.of(record.number);
        let changed = store.update_customer(|record| record.import_paused = true);
        ImportView::of(context, &changed.await?.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{questions::import_start::ImportStart, tests::Place};

    #[tokio::test]
    async fn c4_only_an_import_that_was_started_can_be_held() {
        let place = Place::new().await;
        let pause = ImportPause { customer: place.hope() };
        let refused = pause.answer(&place.context).await.unwrap_err();
        assert!(refused.to_string().contains("`tandem import hope start`"), "{refused}");
        ImportStart { customer: place.hope(), yes: true }.answer(&place.context).await.unwrap();
        let held = pause.answer(&place.context).await.unwrap();
        assert!(held.paused && held.to_string().contains("(paused)"), "{held}");
    }
}
