//! Goes on with an item as proposed.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::{Cause, CustomerId, CustomerRecord, Person, Subject, TagId, VirtuousView},
    operator::{
        OperatorContext, OperatorError, Question, Verb,
        decision::{BRAKE, Chosen, Decided, Decision, needs_brake},
    },
    store::Release,
    transport::Method,
};

/// Goes on with an item as proposed, or for the contact or the tag that is named.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The customer.
    pub customer: CustomerId,
    /// The item's id, `brake`, or a tag's name.
    pub item: String,
    /// This Virtuous contact is the subscriber (I2).
    pub contact: Option<i64>,
    /// For a tag's name: this Virtuous tag is meant (S4).
    pub tag: Option<i64>,
}

impl Question for Accept {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/work/accept";
    const COMMAND: &'static str = "work {customer} accept {item}";
    const SUMMARY: &'static str =
        "Goes on with an item as proposed, for the contact or the tag where there are several";
    const NUDGES: bool = true;
    type View = Decided;

    async fn answer(&self, context: &OperatorContext) -> Result<Decided, OperatorError> {
        if self.contact.is_some() && self.tag.is_some() {
            let text = "accept takes a contact or a tag, not both";
            return Err(OperatorError::Malformed(text.to_owned()));
        }
        let record = context.record(&self.customer)?;
        match (self.item.trim(), self.tag) {
            (BRAKE, _) => accept_brake(context, &record).await,
            (name, Some(tag)) => choose_tag(context, &record, name, TagId(tag)).await,
            (item, None) => {
                let decision = Decision::about(context, &record, Verb::Accept, item)?;
                let chosen = chosen(&decision.subject, self.contact)?;
                decision.take(chosen.map_or(Chosen::Nothing, Chosen::Contact)).await
            }
        }
    }
}

/// The candidate that is chosen, where the question is which one is the subscriber (I2).
fn chosen(subject: &Subject, contact: Option<i64>) -> Result<Option<Box<Person>>, OperatorError> {
    let people = match (&subject.virtuous, subject.reason.cause) {
        (VirtuousView::Candidates(people), Cause::SeveralHits) => people,
        _ if contact.is_some() => {
            let text = format!("there is nothing to choose for \"{}\"", subject.id);
            return Err(OperatorError::Refused(text));
        }
        _ => return Ok(None),
    };
    let found = contact.and_then(|wanted| people.iter().find(|person| person.contact.0 == wanted));
    found.map(|person| Some(Box::new(person.clone()))).ok_or_else(|| {
        let ids: Vec<String> = people.iter().map(|person| person.contact.to_string()).collect();
        OperatorError::Refused(format!(
            "say which contact \"{}\" is: accept it with --contact {}",
            subject.id,
            ids.join(" or --contact ")
        ))
    })
}

/// S4: which of several tags of one name is meant, once for all.
async fn choose_tag(
    context: &OperatorContext,
    record: &CustomerRecord,
    name: &str,
    tag: TagId,
) -> Result<Decided, OperatorError> {
    let known = &context.deps.store.of(record.number).reference_data()?.virtuous.tags;
    let ids = known.get(name).map(Vec::as_slice).unwrap_or_default();
    if !ids.contains(&tag) {
        return Err(OperatorError::Unknown(format!(
            "Virtuous has no tag \"{name}\" with the id {tag}: `tandem work {}` lists them",
            record.id
        )));
    }
    let items = context.deps.store.of(record.number).choose_tag(name.to_owned(), tag, context.now()).await?;
    Ok(Decided::of(Verb::Accept, items))
}

/// Lets go on what the brake holds, as it is now (B1).
async fn accept_brake(context: &OperatorContext, record: &CustomerRecord) -> Result<Decided, OperatorError> {
    needs_brake(record, Verb::Accept)?;
    // Durable first: should this process end on the way, the submitter lets the rest go.
    context.deps.store.of(record.number).update_customer(|record| record.brake.accepted = true).await?;
    let items = context.deps.store.of(record.number).release(Release::Accepted, context.now()).await?;
    Ok(Decided::of(Verb::Accept, items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::LinkedBy, operator::tests::Place};

    fn accept(place: &Place, item: &str, contact: Option<i64>, tag: Option<i64>) -> Accept {
        Accept { customer: place.hope(), item: item.to_owned(), contact, tag }
    }

    #[tokio::test]
    async fn i2_the_contact_that_is_named_is_the_subscriber() {
        let place = Place::new().await;
        place.ambiguous("1").await;
        let unsaid = accept(&place, "1", None, None).answer(&place.context).await.unwrap_err();
        assert!(unsaid.to_string().contains("--contact 7 or --contact 8"), "{unsaid}");
        let decided = accept(&place, "1", Some(8), None).answer(&place.context).await.unwrap();
        assert_eq!(decided, Decided::of(Verb::Accept, 1));
        let linked = place.subject("1").virtuous.linked().cloned().unwrap();
        assert_eq!((linked.contact.0, linked.linked_by), (8, LinkedBy::Operator));
        let both = accept(&place, "1", Some(8), Some(9)).answer(&place.context).await.unwrap_err();
        assert!(matches!(both, OperatorError::Malformed(_)), "{both}");
    }

    #[tokio::test]
    async fn s4_a_tag_that_is_not_there_cannot_be_meant() {
        let place = Place::new().await;
        let unknown = accept(&place, "CC: News", None, Some(5)).answer(&place.context).await.unwrap_err();
        assert!(matches!(&unknown, OperatorError::Unknown(text) if text.contains("CC: News")), "{unknown}");
    }

    #[tokio::test]
    async fn b1_an_accepted_brake_lets_go() {
        let place = Place::new().await;
        place.hold_brake(3).await;
        accept(&place, "brake", None, None).answer(&place.context).await.unwrap();
        let brake = place.record().brake;
        assert!(brake.accepted || brake.held.is_none(), "{brake:?}");
    }
}
