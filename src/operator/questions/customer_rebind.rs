//! Lets a customer be another account or organisation (I5).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    auth::Scope,
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question, shown::customer::CustomerView},
    transport::Method,
};

/// Lets a customer be another account or organisation: the next ones that are seen are accepted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerRebind {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for CustomerRebind {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/rebind";
    const COMMAND: &'static str = "customer rebind {customer}";
    const SUMMARY: &'static str = "Accepts another account or organisation: all links are dropped, and everything is linked anew from a whole reading";
    const NUDGES: bool = true;
    const SCOPE: Scope = Scope::Admin;
    type View = CustomerView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomerView, OperatorError> {
        let (id, record) = (&self.customer, context.record(&self.customer)?);
        if record.pause.is_none() {
            return Err(OperatorError::Refused(format!(
                "the customer \"{id}\" works with its account and organisation: to change them, run `tandem customer pause {id}` \
                 first"
            )));
        }
        let changed = context.deps.store.of(record.number).rebind_customer(context.now()).await?;
        tracing::warn!(customer = %id, "an operator accepts another account or organisation: everything is linked anew (I5)");
        CustomerView::of(context, &changed.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::{
        domain::{Cause, Pause, Reason, Rule, Stage},
        operator::{questions::customer_pause::CustomerPause, tests::Place},
    };

    #[tokio::test]
    async fn i5_a_rebind_forgets_the_links_and_begins_anew_and_a_running_customer_is_left_alone() {
        let place = Place::new().await;
        place.subscriber("1", |_| ()).await;
        place.live_with_account().await;
        let rebind = CustomerRebind { customer: place.hope() };
        let refused = rebind.answer(&place.context).await.unwrap_err();
        assert!(refused.to_string().contains("`tandem customer pause hope`"), "{refused}");
        assert_eq!(place.record().stage, Stage::Live);
        let now = place.context.now();
        let reason = Reason::new(Rule::I5, Cause::AnotherAccount);
        place.change(move |record| record.pause = Some(Pause::until_a_person_acts(reason, now))).await;
        let shown = rebind.answer(&place.context).await.unwrap();
        assert_eq!(
            (shown.stage, shown.pause, shown.account.constant_contact),
            (Stage::Observing, None, None)
        );
        assert!(shown.states.values().all(|count| *count == 0), "{:?}", shown.states);
        let record = place.record();
        assert_eq!((record.import_started_at, record.accounts.rebound_at), (Some(now), Some(now)));
        // A pause for another reason stays.
        CustomerPause { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert!(rebind.answer(&place.context).await.unwrap().pause.is_some());
    }

    #[tokio::test]
    async fn i5_a_rebind_waits_for_a_turn_that_is_under_way() {
        let place = Place::new().await;
        place.subscriber("1", |_| ()).await;
        CustomerPause { customer: place.hope() }.answer(&place.context).await.unwrap();
        let store = place.context.deps.store.of(place.record().number);
        let under_way = store.begin_turn().await;
        let rebind = CustomerRebind { customer: place.hope() };
        let mut rebound = std::pin::pin!(rebind.answer(&place.context));
        assert!(rebound.as_mut().now_or_never().is_none(), "the turn may still keep what it read");
        assert!(store.subject(&crate::domain::ContactId::new("1")).unwrap().is_some());
        drop(under_way);
        rebound.await.unwrap();
        assert!(store.subject(&crate::domain::ContactId::new("1")).unwrap().is_none());
    }
}
