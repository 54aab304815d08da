//! The token host (reference 1): `/oauth/authorize` and `/oauth/token`, with single-use refresh tokens.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use super::{
    errors::{ApiError, Reply},
    id_source::IdSource,
    switches::Switches,
};
use crate::{
    domain::Timestamp,
    simulator::wire::{SimRequest, SimResponse},
    transport::Method,
};

/// What Tandem asks for (reference 1.3).
pub(super) const SCOPE: &str = "contact_data campaign_data account_read offline_access";
const ACCESS_LIFE: Duration = Duration::from_secs(86_400);
const CODE_LIFE: Duration = Duration::from_secs(300);
/// A refresh token dies of 180 idle days.
const REFRESH_LIFE: Duration = Duration::from_secs(180 * 86_400);

/// What a refresh token stands for.
#[derive(Debug, Clone)]
struct Grant {
    account: Box<str>,
    /// The API key that it belongs to; a seeded one goes to the first that uses it.
    client: Option<Box<str>>,
    scope: Box<str>,
    used_at: Timestamp,
}

#[derive(Debug)]
struct Code {
    account: Box<str>,
    client: Box<str>,
    redirect_uri: Box<str>,
    scope: Box<str>,
    /// The hash of what has to be shown with the code (PKCE), if it was asked for so.
    challenge: Option<Box<str>>,
    given_at: Timestamp,
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) account: Box<str>,
    pub(super) client: Box<str>,
    pub(super) scope: Box<str>,
    expires_at: Timestamp,
}

/// A request for tokens: from which API key, when, and what answers depend on.
struct Asking<'a> {
    client: &'a str,
    switches: &'a Switches,
    ids: &'a mut IdSource,
    now: Timestamp,
}

/// Clients, grants, codes and tokens.
#[derive(Debug, Default)]
pub(super) struct Oauth {
    /// Known API keys and their secrets; any is good while there is none.
    clients: BTreeMap<Box<str>, Box<str>>,
    grants: BTreeMap<Box<str>, Grant>,
    /// Refresh tokens that were used up, and whose they were.
    spent: BTreeMap<Box<str>, Box<str>>,
    codes: BTreeMap<Box<str>, Code>,
    access: BTreeMap<Box<str>, Access>,
    /// Who consents on the next visit to the consent page.
    consenting: Option<Box<str>>,
}

const fn refuse(error: &'static str, description: &'static str) -> ApiError {
    ApiError::Oauth { status: 400, error, description }
}

const INVALID_GRANT: ApiError = refuse("invalid_grant", "The refresh token is invalid or expired.");

impl Oauth {
    pub(super) fn add_client(&mut self, id: &str, secret: &str) {
        self.clients.insert(id.into(), secret.into());
    }

    pub(super) fn consent_as(&mut self, account: &str) {
        self.consenting = Some(account.into());
    }

    pub(super) fn add_refresh_token(&mut self, account: &str, token: &str, scope: &str, now: Timestamp) {
        let scope = if scope.is_empty() { SCOPE } else { scope };
        let grant = Grant { account: account.into(), client: None, scope: scope.into(), used_at: now };
        self.grants.insert(token.into(), grant);
    }

    /// The refresh tokens of an account that are good.
    pub(super) fn refresh_tokens(&self, account: &str) -> Vec<String> {
        let ours = self.grants.iter().filter(|(_, grant)| &*grant.account == account);
        ours.map(|(token, _)| token.to_string()).collect()
    }

    /// As if the customer withdrew the app's access.
    pub(super) fn revoke(&mut self, account: &str) {
        self.grants.retain(|_, grant| &*grant.account != account);
        self.end_access(account);
    }

    pub(super) fn end_access(&mut self, account: &str) {
        self.access.retain(|_, access| &*access.account != account);
    }

    /// Whose access token this is, if it is still good.
    pub(super) fn session(&self, token: &str, now: Timestamp) -> Option<&Access> {
        self.access.get(token).filter(|access| now < access.expires_at)
    }

    /// The consent page, which redirects at once: to a code, or to the refusal.
    pub(super) fn authorize(
        &mut self,
        request: &SimRequest,
        first_account: Option<&str>,
        switches: &Switches,
        ids: &mut IdSource,
        now: Timestamp,
    ) -> Reply {
        let want = |name| request.query_value(name).filter(|value| !value.is_empty());
        let (Some(client), Some(redirect_uri)) = (want("client_id"), want("redirect_uri")) else {
            return Err(refuse("invalid_request", "client_id and redirect_uri are needed."));
        };
        if !self.clients.is_empty() && !self.clients.contains_key(client) {
            return Err(refuse("invalid_client", "Unknown client."));
        }
        let mut target = url::Url::parse(redirect_uri)
            .map_err(|_| refuse("invalid_request", "redirect_uri is no absolute URL."))?;
        let state = want("state").ok_or(refuse("invalid_request", "state is needed."))?;
        let account = want("account").map(Into::into).or_else(|| self.consenting.take());
        let account = account.or_else(|| first_account.map(Into::into));
        match account {
            _ if want("code_challenge").is_some() && want("code_challenge_method") != Some("S256") => {
                target.query_pairs_mut().append_pair("error", "invalid_request");
            }
            _ if want("response_type") != Some("code") => {
                target.query_pairs_mut().append_pair("error", "unsupported_response_type");
            }
            Some(account) if !switches.deny_consent => {
                let code = ids.token(43);
                target.query_pairs_mut().append_pair("code", &code);
                let scope = want("scope").unwrap_or_default().replace('+', " ").into();
                let client = client.into();
                let redirect_uri = redirect_uri.into();
                let challenge = want("code_challenge").map(Into::into);
                let code_of = Code { account, client, redirect_uri, scope, challenge, given_at: now };
                self.codes.insert(code.into(), code_of);
            }
            _ => {
                target.query_pairs_mut().append_pair("error", "access_denied");
            }
        }
        target.query_pairs_mut().append_pair("state", state);
        Ok(SimResponse::empty(302).with_header("location", target.as_str()))
    }

    /// The token endpoint. Gives the account beside the answer, so that the call can be counted.
    pub(super) fn token(
        &mut self,
        request: &SimRequest,
        switches: &Switches,
        ids: &mut IdSource,
        now: Timestamp,
    ) -> (Option<Box<str>>, Reply) {
        if request.method != Method::Post {
            return (None, Err(ApiError::MethodNotAllowed));
        }
        let form = request.form();
        let field =
            |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let client = match request.basic() {
            Some((id, secret)) if self.knows(&id, &secret) => id,
            _ => {
                let description = "Invalid value for 'client_id' or 'client_secret'.";
                return (None, Err(ApiError::Oauth { status: 401, error: "invalid_client", description }));
            }
        };
        self.access.retain(|_, access| now < access.expires_at);
        let asking = &mut Asking { client: &client, switches, ids, now };
        match field("grant_type") {
            "refresh_token" => self.refresh(field("refresh_token"), asking),
            "authorization_code" => {
                let shown = (field("code"), field("redirect_uri"), field("code_verifier"));
                self.redeem(shown, asking)
            }
            _ => (None, Err(refuse("unsupported_grant_type", "The grant type is not supported."))),
        }
    }

    fn knows(&self, id: &str, secret: &str) -> bool {
        let good = self.clients.get(id).is_some_and(|known| &**known == secret);
        good || (self.clients.is_empty() && !id.is_empty() && !secret.is_empty())
    }

    fn refresh(&mut self, token: &str, asking: &mut Asking<'_>) -> (Option<Box<str>>, Reply) {
        let Asking { client, switches, now, .. } = *asking;
        let good = |grant: &&mut Grant| {
            now.since(grant.used_at) < REFRESH_LIFE && grant.client.as_deref().is_none_or(|own| own == client)
        };
        let Some(grant) = self.grants.get_mut(token).filter(good) else {
            let owner = self.spent.get(token).cloned();
            if let Some(owner) = owner.as_deref().filter(|_| switches.reuse_revokes_grant) {
                self.revoke(owner);
            }
            return (owner, Err(INVALID_GRANT));
        };
        grant.used_at = now;
        grant.client = Some(client.into());
        let grant = grant.clone();
        let account = grant.account.clone();
        if switches.refresh_ends_access_tokens {
            self.end_access(&account);
        }
        let next = if switches.rotating_refresh_tokens {
            // Using it ends all earlier ones of this account and key, and gives the only good one.
            let earlier = |other: &Grant| other.account == account && other.client.as_deref() == Some(client);
            let ended = self.grants.iter().filter(|(_, other)| earlier(other));
            let ended: Vec<_> = ended.map(|(token, _)| token.clone()).collect();
            for token in ended {
                self.grants.remove(&token);
                self.spent.insert(token, account.clone());
            }
            let next = asking.ids.token(43);
            self.grants.insert(next.as_str().into(), grant.clone());
            next
        } else {
            token.to_owned()
        };
        let answer = self.give(&account, &grant.scope, Some(next), asking);
        (Some(account), Ok(answer))
    }

    fn redeem(
        &mut self,
        (code, redirect_uri, verifier): (&str, &str, &str),
        asking: &mut Asking<'_>,
    ) -> (Option<Box<str>>, Reply) {
        let Asking { client, switches, now, .. } = *asking;
        let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        let hash = data_encoding::BASE64URL_NOPAD.encode(hash.as_ref());
        // A code is gone with its first use, whatever came of it.
        let code = self.codes.remove(code).filter(|code| {
            now.since(code.given_at) < CODE_LIFE
                && &*code.client == client
                && &*code.redirect_uri == redirect_uri
                && code.challenge.as_deref().is_none_or(|challenge| challenge == hash)
        });
        let Some(code) = code else {
            let description = "The authorization code is invalid or has expired.";
            return (None, Err(refuse("invalid_grant", description)));
        };
        if switches.consent_ends_older_grants {
            self.grants.retain(|_, grant| grant.account != code.account);
        }
        // Without offline_access there is no refresh token, and no error either (1.3).
        let refresh =
            code.scope.split(' ').any(|scope| scope == "offline_access").then(|| asking.ids.token(43));
        if let Some(token) = &refresh {
            let (account, scope) = (code.account.clone(), code.scope.clone());
            let grant = Grant { account, client: Some(client.into()), scope, used_at: now };
            self.grants.insert(token.as_str().into(), grant);
        }
        let answer = self.give(&code.account, &code.scope, refresh, asking);
        (Some(code.account), Ok(answer))
    }

    fn give(
        &mut self,
        account: &str,
        scope: &str,
        refresh: Option<String>,
        asking: &mut Asking<'_>,
    ) -> SimResponse {
        let token = self.mint(account, asking.client, scope, asking.ids, asking.now);
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE.as_secs(),
            "access_token": token,
            "scope": scope,
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        SimResponse::json(200, &body)
    }

    /// Makes an access token: a JWT by its looks, over 1,000 characters long as the real ones are (1.4).
    pub(super) fn mint(
        &mut self,
        account: &str,
        client: &str,
        scope: &str,
        ids: &mut IdSource,
        now: Timestamp,
    ) -> String {
        let expires_at = now.plus(ACCESS_LIFE);
        let encode =
            |value: serde_json::Value| data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let head = encode(json!({"kid": "simulated", "alg": "RS256"}));
        let claims = encode(json!({
            "ver": 1, "iss": "https://simulated.invalid/oauth2/default", "sub": account, "cid": client,
            "scp": scope.split(' ').collect::<Vec<_>>(), "iat": now.as_secs(), "exp": expires_at.as_secs(),
        }));
        let token = format!("{head}.{claims}.{}", ids.token(760));
        let (account, client, scope) = (account.into(), client.into(), scope.into());
        self.access.insert(token.as_str().into(), Access { account, client, scope, expires_at });
        token
    }
}
