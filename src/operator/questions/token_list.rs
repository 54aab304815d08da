//! All API tokens.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    domain::{CustomerId, Timestamp},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// All API tokens, without the tokens themselves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenList {}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenView {
    /// Its id.
    pub id: String,
    /// What it may do.
    pub scope: Scope,
    /// The customers that it may see; empty: all.
    pub customers: BTreeSet<CustomerId>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends, or ended.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
    /// Whether it has ended.
    pub is_expired: bool,
    /// Whether it is a share link (`customer share`).
    #[serde(default)]
    pub is_link: bool,
}

/// All tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokensView {
    /// By id.
    pub tokens: Vec<TokenView>,
}

impl Question for TokenList {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/tokens";
    const COMMAND: &'static str = "token list";
    const SUMMARY: &'static str =
        "All API tokens and share links: what they may do, and when they were last used";
    const SCOPE: Scope = Scope::Admin;
    type View = TokensView;

    async fn answer(&self, context: &OperatorContext) -> Result<TokensView, OperatorError> {
        let now = context.now();
        let tokens = context.deps.store.api_tokens()?.into_iter().map(|token| TokenView {
            is_expired: token.has_ended(now),
            is_link: token.is_link,
            id: token.id,
            scope: token.scope,
            customers: token.customers,
            made_at: token.made_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
        });
        Ok(TokensView { tokens: tokens.collect() })
    }
}

impl fmt::Display for TokensView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tokens.is_empty() {
            return writeln!(f, "no API tokens: `tandem token create --scope read` makes one");
        }
        writeln!(f, "{:<10} {:<8} {:<26} {:<26} customers", "id", "scope", "ends", "last used")?;
        for token in &self.tokens {
            let ends = match token.expires_at {
                Some(_) if token.is_expired => "has ended".to_owned(),
                Some(end) => end.to_string(),
                None => "when it is revoked".to_owned(),
            };
            let used = token.used_at.map_or_else(|| "never".to_owned(), |used| used.to_string());
            let customers: Vec<&str> = token.customers.iter().map(CustomerId::as_str).collect();
            let customers = if customers.is_empty() { "all".to_owned() } else { customers.join(", ") };
            let scope = if token.is_link { "link" } else { token.scope.as_str() };
            writeln!(f, "{:<10} {scope:<8} {ends:<26} {used:<26} {customers}", token.id)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{questions::token_create::TokenCreate, tests::Place};

    #[tokio::test]
    async fn tokens_are_listed_without_their_text() {
        let place = Place::new().await;
        let none = TokenList {}.answer(&place.context).await.unwrap();
        assert!(none.to_string().contains("no API tokens"));
        let ask = |expires: Option<&str>| TokenCreate {
            scope: Scope::Read,
            customer: Vec::new(),
            expires: expires.map(str::to_owned),
        };
        let made = ask(Some("30s")).answer(&place.context).await.unwrap();
        ask(None).answer(&place.context).await.unwrap();
        // A minute on.
        place.later();
        let listed = TokenList {}.answer(&place.context).await.unwrap();
        assert_eq!(listed.tokens.len(), 2);
        assert_eq!(listed.tokens.iter().filter(|token| token.is_expired).count(), 1);
        let text = format!("{listed}{}", serde_json::to_string(&listed).unwrap());
        assert!(
            !text.contains(&made.token) && text.contains("has ended") && text.contains("when it is revoked")
        );
    }
}
