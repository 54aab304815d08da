//! The whole state as JSON, for control and for comparing both sides.

use serde_json::{Value, json};

use super::{
    CcSimulator,
    account::Account,
    contact_view::{ContactView, Include},
    switches::Switches,
};

impl CcSimulator {
    /// Everything that there is: per account its contacts with all sub-resources, lists, fields, tags and campaigns.
    #[must_use]
    pub fn dump(&self) -> Value {
        let accounts = self.accounts.iter();
        let accounts: serde_json::Map<String, Value> = accounts
            .map(|(name, account)| (name.to_string(), dump_account(account, &self.switches)))
            .collect();
        json!({
            "accounts": accounts,
            "calls": self.tally.to_json(),
            "switches": self.switches,
            "limits": self.limits,
            "faults": self.faults.active(),
        })
    }
}

fn dump_account(account: &Account, switches: &Switches) -> Value {
    // What is hidden from the API is not hidden here.
    let open = Switches { unsubscribed_hides_opt_in: false, deleted_at_is_date: false, ..switches.clone() };
    let contacts = account.roster.iter();
    let contacts: Vec<_> = contacts.map(|contact| ContactView::new(contact, Include::ALL, &open)).collect();
    let campaigns: Vec<Value> = account
        .campaigns
        .iter()
        .map(|campaign| {
            json!({
                "campaign_id": campaign.id, "campaign_activity_id": campaign.primary, "name": campaign.name,
                "sent_at": campaign.sent_at, "abuse": campaign.abuse,
                "bounces": campaign.bounces.len(), "optouts": campaign.optouts.len(),
            })
        })
        .collect();
    json!({
        "encoded_account_id": account.encoded_id,
        "organization_name": account.organization_name,
        "contacts": contacts,
        "lists": account.lists,
        "tags": account.tags,
        "custom_fields": account.custom_fields,
        "campaigns": campaigns,
        "activities_waiting": account.activities.waiting(),
        "writes": account.writes,
    })
}
