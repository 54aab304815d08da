//! Stops a customer's work.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{Cause, CustomerId, Pause, Reason, Rule},
    operator::{OperatorContext, OperatorError, Question, shown::customer::CustomerView},
    transport::Method,
};

/// Stops a customer's work.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerPause {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for CustomerPause {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/pause";
    const COMMAND: &'static str = "customer pause {customer}";
    const SUMMARY: &'static str = "Stops a customer's work";
    const NUDGES: bool = true;
    type View = CustomerView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomerView, OperatorError> {
        let (record, now) = (context.record(&self.customer)?, context.now());
        let store = context.deps.store.of(record.number);
        let changed = store.update_customer(move |record| {
            let by_operator = record.pause.as_ref().is_some_and(|pause| pause.by_operator);
            if !by_operator {
                let reason = Reason::about(Rule::B3, Cause::Decided, "paused by command");
                record.pause = Some(Pause::by_operator(reason, now));
            }
        });
        CustomerView::of(context, &changed.await?.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn b3_a_pause_by_command_is_the_operators_and_keeps_its_date() {
        let place = Place::new().await;
        let pause = CustomerPause { customer: place.hope() };
        let first = pause.answer(&place.context).await.unwrap().pause.unwrap();
        assert!(first.by_operator && first.reason.contains("paused by command"), "{first:?}");
        assert_eq!((first.rule, first.since), (Rule::B3, place.context.now()));
        let again = pause.answer(&place.context).await.unwrap();
        assert_eq!(again.pause.as_ref(), Some(&first));
        assert!(again.to_string().contains("paused since"), "{again}");
    }
}
