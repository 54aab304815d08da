//! Calls for campaigns and bounces (P4). Source: reference/constant-contact.md 4.

use super::{
    AccessToken, Answer, Call, CcError, Client, Page, PagePath, body,
    contacts::segment,
    reference_data::collect,
    wire::{self, BounceRow, BouncesPage, SummariesPage, Text, number, trimmed},
};
use crate::domain::{Bounce, ContactId, Timestamp};

/// What a campaign brought, in one cheap call for all campaigns: only campaigns that may have gained bounces are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignSummary {
    /// The campaign.
    pub campaign_id: String,
    /// When it was last sent.
    pub last_sent_at: Option<Timestamp>,
    /// The number of contacts whose mail came back, each counted once.
    pub bounces: u64,
    /// The number of opt-outs.
    pub opt_outs: u64,
    /// The number of complaints.
    pub complaints: u64,
}

/// A campaign, as its bounces need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Campaign {
    /// The name that the nonprofit gave it.
    pub name: Option<String>,
    /// Sendings that have a bounce report.
    pub sendings: Vec<String>,
}

/// The first page of the summaries of all campaigns.
#[must_use]
pub fn first_summaries() -> PagePath {
    PagePath::first("/v3/reports/summary_reports/email_campaign_summaries", &[("limit", "500")])
}

/// The first page of one sending's bounces, newest first, without `V` (which was delivered).
///
/// # Errors
/// [`CcError::Odd`] when the id is none.
pub fn first_bounces(campaign_activity_id: &str) -> Result<PagePath, CcError> {
    let path = segment("/v3/reports/email_reports/", campaign_activity_id)?;
    let mut query: Vec<(&str, &str)> =
        ["B", "D", "F", "S", "X", "Z"].into_iter().map(|code| ("bounce_code", code)).collect();
    query.push(("limit", "500"));
    Ok(PagePath::first(&format!("{path}/tracking/bounces"), &query))
}

impl Client {
    /// One page of campaign summaries. First: [`first_summaries`]. Needs the scope `campaign_data`.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn campaign_summaries_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<Page<CampaignSummary>>, CcError> {
        self.call(token, Call::get(at.as_str())).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: SummariesPage<'_> = body::decode(&body)?;
            collect(&wire.bulk_email_campaign_summaries, wire.links, summary, at, self.api_url())
        })
    }

    /// A campaign's name, and the ids of its sendings that have a bounce report (roles `primary_email` and `resend`).
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn campaign_sendings(
        &self,
        token: &AccessToken,
        campaign_id: &str,
    ) -> Result<Answer<Campaign>, CcError> {
        let path = segment("/v3/emails/", campaign_id)?;
        self.call(token, Call::get(path)).await?.try_map(|body| {
            let body = body::into_text(body);
            let campaign: wire::Campaign<'_> = body::decode(&body)?;
            let sendings = campaign.campaign_activities.unwrap_or_default();
            let reported = sendings
                .iter()
                .filter(|sending| matches!(trimmed(sending.role.as_ref()), Some("primary_email" | "resend")));
            let ids = reported.filter_map(|sending| trimmed(sending.campaign_activity_id.as_ref()));
            Ok(Campaign {
                name: trimmed(campaign.name.as_ref()).map(str::to_owned),
                sendings: ids.map(str::to_owned).collect(),
            })
        })
    }

    /// One page of a sending's bounces, newest first. First: [`first_bounces`]. Needs the scope `campaign_data`.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn bounces_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<Page<(ContactId, Bounce)>>, CcError> {
        self.call(token, Call::get(at.as_str())).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: BouncesPage<'_> = body::decode(&body)?;
            collect(&wire.tracking_activities, wire.links, bounce, at, self.api_url())
        })
    }
}

fn summary(wire: &wire::CampaignSummary<'_>) -> Option<CampaignSummary> {
    let counts = wire.unique_counts.as_ref();
    let count = |text: Option<&Text<'_>>| number(text).unwrap_or_default();
    Some(CampaignSummary {
        campaign_id: trimmed(wire.campaign_id.as_ref())?.to_owned(),
        last_sent_at: trimmed(wire.last_sent_date.as_ref()).and_then(Timestamp::parse),
        bounces: count(counts.and_then(|counts| counts.bounces.as_ref())),
        opt_outs: count(counts.and_then(|counts| counts.optouts.as_ref())),
        complaints: count(counts.and_then(|counts| counts.abuse.as_ref())),
    })
}

fn bounce(wire: &BounceRow<'_>) -> Option<(ContactId, Bounce)> {
    let bounce = Bounce {
        code: trimmed(wire.bounce_code.as_ref())?.chars().next()?.to_ascii_uppercase(),
        at: trimmed(wire.created_time.as_ref()).and_then(Timestamp::parse)?,
        address: trimmed(wire.email_address.as_ref())?.to_owned(),
        campaign: trimmed(wire.campaign_activity_id.as_ref()).unwrap_or_default().to_owned(),
    };
    Some((ContactId::new(trimmed(wire.contact_id.as_ref())?), bounce))
}
