//! Leaves an item as it is until something changes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::CustomerId,
    operator::{
        OperatorContext, OperatorError, Question, Verb,
        decision::{BRAKE, Chosen, Decided, Decision, refuse_at_brake},
    },
    transport::Method,
};

/// Leaves an item as it is until something changes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drop {
    /// The customer.
    pub customer: CustomerId,
    /// The item's id.
    pub item: String,
}

impl Question for Drop {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/work/drop";
    const COMMAND: &'static str = "work {customer} drop {item}";
    const SUMMARY: &'static str = "Leaves an item as it is until something changes";
    const NUDGES: bool = true;
    type View = Decided;

    async fn answer(&self, context: &OperatorContext) -> Result<Decided, OperatorError> {
        let record = context.record(&self.customer)?;
        match self.item.trim() {
            BRAKE => refuse_at_brake(&record, Verb::Drop),
            item => Decision::about(context, &record, Verb::Drop, item)?.take(Chosen::Nothing).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Cause, State},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn b3_a_dropped_dead_letter_is_left_out() {
        let place = Place::new().await;
        place.failed("1").await;
        let drop = Drop { customer: place.hope(), item: "1".to_owned() };
        assert_eq!(drop.answer(&place.context).await.unwrap(), Decided::of(Verb::Drop, 1));
        let subject = place.subject("1");
        assert_eq!(
            (subject.state, subject.reason.cause, subject.work),
            (State::Excluded, Cause::Dropped, None)
        );
        let again = drop.answer(&place.context).await.unwrap_err();
        assert!(again.to_string().contains("there is nothing to drop"), "{again}");
    }

    #[tokio::test]
    async fn b1_the_brake_cannot_be_dropped() {
        let place = Place::new().await;
        let drop = Drop { customer: place.hope(), item: "brake".to_owned() };
        assert!(drop.answer(&place.context).await.unwrap_err().to_string().contains("does not hold"));
        place.hold_brake(3).await;
        assert!(drop.answer(&place.context).await.unwrap_err().to_string().contains("only takes accept"));
    }
}
