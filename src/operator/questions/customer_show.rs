//! One customer.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Outcome, Question, shown::customer::CustomerView},
    transport::Method,
};

/// One customer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerShow {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for CustomerShow {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}";
    const COMMAND: &'static str = "customer show {customer}";
    const SUMMARY: &'static str = "One customer";
    type View = CustomerView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomerView, OperatorError> {
        CustomerView::of(context, &context.record(&self.customer)?)
    }

    fn outcome(view: &CustomerView) -> Outcome {
        Outcome::of_brake(view.brake.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Stage, operator::tests::Place};

    #[tokio::test]
    async fn a_customer_is_shown_with_its_stage_and_an_unknown_one_with_what_to_do() {
        let place = Place::new().await;
        let shown = CustomerShow { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!((shown.id.as_str(), shown.stage, shown.has_file), ("hope", Stage::Observing, true));
        assert!(shown.to_string().starts_with("hope (hope): observing\n"), "{shown}");
        assert!(shown.to_string().contains("not connected to Constant Contact"), "{shown}");
        let unknown =
            CustomerShow { customer: "else".parse().unwrap() }.answer(&place.context).await.unwrap_err();
        assert!(
            matches!(&unknown, OperatorError::Unknown(text) if text.contains("customer apply")),
            "{unknown}"
        );
    }

    #[tokio::test]
    async fn b1_a_brake_that_holds_needs_a_person() {
        let place = Place::new().await;
        place.hold_brake(3000).await;
        let shown = CustomerShow { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!(shown.brake.as_ref().map(|brake| brake.count), Some(3000));
        assert_eq!(CustomerShow::outcome(&shown), Outcome::NeedsPerson);
        assert!(shown.to_string().contains("`tandem work hope accept brake`"), "{shown}");
    }
}
