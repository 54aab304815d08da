//! Bounces (P4): the summaries of all campaigns are the cheap trigger; the report of a campaign that may have gained some is read,
//! newest first, down to where it was read before.

use crate::{
    domain::{Bounce, ContactId, Stream, Timestamp},
    store::{Fact, FactsRead, StoreError},
    sync::bounces,
    turn::TurnError,
};

use super::{
    read::bounces::{CampaignRead, Report, campaign, summaries},
    view::View,
};

/// When bounces are next due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(view: &View<'_>) -> Result<Timestamp, StoreError> {
    let read_at = view.known.cursor(Stream::Bounces)?.completed_at.filter(|at| *at <= view.now());
    Ok(read_at.map_or(Timestamp::EPOCH, |at| at.plus(view.settings.bounces_every)))
}

/// Reads the bounces that came since the last reading.
///
/// # Errors
/// [`TurnError`], by who acts on it; campaigns that were read until then are kept.
pub async fn read(view: &View<'_>) -> Result<(), TurnError> {
    let Some(summaries) = summaries(&view.reach).await? else { return not_allowed(view).await };
    let marks = view.known.campaign_marks()?;
    for summary in summaries {
        if view.reach.stops() {
            return Ok(());
        }
        let id = summary.campaign_id.as_str();
        let mark = marks.get(id).copied();
        if bounces::may_have_gained(summary.bounces, summary.last_sent_at, mark, view.now()) {
            match campaign(&view.reach, &summary, mark).await? {
                Report::Read(read) => keep(view, id, read).await?,
                Report::Refused => not_read(view, id),
                Report::Forbidden => return not_allowed(view).await,
            }
        }
    }
    Ok(view.commit.completed(Stream::Bounces).await?)
}

/// A grant without `campaign_data`, or a user without the privilege for reports, reads all but reports: the rest goes on
/// (B3), and a check says what to do. What these campaigns gained is read once it is allowed.
async fn not_allowed(view: &View<'_>) -> Result<(), TurnError> {
    tracing::warn!(customer = %view.reach.customer, "the grant does not allow bounce reports (scope campaign_data, or the user's role): connect again");
    Ok(view.commit.completed(Stream::Bounces).await?)
}

/// Keeps the bounces of a campaign together with how far it is read.
async fn keep(view: &View<'_>, campaign: &str, campaign_read: CampaignRead) -> Result<(), TurnError> {
    let CampaignRead { name, bounces, mark } = campaign_read;
    let named = |(id, mut bounce): (ContactId, Bounce)| {
        if let Some(name) = &name {
            bounce.campaign.clone_from(name);
        }
        Fact::Bounced(id, bounce)
    };
    let facts: Vec<Fact> = bounces.into_iter().map(named).collect();
    let read = facts.len();
    let changed = view.commit.facts(FactsRead { facts, mark: Some((campaign.to_owned(), mark)) }).await?;
    tracing::info!(customer = %view.reach.customer, campaign, read, changed, "bounces of a campaign are read");
    Ok(())
}

/// A report that is refused for now: what it gained is not counted as read, so that it is asked for again with the next
/// summaries; the other campaigns go on (B3).
fn not_read(view: &View<'_>, campaign: &str) {
    tracing::warn!(customer = %view.reach.customer, campaign, "Constant Contact refuses a bounce report: it is asked for again");
}
