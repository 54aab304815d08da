//! A link that shows a customer's pages to its own staff.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::token_create::end;
use crate::{
    auth::{Scope, api_token::ApiToken},
    domain::{CustomerId, Timestamp},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// How long a link lasts, if nothing is said.
const USUAL: &str = "30d";

/// A link that shows the customer's pages, and nothing else, to anybody who has it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerShare {
    /// The customer.
    pub customer: CustomerId,
    /// How long it lasts (12h, 90d). Without: 30d.
    pub expires: Option<String>,
}

/// A share link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShareView {
    /// The address. It is kept nowhere.
    pub url: String,
    /// Its id, by which it is listed and revoked with the API tokens.
    pub id: String,
    /// The customer.
    pub customer: CustomerId,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Question for CustomerShare {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/share";
    const COMMAND: &'static str = "customer share {customer}";
    const SUMMARY: &'static str = "Prints a link that shows this customer's pages, read-only, until it ends";
    const SCOPE: Scope = Scope::Admin;
    type View = ShareView;

    async fn answer(&self, context: &OperatorContext) -> Result<ShareView, OperatorError> {
        context.record(&self.customer)?;
        let now = context.now();
        let expires_at = end(self.expires.as_deref().unwrap_or(USUAL), now)?;
        let only = BTreeSet::from([self.customer.clone()]);
        let new = ApiToken::new(Scope::Read, only, now, Some(expires_at));
        let (token, text) =
            new.ok_or_else(|| OperatorError::Failed("the machine has no randomness".to_owned()))?;
        let token = ApiToken { is_link: true, ..token };
        let url = format!("{}/share/{}", context.deps.settings.http.public_url, text.expose());
        let view = ShareView { url, id: token.id.clone(), customer: self.customer.clone(), expires_at };
        context.deps.store.keep_api_token(token).await?;
        Ok(view)
    }
}

impl fmt::Display for ShareView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.url)?;
        writeln!(
            f,
            "Anybody with this link sees the pages of {} until {}, and changes nothing. `tandem token revoke {}` ends it.",
            self.customer, self.expires_at, self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_link_shows_one_customer_reads_and_ends() {
        let place = Place::new().await;
        let ask = |customer: &str, expires: Option<&str>| CustomerShare {
            customer: customer.parse().unwrap(),
            expires: expires.map(str::to_owned),
        };
        let view = ask("hope", None).answer(&place.context).await.unwrap();
        let (_, secret) = view.url.split_once("/share/").unwrap();
        let kept = place.context.deps.store.api_token(&view.id).unwrap().unwrap();
        assert!(kept.is_link && kept.admits(secret, place.context.now()));
        assert_eq!((kept.scope, kept.customers), (Scope::Read, BTreeSet::from([place.hope()])));
        assert_eq!(view.expires_at.as_secs() - place.context.now().as_secs(), 30 * 86_400);
        assert!(matches!(ask("mercy", None).answer(&place.context).await, Err(OperatorError::Unknown(_))));
        let soon = ask("hope", Some("soon")).answer(&place.context).await;
        assert!(matches!(soon, Err(OperatorError::Malformed(_))));
    }
}
