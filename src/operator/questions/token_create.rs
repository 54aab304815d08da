//! Makes an API token.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::{Scope, api_token::ApiToken},
    config::parse_duration,
    domain::{CustomerId, Timestamp},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Makes an API token, whose text is shown once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenCreate {
    /// What it may do: read, operate or admin.
    #[serde(default = "read")]
    pub scope: Scope,
    /// A customer that it may see; repeat it for more. Without any: all.
    #[serde(default)]
    pub customer: Vec<CustomerId>,
    /// How long it lasts (30d, 12h). Without: until it is revoked.
    pub expires: Option<String>,
}

const fn read() -> Scope {
    Scope::Read
}

/// A new token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewTokenView {
    /// The token itself. It is kept nowhere.
    pub token: String,
    /// Its id, by which it is listed and revoked.
    pub id: String,
    /// What it may do.
    pub scope: Scope,
    /// The customers that it may see; empty: all.
    pub customers: BTreeSet<CustomerId>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Question for TokenCreate {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/tokens";
    const COMMAND: &'static str = "token create";
    const SUMMARY: &'static str = "Makes an API token, and shows it once";
    const SCOPE: Scope = Scope::Admin;
    type View = NewTokenView;

    async fn answer(&self, context: &OperatorContext) -> Result<NewTokenView, OperatorError> {
        let now = context.now();
        for customer in &self.customer {
            context.record(customer)?;
        }
        let expires_at = self.expires.as_deref().map(|text| end(text, now));
        let customers: BTreeSet<CustomerId> = self.customer.iter().cloned().collect();
        let new = ApiToken::new(self.scope, customers, now, expires_at.transpose()?);
        let (token, text) =
            new.ok_or_else(|| OperatorError::Failed("the machine has no randomness".to_owned()))?;
        let view = NewTokenView {
            token: text.expose().to_owned(),
            id: token.id.clone(),
            scope: token.scope,
            customers: token.customers.clone(),
            expires_at: token.expires_at,
        };
        context.deps.store.keep_api_token(token).await?;
        Ok(view)
    }
}

/// When something ends that lasts so long.
pub(super) fn end(text: &str, now: Timestamp) -> Result<Timestamp, OperatorError> {
    let lasts = parse_duration(text).ok_or_else(|| {
        OperatorError::Malformed(format!(
            "expires is a duration of at least 1s (30d, 12h), which \"{text}\" is not"
        ))
    })?;
    Ok(now.plus(lasts))
}

impl fmt::Display for NewTokenView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.token)?;
        writeln!(
            f,
            "It is shown this once: keep it where the script finds it. `tandem token revoke {}` ends it.",
            self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_token_is_made_for_customers_that_there_are() {
        let place = Place::new().await;
        let ask = |customer: &str, expires: &str| TokenCreate {
            scope: Scope::Operate,
            customer: vec![customer.parse().unwrap()],
            expires: Some(expires.to_owned()),
        };
        let view = ask("hope", "30d").answer(&place.context).await.unwrap();
        let kept = place.context.deps.store.api_token(&view.id).unwrap().unwrap();
        assert!(kept.admits(&view.token, place.context.now()));
        assert_eq!((kept.scope, kept.customers.len()), (Scope::Operate, 1));
        assert!(view.to_string().starts_with(&view.token));
        assert!(matches!(ask("mercy", "30d").answer(&place.context).await, Err(OperatorError::Unknown(_))));
        assert!(matches!(ask("hope", "soon").answer(&place.context).await, Err(OperatorError::Malformed(_))));
    }
}
