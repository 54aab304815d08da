//! Ends an API token.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::{Scope, api_token},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Ends an API token at once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRevoke {
    /// Its id, as `token list` shows it.
    pub token: String,
}

/// The token that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevokedView {
    /// Its id.
    pub revoked: String,
}

impl Question for TokenRevoke {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/tokens/{token}/revoke";
    const COMMAND: &'static str = "token revoke {token}";
    const SUMMARY: &'static str = "Ends an API token at once";
    const SCOPE: Scope = Scope::Admin;
    type View = RevokedView;

    async fn answer(&self, context: &OperatorContext) -> Result<RevokedView, OperatorError> {
        // A whole token that was given instead of its id ends as well: it stood in a history by then.
        let id = api_token::id_of(&self.token).unwrap_or(&self.token).to_owned();
        if context.deps.store.revoke_api_token(id.clone()).await? {
            return Ok(RevokedView { revoked: id });
        }
        // What was given may be a token itself: it is not repeated.
        Err(OperatorError::Unknown(
            "there is no API token with this id: `tandem token list` shows them".to_owned(),
        ))
    }
}

impl fmt::Display for RevokedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the token {} has ended", self.revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{questions::token_create::TokenCreate, tests::Place};

    #[tokio::test]
    async fn a_revoked_token_is_gone_by_its_id_or_itself_and_nothing_wrong_is_repeated() {
        let place = Place::new().await;
        let create = TokenCreate { scope: Scope::Read, customer: Vec::new(), expires: None };
        let made = create.answer(&place.context).await.unwrap();
        let revoke = TokenRevoke { token: made.id.clone() };
        assert_eq!(revoke.answer(&place.context).await.unwrap().revoked, made.id);
        assert_eq!(place.context.deps.store.api_token(&made.id).unwrap(), None);
        let create = TokenCreate { scope: Scope::Read, customer: Vec::new(), expires: None };
        let other = create.answer(&place.context).await.unwrap();
        let whole = TokenRevoke { token: other.token.clone() };
        assert_eq!(whole.answer(&place.context).await.unwrap().revoked, other.id);
        let wrong = whole.answer(&place.context).await.unwrap_err();
        assert!(!wrong.to_string().contains(&other.token));
    }
}
