//! Has Constant Contact send its one confirmation email (P5).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{CustomerId, CustomerRecord, ListId, Subject, reference_data::List},
    operator::{
        OperatorContext, OperatorError, Question, Verb,
        decision::{BRAKE, Chosen, Decided, Decision, refuse_at_brake},
    },
    sync::{Mapping, confirmation},
    transport::Method,
};

/// Has Constant Contact send its one confirmation email (P5).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The customer.
    pub customer: CustomerId,
    /// The item's id.
    pub item: String,
    /// The list that the subscriber joins by confirming, by name or id, instead of the lists before.
    pub list: Option<String>,
}

impl Question for Confirm {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/work/confirm";
    const COMMAND: &'static str = "work {customer} confirm {item}";
    const SUMMARY: &'static str =
        "Has Constant Contact send its one confirmation email, for the list or those before";
    const NUDGES: bool = true;
    type View = Decided;

    async fn answer(&self, context: &OperatorContext) -> Result<Decided, OperatorError> {
        let record = context.record(&self.customer)?;
        let item = self.item.trim();
        if item == BRAKE {
            return refuse_at_brake(&record, Verb::Confirm);
        }
        let decision = Decision::about(context, &record, Verb::Confirm, item)?;
        let lists = match &self.list {
            Some(wanted) => named(context, &record, wanted)?,
            None => before(context, &record, &decision.subject)?,
        };
        decision.take(Chosen::Lists(lists)).await
    }
}

/// The list that is named.
fn named(
    context: &OperatorContext,
    record: &CustomerRecord,
    wanted: &str,
) -> Result<Vec<ListId>, OperatorError> {
    let lists = &context.deps.store.of(record.number).reference_data()?.cc.lists;
    let living = || lists.iter().filter(|(_, list)| !list.deleted);
    let is_it = |id: &ListId, list: &List| id.to_string() == wanted || list.name == wanted;
    let found: Vec<ListId> =
        living().filter(|(id, list)| is_it(id, list)).map(|(id, _)| id.clone()).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<&str> = living().map(|(_, list)| list.name.as_str()).collect();
    Err(OperatorError::Unknown(format!(
        "\"{}\" has no list \"{wanted}\" in Constant Contact: there are {}",
        record.id,
        names.join(", ")
    )))
}

/// The lists that the subscriber was on.
fn before(
    context: &OperatorContext,
    record: &CustomerRecord,
    subject: &Subject,
) -> Result<Vec<ListId>, OperatorError> {
    let (reference, rules) =
        (context.deps.store.of(record.number).reference_data()?, context.rules(&record.id));
    let household = context.deps.store.of(record.number).household(subject, &rules)?;
    let found = confirmation::lists_of(subject, &Mapping::new(&reference, &rules), &household, &rules);
    if !found.is_empty() {
        return Ok(found);
    }
    Err(OperatorError::Refused(format!(
        "\"{}\" was on no list that is known to be theirs: say with --list NAME which one they join by confirming",
        subject.id
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn p5_a_confirmation_is_asked_for_only_where_it_can_be_sent() {
        let place = Place::new().await;
        place.failed("1").await;
        let confirm = Confirm { customer: place.hope(), item: "1".to_owned(), list: None };
        let refused = confirm.answer(&place.context).await.unwrap_err();
        assert!(refused.to_string().contains("there is nothing to confirm"), "{refused}");
    }

    #[tokio::test]
    async fn p5_an_unknown_list_is_named_with_those_that_there_are() {
        let place = Place::new().await;
        place.opted_in_by_staff("2").await;
        let confirm = |list: Option<&str>| Confirm {
            customer: place.hope(),
            item: "2".to_owned(),
            list: list.map(str::to_owned),
        };
        let unknown = confirm(Some("No such")).answer(&place.context).await.unwrap_err();
        assert!(matches!(&unknown, OperatorError::Unknown(text) if text.contains("No such")), "{unknown}");
        let unsaid = confirm(None).answer(&place.context).await.unwrap_err();
        assert!(unsaid.to_string().contains("--list NAME"), "{unsaid}");
    }
}
