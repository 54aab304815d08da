//! One account, and what a handler is given to answer a call for it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    activities::Activities,
    errors::ApiError,
    model::{CustomField, List, Tag},
    reports::Campaign,
    roster::Roster,
    switches::Switches,
};
use crate::{
    domain::Timestamp,
    simulator::{
        ids::{Stamp, Uuid},
        wire::SimRequest,
    },
};

/// A new account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSeed {
    /// What the simulator's user calls it; also its key everywhere in the simulator.
    pub name: String,
    /// The organisation's name; the key where empty.
    pub organization_name: String,
    /// The first refresh token; one is made where empty.
    pub refresh_token: String,
    /// The scopes of its first grant, by spaces; all that Tandem needs where empty.
    pub scope: String,
    /// Such as `US/Eastern`.
    pub time_zone_id: String,
}

/// One customer's account.
#[derive(Debug)]
pub struct Account {
    /// The key.
    pub name: Box<str>,
    /// `encoded_account_id`.
    pub encoded_id: Box<str>,
    /// The organisation's name.
    pub organization_name: Box<str>,
    /// The account's time zone.
    pub time_zone_id: Box<str>,
    /// Whether the account still pays; a disabled one gets 403 (GUESS, reference 10.17).
    pub enabled: bool,
    /// Whether the consenting user may do everything; otherwise 403 (reference 10.18).
    pub privileged: bool,
    /// The contacts.
    pub roster: Roster,
    /// The lists, deleted ones included.
    pub lists: Vec<List>,
    /// The tags.
    pub tags: Vec<Tag>,
    /// The custom fields.
    pub custom_fields: Vec<CustomField>,
    /// The campaigns with their bounces and opt-outs.
    pub campaigns: Vec<Campaign>,
    /// Bulk activities, waiting and done.
    pub activities: Activities,
    /// Calls that changed something and were answered with 2xx.
    pub writes: u64,
}

impl Account {
    pub(super) fn new(seed: &AccountSeed, encoded_id: Box<str>) -> Self {
        let or = |text: &str, other: &str| if text.is_empty() { other.into() } else { text.into() };
        Self {
            name: seed.name.as_str().into(),
            encoded_id,
            organization_name: or(&seed.organization_name, &seed.name),
            time_zone_id: or(&seed.time_zone_id, "US/Eastern"),
            enabled: true,
            privileged: true,
            roster: Roster::default(),
            lists: Vec::new(),
            tags: Vec::new(),
            custom_fields: Vec::new(),
            campaigns: Vec::new(),
            activities: Activities::default(),
            writes: 0,
        }
    }

    /// The list with this id, deleted or not.
    #[must_use]
    pub fn list(&self, id: Uuid) -> Option<&List> {
        self.lists.iter().find(|list| list.list_id == id)
    }

    /// The lists that a contact may be put on: those that are known and not deleted.
    pub(super) fn check_lists(&self, ids: &[Uuid]) -> Result<(), ApiError> {
        for id in ids {
            if self.list(*id).is_none_or(|list| list.deleted_at.is_some()) {
                return Err(ApiError::Validation(format!("list_id {id} is not valid")));
            }
        }
        Ok(())
    }

    pub(super) fn check_tags(&self, ids: &[Uuid]) -> Result<(), ApiError> {
        let unknown = ids.iter().find(|id| self.tags.iter().all(|tag| tag.tag_id != **id));
        unknown.map_or(Ok(()), |id| Err(ApiError::Validation(format!("tag_id {id} is not valid"))))
    }
}

/// Gives ids, one after the other, from the seed.
#[derive(Debug)]
pub(super) struct IdSource {
    pub(super) random: fastrand::Rng,
    serial: u64,
}

impl IdSource {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), serial: 0 }
    }

    pub(super) fn uuid(&mut self, at: Timestamp) -> Uuid {
        self.serial += 1;
        Uuid::v1(at, self.serial, self.random.u64(..))
    }

    /// `length` characters as tokens have them.
    pub(super) fn token(&mut self, length: usize) -> String {
        std::iter::repeat_with(|| self.random.alphanumeric()).take(length).collect()
    }
}

/// One call for one account.
pub(super) struct Call<'a> {
    pub(super) request: &'a SimRequest,
    /// What stands in the path's placeholder.
    pub(super) capture: Option<&'a str>,
    pub(super) account: &'a mut Account,
    pub(super) switches: &'a Switches,
    pub(super) ids: &'a mut IdSource,
    pub(super) now: Timestamp,
}

impl Call<'_> {
    /// The id in the path.
    pub(super) fn id(&self) -> Result<Uuid, ApiError> {
        let text = self.capture.unwrap_or_default();
        text.parse().map_err(|_| ApiError::Validation(format!("{text} is not a valid id")))
    }

    pub(super) const fn stamp(&self) -> Stamp {
        Stamp::at(self.now)
    }

    /// The JSON body.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let kind = self.request.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/json") {
            return Err(ApiError::UnsupportedMediaType);
        }
        self.request.json().map_err(|error| ApiError::Validation(format!("malformed JSON: {error}")))
    }
}
