//! The token host: one call a function, no state. Source: reference/constant-contact.md 1.

use std::{sync::Arc, time::Duration};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use super::{
    CcError, body,
    wire::{TokenAnswer, number, trimmed},
};
use crate::transport::{Method, Request, Transport, Way};

/// The scopes that Tandem asks for: contacts, bounce reports, the account's id, and a refresh token.
pub const SCOPES: &str = "contact_data campaign_data account_read offline_access";

/// How long an access token is taken to last when the answer does not say; in truth it is a day.
const LIFE_DEFAULT: Duration = Duration::from_secs(3600);
/// The longest life that is believed.
const LIFE_MAX: Duration = Duration::from_secs(7 * 86_400);

/// A refresh token: single-use (rotating) or long-lived, as the application was set up. `Debug` hides it.
#[derive(Debug, Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Takes a token's text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The token's text, for the store and the token host only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for RefreshToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for RefreshToken {}

/// What a browser brings back of a consent, with what it was asked with. No `Debug`: a code is a secret while it lives.
#[derive(Clone)]
pub struct Consent {
    /// The code.
    pub code: String,
    /// Where the browser was sent back to.
    pub redirect_uri: String,
    /// What the code was asked for with (PKCE).
    pub verifier: String,
}

/// What the token host granted. `Debug` hides the tokens.
#[derive(Debug, Clone)]
pub struct Grant {
    /// For calls.
    pub access: SecretString,
    /// For the next refresh; absent when the used token stays good, or `offline_access` was not granted.
    pub refresh: Option<RefreshToken>,
    /// How long the access token lasts from now.
    pub life: Duration,
}

/// The integrator's application at the token host.
#[derive(Clone)]
pub struct OAuth {
    transport: Arc<dyn Transport>,
    auth_url: Arc<str>,
    client_id: Arc<str>,
    client_secret: Arc<SecretString>,
}

impl OAuth {
    /// An application with its id and secret; requests go to `{auth_url}/authorize` and `{auth_url}/token`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        auth_url: &str,
        client_id: &str,
        client_secret: SecretString,
    ) -> Self {
        Self {
            transport,
            auth_url: auth_url.trim_end_matches('/').into(),
            client_id: client_id.into(),
            client_secret: Arc::new(client_secret),
        }
    }

    /// Where the customer's browser is sent to consent. `redirect_uri` must be registered exactly so. The call that trades the code
    /// for tokens has to show `verifier`, whose hash goes with the browser (PKCE, RFC 7636): a stolen code is of no use.
    #[must_use]
    pub fn authorize_url(&self, state: &str, redirect_uri: &str, verifier: &str) -> String {
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("client_id", &*self.client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", SCOPES),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{}/authorize?{}", self.auth_url, query.finish())
    }

    /// Trades the code of a consent (single use, good for five minutes) for tokens.
    ///
    /// # Errors
    /// [`CcError::InvalidGrant`] for a code that is used or old, and the rest of [`CcError`].
    pub async fn exchange_code(&self, consent: &Consent) -> Result<Grant, CcError> {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", &consent.code),
            ("redirect_uri", &consent.redirect_uri),
            ("code_verifier", &consent.verifier),
        ])
        .await
    }

    /// Trades a refresh token for new tokens. A rotating one is used up by this.
    ///
    /// # Errors
    /// [`CcError::InvalidGrant`] for a token that is used up or expired; network errors and 5xx are
    /// [`CcError::Transient`] and say nothing about the token.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Grant, CcError> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token.expose())]).await
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<Grant, CcError> {
        let basic = format!("{}:{}", self.client_id, self.client_secret.expose_secret());
        let request = Request::new(Method::Post, format!("{}/token", self.auth_url))
            .by(Way::Token)
            .header("accept", "application/json")
            .header("authorization", format!("Basic {}", BASE64.encode(basic.as_bytes())))
            .form(form);
        let response = self.transport.send(request).await.map_err(|error| CcError::of_transport(&error))?;
        if !response.is_success() {
            return Err(CcError::of_token_host(&response));
        }
        let body = body::into_text(response.body);
        let answer: TokenAnswer<'_> = body::decode(&body)?;
        let access = trimmed(answer.access_token.as_ref())
            .ok_or_else(|| CcError::Odd("a token answer without access_token".to_owned()))?;
        Ok(Grant {
            access: access.into(),
            refresh: trimmed(answer.refresh_token.as_ref()).map(RefreshToken::new),
            life: number(answer.expires_in.as_ref()).map_or(LIFE_DEFAULT, Duration::from_secs).min(LIFE_MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constant_contact::test_support::Script;

    #[test]
    fn the_consent_is_asked_for_with_all_scopes() {
        let oauth = OAuth::new(Script::new(), "https://auth.example/v1/", "id", "secret".into());
        let url = oauth.authorize_url(
            "s t",
            "https://tandem.example/cb",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        );
        assert_eq!(
            url,
            "https://auth.example/v1/authorize?client_id=id&redirect_uri=https%3A%2F%2Ftandem.example%2Fcb&response_type=code&scope=contact_data+campaign_data+account_read+offline_access&state=s+t&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
    }
}
