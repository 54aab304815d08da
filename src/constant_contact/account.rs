//! Calls for the account itself: which one it is, and what the consenting user may do.
//! Source: reference/constant-contact.md 1.2 (privileges), 1.6 (account).

use serde::Deserialize;

use crate::domain;

use super::{
    AccessToken, Answer, Call, CcError, Client, body,
    wire::{self, Privilege, trimmed},
};

/// The connected account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// `encoded_account_id`: which account this is, to notice a grant of another one.
    pub id: String,
    /// The organisation's name.
    pub organisation: String,
    /// Its time zone, such as `US/Eastern`.
    pub time_zone: String,
}

impl From<Account> for domain::Account {
    fn from(Account { id, organisation, .. }: Account) -> Self {
        Self { id, name: organisation }
    }
}

impl Client {
    /// The connected account. Needs the scope `account_read`.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn account(&self, token: &AccessToken) -> Result<Answer<Account>, CcError> {
        self.call(token, Call::get("/v3/account/summary")).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: wire::Account<'_> = body::decode(&body)?;
            let text = |text: Option<&wire::Text<'_>>| trimmed(text).unwrap_or_default().to_owned();
            Ok(Account {
                id: text(wire.encoded_account_id.as_ref()),
                organisation: text(wire.organization_name.as_ref()),
                time_zone: text(wire.time_zone_id.as_ref()),
            })
        })
    }

    /// The names of the consenting user's privileges, such as `contacts:write`, sorted. Needs no scope.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn privileges(&self, token: &AccessToken) -> Result<Answer<Vec<String>>, CcError> {
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Privileges<'a>(#[serde(borrow, deserialize_with = "wire::items")] Vec<Option<Privilege<'a>>>);

        self.call(token, Call::get("/v3/account/user/privileges")).await?.try_map(|body| {
            let body = body::into_text(body);
            let Privileges(wire) = serde_json::from_str(&body)
                .map_err(|error| CcError::Odd(format!("the body is {}", body::what(&error))))?;
            let mut names: Vec<String> = wire
                .iter()
                .flatten()
                .filter_map(|privilege| trimmed(privilege.privilege_name.as_ref()))
                .map(str::to_owned)
                .collect();
            names.sort_unstable();
            Ok(names)
        })
    }
}
