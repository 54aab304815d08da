//! Puts an item, or all of them, back to work.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{CustomerId, CustomerRecord, Lane, State},
    operator::{
        OperatorContext, OperatorError, Question, Verb,
        decision::{BRAKE, Chosen, Decided, Decision, refuse_at_brake},
        questions::poll,
    },
    transport::Method,
};

/// Puts an item, or all dead letters and held subscribers, back to work.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The customer.
    pub customer: CustomerId,
    /// The item's id, or `brake`; `retry` without one is about all dead letters and held subscribers.
    pub item: Option<String>,
}

impl Question for Retry {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/work/retry";
    const COMMAND: &'static str = "work {customer} retry {item}";
    const SUMMARY: &'static str = "Puts an item, or all of them, back to work";
    const NUDGES: bool = true;
    type View = Decided;

    async fn answer(&self, context: &OperatorContext) -> Result<Decided, OperatorError> {
        let record = context.record(&self.customer)?;
        let decided = match self.item.as_deref().map(str::trim) {
            None => retry_all(context, &record).await?,
            Some(BRAKE) => return refuse_at_brake(&record, Verb::Retry),
            Some(item) => Decision::about(context, &record, Verb::Retry, item)?.take(Chosen::Nothing).await?,
        };
        Ok(Decided { reads_tags: read_tags(context, &record).await?, ..decided })
    }
}

/// Has the tags of Virtuous read anew if some are missing: staff may have made them since (S4).
async fn read_tags(context: &OperatorContext, record: &CustomerRecord) -> Result<Vec<String>, OperatorError> {
    let store = context.deps.store.of(record.number);
    let missing = store.planner(record, &context.rules(&record.id))?.mapping.missing_tags();
    if !missing.is_empty() {
        poll::ask_for_tags(&store, context.now()).await?;
    }
    Ok(missing)
}

async fn retry_all(context: &OperatorContext, record: &CustomerRecord) -> Result<Decided, OperatorError> {
    let mut items = 0;
    for state in [State::Failed, State::Held] {
        items += context
            .deps
            .store
            .of(record.number)
            .requeue(state, Lane::Change, context.now(), |_| true)
            .await?;
    }
    Ok(Decided::of(Verb::Retry, items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn s4_a_retry_has_tags_read_anew_that_are_missing() {
        let place = Place::new().await;
        place.list("l-1", "News").await;
        let retried = Retry { customer: place.hope(), item: None }.answer(&place.context).await.unwrap();
        assert_eq!(retried.reads_tags, ["CC: News"]);
        assert_eq!(place.record().asked.reference, Some(place.context.now()));
        assert!(retried.to_string().contains("CC: News; they are read anew first (S4)"), "{retried}");
    }

    #[tokio::test]
    async fn b3_dead_letters_go_back_to_work_one_by_one_or_all() {
        let place = Place::new().await;
        for id in ["1", "2", "3"] {
            place.failed(id).await;
        }
        let one = Retry { customer: place.hope(), item: Some("1".to_owned()) };
        assert_eq!(one.answer(&place.context).await.unwrap().to_string(), "retry: 1 item(s)\n");
        let subject = place.subject("1");
        assert!(subject.failure.is_none() && subject.work.is_some(), "{subject:?}");
        let all = Retry { customer: place.hope(), item: None }.answer(&place.context).await.unwrap();
        assert!(all.items >= 2, "{all:?}");
        assert!(all.reads_tags.is_empty() && place.record().asked.reference.is_none(), "no tag is missing");
        let unknown = Retry { customer: place.hope(), item: Some("no-such".to_owned()) };
        let unknown = unknown.answer(&place.context).await.unwrap_err();
        assert!(matches!(&unknown, OperatorError::Unknown(text) if text.contains("no-such")), "{unknown}");
    }
}
