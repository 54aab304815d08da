//! Reads a customer anew.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    auth::Scope,
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question, shown::customer::CustomerView},
    transport::Method,
};

/// Drops what is known of a customer's subscribers, and reads and links everything anew.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for Rebuild {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/rebuild";
    const COMMAND: &'static str = "rebuild {customer}";
    const SUMMARY: &'static str =
        "Drops what is known of a customer's subscribers, reads both sides whole and links everybody anew";
    const NUDGES: bool = true;
    const TAKES_LONG: bool = true;
    const SCOPE: Scope = Scope::Admin;
    type View = CustomerView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomerView, OperatorError> {
        let (id, record) = (&self.customer, context.record(&self.customer)?);
        let store = context.deps.store.of(record.number);
        tracing::warn!(customer = %id, "an operator has the customer read anew: nothing is written until both sides were read whole");
        let changed = store.read_anew(false, context.now()).await?;
        CustomerView::of(context, &changed.unwrap_or(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ContactId, Stage},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn a_rebuild_forgets_the_subscribers_and_keeps_the_account_and_the_wish_for_the_import() {
        let place = Place::new().await;
        place.subscriber("1", |_| ()).await;
        place.live_with_account().await;
        let store = place.context.deps.store.of(place.record().number);
        let under_way = store.begin_turn().await;
        let rebuild = Rebuild { customer: place.hope() };
        let mut rebuilt = std::pin::pin!(rebuild.answer(&place.context));
        assert!(
            futures_util::FutureExt::now_or_never(rebuilt.as_mut()).is_none(),
            "a turn may still keep what it read"
        );
        assert!(store.subject(&ContactId::new("1")).unwrap().is_some());
        drop(under_way);
        let shown = rebuilt.await.unwrap();
        assert!(store.subject(&ContactId::new("1")).unwrap().is_none());
        assert_eq!(shown.stage, Stage::Observing);
        assert_eq!(shown.account.constant_contact.unwrap().name, "Hope");
        assert_eq!(place.record().import_started_at, Some(place.context.now()));
        let unknown =
            Rebuild { customer: "nobody".parse().unwrap() }.answer(&place.context).await.unwrap_err();
        assert!(matches!(unknown, OperatorError::Unknown(_)), "{unknown}");
    }
}
