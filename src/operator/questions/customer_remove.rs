//! Forgets a customer whose file is gone.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Forgets a customer whose file is gone: its views, timeline, work and token. Neither system is touched.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerRemove {
    /// The customer.
    pub customer: CustomerId,
}

/// The customer that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// Its id.
    pub removed: CustomerId,
}

impl Question for CustomerRemove {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/remove";
    const COMMAND: &'static str = "customer remove {customer}";
    const SUMMARY: &'static str = "Forgets a customer whose file is gone; neither system is touched";
    const NUDGES: bool = true;
    const SCOPE: Scope = Scope::Admin;
    type View = Removed;

    async fn answer(&self, context: &OperatorContext) -> Result<Removed, OperatorError> {
        let id = &self.customer;
        let record = context.record(id)?;
        // While the file is there, the next `apply` would bring the customer back.
        if let Some(settings) = context.settings_of(id) {
            let file = settings.file.display();
            return Err(OperatorError::Refused(format!(
                "the customer \"{id}\" still has its file: move {file} away, run `tandem customer apply`, then remove it"
            )));
        }
        // Another nonprofit may have this name one day: no token of this one may see it.
        context.deps.store.forget_in_api_tokens(id.clone()).await?;
        context.deps.store.of(record.number).remove_customer(id.to_string()).await?;
        Ok(Removed { removed: id.clone() })
    }
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "removed {}", self.removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_customer_goes_once_its_file_is_gone() {
        let mut place = Place::new().await;
        let remove = CustomerRemove { customer: place.hope() };
        let refused = remove.answer(&place.context).await.unwrap_err();
        assert!(matches!(&refused, OperatorError::Refused(text) if text.contains("hope.toml")), "{refused}");
        place.context.customers.clear();
        assert_eq!(remove.answer(&place.context).await.unwrap().to_string(), "removed hope\n");
        assert_eq!(place.context.deps.store.customer(&place.hope()).unwrap(), None);
    }
}
