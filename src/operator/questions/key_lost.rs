//! A new key where the former one is gone for good.

use schemars::JsonSchema;
use serde::Deserialize;

use super::key_rotate::{KeyView, rotate};
use crate::{
    auth::Scope,
    domain::{Cause, CustomerRecord},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Makes a new key although the former one is gone: what it sealed is forgotten, and those customers connect again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyLost {}

impl Question for KeyLost {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/key/lost";
    const COMMAND: &'static str = "key rotate --lost";
    const SUMMARY: &'static str =
        "Makes a new key although the former one is gone for good: customers connect again";
    const SCOPE: Scope = Scope::Admin;
    type View = KeyView;

    async fn answer(&self, context: &OperatorContext) -> Result<KeyView, OperatorError> {
        let view = rotate(context, true).await?;
        let now = context.now();
        for record in context.deps.store.customers()? {
            let is_locked = |record: &CustomerRecord| {
                record.pause.as_ref().is_some_and(|it| it.reason.cause == Cause::KeyMissing)
            };
            if !is_locked(&record) {
                continue;
            }
            let go_on = move |record: &mut CustomerRecord| {
                if is_locked(record) {
                    record.end_pause(now);
                }
            };
            context.deps.store.of(record.number).update_customer(go_on).await?;
            if let Some(service) = &context.service {
                service.nudge(&record.id);
            }
        }
        Ok(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Pause, Reason, Rule},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn customers_that_waited_for_the_key_go_on_and_others_stay_paused() {
        let place = Place::new().await;
        let now = place.context.now();
        let pause = move |cause| Pause::until_a_person_acts(Reason::new(Rule::B4, cause), now);
        for (cause, stays) in [(Cause::KeyMissing, false), (Cause::Unreadable, true)] {
            place.change(move |record| record.pause = Some(pause(cause))).await;
            KeyLost {}.answer(&place.context).await.unwrap();
            assert_eq!(place.record().pause.is_some(), stays);
        }
    }
}
