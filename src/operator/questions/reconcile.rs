//! Has both sides read whole, on demand (V2).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{CustomerId, CustomerRecord, Stage},
    operator::{OperatorContext, OperatorError, Question, questions::poll, shown::reading::ReadingView},
    transport::Method,
};

/// Has both sides read whole; shows a reading that is under way.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for Reconcile {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/reconcile";
    const COMMAND: &'static str = "reconcile {customer}";
    const SUMMARY: &'static str =
        "Has both sides read whole: what polls, events and queries missed is found and put right";
    const NUDGES: bool = true;
    type View = ReadingView;

    async fn answer(&self, context: &OperatorContext) -> Result<ReadingView, OperatorError> {
        let (id, now) = (&self.customer, context.now());
        let record = context.record(id)?;
        if record.stage != Stage::Live {
            let stage = record.stage.as_str();
            return Err(OperatorError::Refused(format!(
                "the customer \"{id}\" is {stage}: the first import reads both sides whole by itself (`tandem import {id} \
                 status`)"
            )));
        }
        let ask = move |record: &mut CustomerRecord| {
            record.ask_for_reading(now);
        };
        let store = context.deps.store.of(record.number);
        let asked = store.update_customer(ask).await?.and_then(|record| record.reading);
        // A tag that staff made meanwhile counts at once (S4).
        poll::ask_for_tags(&store, now).await?;
        asked.map(|reading| ReadingView::of(&reading)).ok_or_else(|| {
            OperatorError::Refused(format!("the customer \"{id}\" changed just now: ask again"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn v2_a_live_customer_is_read_whole_and_a_reading_under_way_is_shown() {
        let place = Place::new().await;
        let ask = Reconcile { customer: place.hope() };
        let early = ask.answer(&place.context).await.unwrap_err();
        assert!(matches!(&early, OperatorError::Refused(text) if text.contains("observing")), "{early}");
        place.change(|record| record.stage = Stage::Live).await;
        let asked = ask.answer(&place.context).await.unwrap();
        assert_eq!((asked.asked_at, asked.virtuous.done_at), (place.context.now(), None));
        assert!(place.record().asked.reference.is_some(), "tags are read again (S4)");
        assert_eq!(asked.virtuous.drift["consent"], 0);
        assert_eq!(ask.answer(&place.context).await.unwrap(), asked);
        assert!(asked.to_string().contains("Virtuous: under way, no drift"), "{asked}");
    }
}
