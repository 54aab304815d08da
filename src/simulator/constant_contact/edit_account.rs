//! What staff and Constant Contact do to an account, besides the API: accounts, consents, lists, fields, tags, campaigns.

use super::{
    CcSimulator, Tally,
    account::{Account, AccountSeed},
    activity::Job,
    campaign::{BounceCode, Campaign, Tracked},
    fields::FieldSeed,
    jobs,
    model::{List, Tag},
    oauth,
};
use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
};

/// Why an edit from outside cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No such account.
    #[error("there is no account {0:?}")]
    UnknownAccount(String),
    /// An account of this name is there already.
    #[error("there is an account {0:?} already")]
    AccountExists(String),
    /// No such contact, or no email on it.
    #[error("there is no contact {0} with what this needs")]
    UnknownContact(Uuid),
    /// No such list.
    #[error("there is no list {0}")]
    UnknownList(Uuid),
    /// No such campaign activity.
    #[error("there is no campaign activity {0}")]
    UnknownCampaign(Uuid),
    /// Somebody has the address.
    #[error("the address is that of contact {0}")]
    AddressTaken(Uuid),
    /// Too many memberships.
    #[error("{0}")]
    Refused(String),
}

/// The ids of a new campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct CampaignIds {
    /// The campaign's.
    pub campaign_id: Uuid,
    /// That of its `primary_email` activity, which reports go by.
    pub campaign_activity_id: Uuid,
}

impl CcSimulator {
    /// Adds an account with a grant; gives its refresh token.
    ///
    /// # Errors
    /// When one of this name is there.
    pub fn add_account(&mut self, seed: &AccountSeed, now: Timestamp) -> Result<String, EditError> {
        if self.accounts.contains_key(seed.name.as_str()) {
            return Err(EditError::AccountExists(seed.name.clone()));
        }
        let encoded_id = format!("a{}", self.ids.token(12).to_lowercase());
        self.accounts.insert(seed.name.as_str().into(), Account::new(seed, encoded_id.into()));
        let token =
            if seed.refresh_token.is_empty() { self.ids.token(43) } else { seed.refresh_token.clone() };
        self.oauth.add_refresh_token(&seed.name, &token, &seed.scope, now);
        Ok(token)
    }

    /// Makes an API key known; from then on only known ones with their secret are good.
    pub fn add_client(&mut self, client_id: &str, secret: &str) {
        self.oauth.add_client(client_id, secret);
    }

    /// The names of all accounts.
    pub fn account_names(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(AsRef::as_ref)
    }

    /// An account, to look at.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// An account, to change its flags.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn account_mut(&mut self, name: &str) -> Result<&mut Account, EditError> {
        self.accounts.get_mut(name).ok_or_else(|| EditError::UnknownAccount(name.to_owned()))
    }

    /// Who consents on the next visit to the consent page; else the first account does. The query parameter `account`
    /// of that page does the same.
    pub fn consent_as(&mut self, account: &str) {
        self.oauth.consent_as(account);
    }

    /// An access token without the token endpoint, for tests of calls.
    pub fn access_token(&mut self, account: &str, client_id: &str, now: Timestamp) -> String {
        self.oauth.mint(account, client_id, oauth::SCOPE, &mut self.ids, now)
    }

    /// The refresh tokens of an account that are good.
    #[must_use]
    pub fn refresh_tokens(&self, account: &str) -> Vec<String> {
        self.oauth.refresh_tokens(account)
    }

    /// Withdraws the app's access: refresh gives `invalid_grant`, calls give 401.
    pub fn revoke_grants(&mut self, account: &str) {
        self.oauth.revoke(account);
    }

    /// Ends the account's access tokens; its refresh tokens stay good.
    pub fn end_access_tokens(&mut self, account: &str) {
        self.oauth.end_access(account);
    }

    /// The calls so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Starts counting calls anew; the limits' meters go on.
    pub fn reset_tally(&mut self) {
        self.tally = Tally::default();
    }

    /// The calls of an API key since 00:00 UTC, as its limit counts them.
    #[must_use]
    pub fn used_today(&self, client_id: &str) -> u32 {
        self.meters.get(client_id).map_or(0, super::limits::Meter::used_today)
    }

    /// Adds a list.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn add_list(&mut self, account: &str, name: &str, now: Timestamp) -> Result<Uuid, EditError> {
        let list_id = self.ids.uuid(now);
        let at = Stamp::at(now);
        let list = List {
            list_id,
            name: name.into(),
            description: None,
            favorite: false,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        self.account_mut(account)?.lists.push(list);
        Ok(list_id)
    }

    /// Renames a list.
    ///
    /// # Errors
    /// When account or list are unknown.
    pub fn rename_list(
        &mut self,
        account: &str,
        list: Uuid,
        name: &str,
        now: Timestamp,
    ) -> Result<(), EditError> {
        let lists = &mut self.account_mut(account)?.lists;
        let known =
            lists.iter_mut().find(|known| known.list_id == list).ok_or(EditError::UnknownList(list))?;
        known.name = name.into();
        known.updated_at = Stamp::at(now);
        Ok(())
    }

    /// Deletes a list as staff do: it is gone at once, and so are its memberships.
    ///
    /// # Errors
    /// When account or list are unknown.
    pub fn delete_list(&mut self, account: &str, list: Uuid, now: Timestamp) -> Result<(), EditError> {
        let switches = self.switches.clone();
        let account = self.account_mut(account)?;
        let at = Stamp::at(now);
        let known = account.lists.iter_mut().find(|known| known.list_id == list);
        let known = known.ok_or(EditError::UnknownList(list))?;
        known.deleted_at.get_or_insert(at);
        known.updated_at = at;
        super::jobs::carry_out(account, &Job::DeleteLists { lists: vec![list] }, at, &switches);
        Ok(())
    }

    /// Adds a custom field.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn add_custom_field(
        &mut self,
        account: &str,
        seed: &FieldSeed,
        now: Timestamp,
    ) -> Result<Uuid, EditError> {
        let field = seed.plant(&mut self.ids, now);
        let id = field.custom_field_id;
        self.account_mut(account)?.custom_fields.push(field);
        Ok(id)
    }

    /// Adds a tag.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn add_tag(&mut self, account: &str, name: &str, now: Timestamp) -> Result<Uuid, EditError> {
        let tag_id = self.ids.uuid(now);
        let at = Stamp::at(now);
        let tag =
            Tag { tag_id, name: name.into(), created_at: at, updated_at: at, tag_source: "Contact".into() };
        self.account_mut(account)?.tags.push(tag);
        Ok(tag_id)
    }

    /// Sends a campaign.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn add_campaign(
        &mut self,
        account: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<CampaignIds, EditError> {
        let [id, primary, permalink] = std::array::from_fn(|_| self.ids.uuid(now));
        let account = self.account_mut(account)?;
        let mailable = |contact: &&super::Contact| contact.deleted_at.is_none() && !contact.is_unsubscribed();
        let sends = account.roster.iter().filter(mailable).count();
        account.campaigns.push(Campaign {
            id,
            name: name.into(),
            primary,
            permalink,
            sent_at: Stamp::at(now),
            sends: u32::try_from(sends).unwrap_or(u32::MAX),
            abuse: 0,
            bounces: Vec::new(),
            optouts: Vec::new(),
        });
        Ok(CampaignIds { campaign_id: id, campaign_activity_id: primary })
    }

    /// A mail of a campaign comes back. Nothing of it shows on the contact (reference 4).
    ///
    /// # Errors
    /// When account, contact or campaign activity are unknown, or the contact has no address.
    pub fn add_bounce(
        &mut self,
        account: &str,
        contact: Uuid,
        code: BounceCode,
        campaign_activity: Uuid,
        now: Timestamp,
    ) -> Result<(), EditError> {
        let account = self.account_mut(account)?;
        let address = account.roster.get(contact).and_then(|contact| contact.email.as_ref());
        let address = address.ok_or(EditError::UnknownContact(contact))?.address.clone();
        let campaign = campaign_mut(account, campaign_activity)?;
        campaign.bounces.push(Tracked {
            activity: campaign_activity,
            contact,
            address,
            at: Stamp::at(now),
            code: Some(code),
            reason: None,
        });
        Ok(())
    }

    /// Makes the next `count` bulk activities of an account fail as a whole.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn fail_activities(&mut self, account: &str, count: u32) -> Result<(), EditError> {
        self.account_mut(account)?.activities.fail_next(count);
        Ok(())
    }

    /// Carries out an account's waiting activities at once, whatever the time.
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn finish_activities(&mut self, account: &str) -> Result<(), EditError> {
        let switches = self.switches.clone();
        jobs::run_until(self.account_mut(account)?, &switches, Timestamp::FAR_FUTURE);
        Ok(())
    }
}

pub(super) fn campaign_mut(account: &mut Account, activity: Uuid) -> Result<&mut Campaign, EditError> {
    let campaign = account.campaigns.iter_mut().find(|campaign| campaign.primary == activity);
    campaign.ok_or(EditError::UnknownCampaign(activity))
}
