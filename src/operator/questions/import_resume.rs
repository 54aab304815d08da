//! Goes on with an import that is held.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{
        OperatorContext, OperatorError, Question, questions::import_start, shown::import::ImportView,
    },
    transport::Method,
};

/// Goes on with an import that is held.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportResume {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for ImportResume {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/import/resume";
    const COMMAND: &'static str = "import {customer} resume";
    const SUMMARY: &'static str = "Goes on with an import that is held";
    const NUDGES: bool = true;
    type View = ImportView;

    async fn answer(&self, context: &OperatorContext) -> Result<ImportView, OperatorError> {
        let record = context.record(&self.customer)?;
        import_start::needs_start(&record)?;
        let store = context.deps.store.of(record.number);
        let changed = store.update_customer(|record| record.import_paused = false);
        ImportView::of(context, &changed.await?.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{
        questions::{import_pause::ImportPause, import_start::ImportStart},
        tests::Place,
    };

    #[tokio::test]
    async fn c4_a_held_import_goes_on() {
        let place = Place::new().await;
        let resume = ImportResume { customer: place.hope() };
        assert!(matches!(resume.answer(&place.context).await, Err(OperatorError::Refused(_))));
        ImportStart { customer: place.hope(), yes: true }.answer(&place.context).await.unwrap();
        assert!(ImportPause { customer: place.hope() }.answer(&place.context).await.unwrap().paused);
        assert!(!resume.answer(&place.context).await.unwrap().paused);
    }
}
