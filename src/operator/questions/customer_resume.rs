//! Goes on with a customer's work.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question, shown::customer::CustomerView},
    transport::Method,
};

/// Goes on with a customer's work.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerResume {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for CustomerResume {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/resume";
    const COMMAND: &'static str = "customer resume {customer}";
    const SUMMARY: &'static str = "Goes on with a customer's work";
    const NUDGES: bool = true;
    type View = CustomerView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomerView, OperatorError> {
        let (record, now) = (context.record(&self.customer)?, context.now());
        let store = context.deps.store.of(record.number);
        let changed = store.update_customer(move |record| {
            record.end_pause(now);
        });
        CustomerView::of(context, &changed.await?.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{questions::customer_pause::CustomerPause, tests::Place};

    #[tokio::test]
    async fn b3_any_pause_ends() {
        let place = Place::new().await;
        CustomerPause { customer: place.hope() }.answer(&place.context).await.unwrap();
        let shown = CustomerResume { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!(shown.pause, None);
        assert_eq!(place.record().pause, None);
    }
}
