//! Counts, account, campaigns, bounces, activities, and the token host's answer.
//! Sources: reference/constant-contact.md 1.4, 1.6, 4, 6.3, 7.

use serde::Deserialize;

use super::{
    lenient::{Lenient, Text, wire},
    reference_data::page,
};

wire! {
    /// `GET /contacts/counts`.
    Counts {
        total: Text<'a>,
        explicit: Text<'a>,
        implicit: Text<'a>,
        pending: Text<'a>,
        unsubscribed: Text<'a>,
    }
}

wire! {
    /// `GET /account/summary`.
    Account { encoded_account_id: Text<'a>, organization_name: Text<'a>, time_zone_id: Text<'a>, }
}

wire! {
    /// An item of `GET /account/user/privileges`.
    Privilege { privilege_name: Text<'a>, }
}

page! {
    /// `GET /reports/summary_reports/email_campaign_summaries`.
    SummariesPage { bulk_email_campaign_summaries: CampaignSummary }
}

wire! {
    /// What a campaign brought.
    CampaignSummary { campaign_id: Text<'a>, last_sent_date: Text<'a>, unique_counts: UniqueCounts<'a>, }
}

wire! {
    /// The counts of a campaign that Tandem watches.
    UniqueCounts { optouts: Text<'a>, abuse: Text<'a>, bounces: Text<'a>, }
}

wire! {
    /// `GET /emails/{campaign_id}`.
    Campaign { name: Text<'a>, campaign_activities: Vec<CampaignActivity<'a>>, }
}

wire! {
    /// A sending of a campaign.
    CampaignActivity { campaign_activity_id: Text<'a>, role: Text<'a>, }
}

page! {
    /// `GET /reports/email_reports/{campaign_activity_id}/tracking/bounces`.
    BouncesPage { tracking_activities: BounceRow }
}

wire! {
    /// A bounce.
    BounceRow {
        contact_id: Text<'a>,
        campaign_activity_id: Text<'a>,
        email_address: Text<'a>,
        bounce_code: Text<'a>,
        created_time: Text<'a>,
    }
}

wire! {
    /// A bulk activity.
    Activity {
        activity_id: Text<'a>,
        state: Text<'a>,
        activity_errors: Vec<ActivityError<'a>>,
    }
}

/// An item of `activity_errors`: text, or `{"message": ".."}` (reference/constant-contact.md 9, shape 4).
pub(in crate::constant_contact) struct ActivityError<'a>(pub(in crate::constant_contact) Text<'a>);

impl<'de: 'a, 'a> Lenient<'de> for ActivityError<'a> {
    fn lenient<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Object(fields) => {
                fields.get("message").and_then(|message| message.as_str()).unwrap_or("no message").to_owned()
            }
            _ => "no message".to_owned(),
        };
        Ok(Some(Self(text.into())))
    }
}

wire! {
    /// The token host's answer.
    TokenAnswer { access_token: Text<'a>, refresh_token: Text<'a>, expires_in: Text<'a>, }
}
