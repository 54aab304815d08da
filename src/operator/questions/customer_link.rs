//! An address at which a customer connects Constant Contact.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    auth::links,
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// An address at which a customer connects Constant Contact.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerLink {
    /// The customer.
    pub customer: CustomerId,
}

/// A signed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The address, good for 24 hours.
    pub url: String,
}

impl Question for CustomerLink {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/link";
    const COMMAND: &'static str = "customer link {customer}";
    const SUMMARY: &'static str =
        "Prints an address at which the customer connects Constant Contact, good for 24 hours";
    const SCOPE: Scope = Scope::Admin;
    type View = Link;

    async fn answer(&self, context: &OperatorContext) -> Result<Link, OperatorError> {
        context.record(&self.customer)?;
        let public_url = &context.deps.settings.http.public_url;
        Ok(Link { url: links::start_link(public_url, &context.signing_key, &self.customer, context.now()) })
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_link_is_for_this_customer_and_signed() {
        let place = Place::new().await;
        let link = CustomerLink { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert!(link.url.contains("/oauth/constant-contact/start/hope?expires="), "{link}");
        assert!(link.url.contains("&signature="), "{link}");
        assert_eq!(link.to_string(), format!("{}\n", link.url));
    }
}
