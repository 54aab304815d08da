//! One account.

use serde::{Deserialize, Serialize};

use super::{
    activity::Activities,
    campaign::Campaign,
    errors::ApiError,
    model::{CustomField, List, Tag},
    roster::Roster,
};
use crate::simulator::ids::Uuid;

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
