//! How far the first import is.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question, shown::import::ImportView},
    transport::Method,
};

/// How far the first import is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportStatus {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for ImportStatus {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}/import";
    const COMMAND: &'static str = "import {customer} status";
    const SUMMARY: &'static str = "How far the first import is";
    type View = ImportView;

    async fn answer(&self, context: &OperatorContext) -> Result<ImportView, OperatorError> {
        ImportView::of(context, &context.record(&self.customer)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Stage, State},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn c4_an_import_that_was_not_started_says_so() {
        let place = Place::new().await;
        place.subscriber("1", |_| {}).await;
        let status = ImportStatus { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!((status.stage, status.started_at, status.subjects), (Stage::Observing, None, 1));
        assert_eq!((status.states[&State::Pending], status.percent), (1, 0.0));
        assert!(status.to_string().contains("nothing is written until"), "{status}");
    }
}
