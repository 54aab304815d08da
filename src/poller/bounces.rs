//! Bounces (P4): the summaries of all campaigns are the cheap trigger; the report of a campaign that gained some is read,
//! newest first, down to where it was read before.

use std::time::Duration;

use crate::{
    access::CustomerContext,
    constant_contact::{
        AccessToken, Campaign, CampaignSummary, CcError, Client, PagePath, first_bounces, first_summaries,
    },
    domain::{Bounce, ContactId, CustomerRecord, Lane, Stream, Timestamp},
    store::{CampaignMark, Fact, FactsRead},
    sync::windows::Cursor,
    turn::TurnError,
};

use super::collection::Pages;

/// How far a report is read below what was read before: reports state no order within a second, and may come late.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// More pages than a report can have: a next that never ends is refused.
const PAGES_MAX: usize = 2_000;

/// When bounces are next due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(env: &CustomerContext) -> Result<Timestamp, TurnError> {
    let read_at = env.store.cursor(Stream::Bounces)?.completed_at.filter(|at| *at <= env.now());
    Ok(read_at.map_or(Timestamp::EPOCH, |at| at.plus(env.settings.constant_contact.bounces_every)))
}

/// Reads the bounces that came since the last reading.
///
/// # Errors
/// [`TurnError`], by who acts on it; campaigns that were read until then are kept.
pub async fn read(env: &CustomerContext, record: &CustomerRecord) -> Result<(), TurnError> {
    let call = |client: Client, token: AccessToken, path: PagePath| async move {
        client.campaign_summaries_page(&token, &path).await
    };
    let mut summaries: Vec<CampaignSummary> = Vec::new();
    let pages = Pages {
        customer: &env.id,
        cc: &env.cc,
        lane: Lane::Verify,
        first: first_summaries(),
        max: PAGES_MAX,
    };
    match pages.read(&mut summaries, call, |_| false).await {
        Ok(()) => {}
        Err(CcError::Forbidden { .. }) => return not_allowed(env).await,
        Err(error) => return Err(env.cc.turn_error(error)),
    }
    let marks = env.store.campaign_marks()?;
    for summary in summaries {
        if env.is_stopping() {
            return Ok(());
        }
        let mark = marks.get(&summary.campaign_id);
        if summary.bounces > mark.map_or(0, |mark| mark.bounces) {
            match read_campaign(env, &summary, mark.copied()).await? {
                Report::Read(read) => keep(env, record, &summary.campaign_id, read).await?,
                Report::Refused => not_read(env, &summary.campaign_id),
                Report::Forbidden => return not_allowed(env).await,
            }
        }
    }
    done(env).await
}

/// A grant without `campaign_data`, or a user without the privilege for reports, reads all but reports: the rest goes on
/// (B3), and a check says what to do. What these campaigns gained is read once it is allowed.
async fn not_allowed(env: &CustomerContext) -> Result<(), TurnError> {
    tracing::warn!(customer = %env.id, "the grant does not allow bounce reports (scope campaign_data, or the user's role): connect again");
    done(env).await
}

async fn done(env: &CustomerContext) -> Result<(), TurnError> {
    env.store.set_cursor(Stream::Bounces, Cursor::completed(env.now())).await?;
    Ok(())
}

/// What came of a report.
enum Report<T> {
    /// What it says.
    Read(T),
    /// Refused.
    Refused,
    /// The grant does not allow reports.
    Forbidden,
}

/// What the reports of a campaign said.
struct CampaignRead {
    /// The campaign's name; people know a campaign by it (N1).
    name: Option<String>,
    /// Its bounces.
    bounces: Vec<(ContactId, Bounce)>,
    /// How far it is read now.
    mark: CampaignMark,
}

/// Reads the bounces of one campaign down to its mark.
async fn read_campaign(
    env: &CustomerContext,
    summary: &CampaignSummary,
    mark: Option<CampaignMark>,
) -> Result<Report<CampaignRead>, TurnError> {
    let campaign = summary.campaign_id.as_str();
    let sendings = env
        .cc
        .call(Lane::Verify, |client, token| async move { client.campaign_sendings(&token, campaign).await })
        .await;
    let Campaign { name, sendings } = match sendings {
        Ok(answer) => answer.value,
        // A campaign that was deleted meanwhile has no report any more.
        Err(CcError::NotFound) => Campaign::default(),
        Err(CcError::Refused { .. }) => return Ok(Report::Refused),
        Err(CcError::Forbidden { .. }) => return Ok(Report::Forbidden),
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let since = mark.map(|mark| mark.newest.minus(OVERLAP));
    let mut all = Vec::new();
    for sending in sendings {
        match bounces_of(env, &sending, since).await? {
            Report::Read(bounces) => all.extend(bounces),
            Report::Refused => return Ok(Report::Refused),
            Report::Forbidden => return Ok(Report::Forbidden),
        }
    }
    let before = mark.map_or(Timestamp::EPOCH, |mark| mark.newest);
    let newest = all.iter().map(|(_, bounce)| bounce.at).fold(before, Timestamp::max);
    let mark = CampaignMark { bounces: summary.bounces, newest };
    Ok(Report::Read(CampaignRead { name, bounces: all, mark }))
}

/// Keeps the bounces of a campaign together with how far it is read.
async fn keep(
    env: &CustomerContext,
    record: &CustomerRecord,
    campaign: &str,
    campaign_read: CampaignRead,
) -> Result<(), TurnError> {
    let CampaignRead { name, bounces, mark } = campaign_read;
    let named = |(id, mut bounce): (ContactId, Bounce)| {
        if let Some(name) = &name {
            bounce.campaign.clone_from(name);
        }
        Fact::Bounced(id, bounce)
    };
    let facts: Vec<Fact> = bounces.into_iter().map(named).collect();
    let read = facts.len();
    let facts = FactsRead { facts, mark: Some((campaign.to_owned(), mark)) };
    let changed = env.store.observe_facts(facts, env.rules.clone(), record.stage, env.now()).await?;
    tracing::info!(customer = %env.id, campaign, read, changed, "bounces of a campaign are read");
    Ok(())
}

/// A report that is refused for now: what it gained is not counted as read, so that it is asked for again with the next
/// summaries; the other campaigns go on (B3).
fn not_read(env: &CustomerContext, campaign: &str) {
    tracing::warn!(customer = %env.id, campaign, "Constant Contact refuses a bounce report: it is asked for again");
}

/// A sending's bounces down to `since`. A sending that was deleted meanwhile has no report any more.
async fn bounces_of(
    env: &CustomerContext,
    sending: &str,
    since: Option<Timestamp>,
) -> Result<Report<Vec<(ContactId, Bounce)>>, TurnError> {
    let Ok(first) = first_bounces(sending) else { return Ok(Report::Read(Vec::new())) };
    let mut bounces = Vec::new();
    let call = |client: Client, token: AccessToken, path: PagePath| async move {
        client.bounces_page(&token, &path).await
    };
    let reached = |page: &[(ContactId, Bounce)]| {
        since.is_some_and(|since| page.iter().any(|(_, bounce)| bounce.at < since))
    };
    let pages = Pages { customer: &env.id, cc: &env.cc, lane: Lane::Verify, first, max: PAGES_MAX };
    match pages.read(&mut bounces, call, reached).await {
        Ok(()) | Err(CcError::NotFound) => Ok(Report::Read(bounces)),
        Err(CcError::Refused { .. }) => Ok(Report::Refused),
        Err(CcError::Forbidden { .. }) => Ok(Report::Forbidden),
        Err(error) => Err(env.cc.turn_error(error)),
    }
}
