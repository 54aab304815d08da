//! The summaries of all campaigns, and the bounce report of one (P4).

use std::time::Duration;

use crate::{
    constant_contact::{
        AccessToken, Campaign, CampaignSummary, CcError, Client, PagePath, first_bounces, first_summaries,
    },
    domain::{Bounce, ContactId, Lane, Timestamp},
    poller::reach::Reach,
    store::CampaignMark,
    turn::TurnError,
};

use super::collection::Pages;

/// How far a report is read below what was read before: reports state no order within a second, and may come late.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// More pages than a report can have: a next that never ends is refused.
const PAGES_MAX: usize = 2_000;

/// Reads the summaries of all campaigns; `None` if the grant does not allow reports.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn summaries(reach: &Reach<'_>) -> Result<Option<Vec<CampaignSummary>>, TurnError> {
    let call = |client: Client, token: AccessToken, path: PagePath| async move {
        client.campaign_summaries_page(&token, &path).await
    };
    let mut summaries = Vec::new();
    let pages = Pages { reach, lane: Lane::Verify, first: first_summaries(), max: PAGES_MAX };
    match pages.read(&mut summaries, call, |_| false).await {
        Ok(()) => Ok(Some(summaries)),
        Err(CcError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(reach.cc.turn_error(error)),
    }
}

/// What came of a report.
pub enum Report<T> {
    /// What it says.
    Read(T),
    /// The report itself fails or is refused, with the words of the answer.
    Failed(String),
    /// The grant does not allow reports.
    Forbidden,
}

/// What the reports of a campaign said.
pub struct CampaignRead {
    /// The campaign's name; people know a campaign by it (N1).
    pub name: Option<String>,
    /// Its bounces.
    pub bounces: Vec<(ContactId, Bounce)>,
    /// How far it is read now.
    pub mark: CampaignMark,
}

/// Reads the bounces of one campaign down to its mark.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn campaign(
    reach: &Reach<'_>,
    summary: &CampaignSummary,
    mark: Option<CampaignMark>,
) -> Result<Report<CampaignRead>, TurnError> {
    let id = summary.campaign_id.as_str();
    let read_at = Some(reach.now());
    let sendings = reach
        .cc
        .call(Lane::Verify, |client, token| async move { client.campaign_sendings(&token, id).await })
        .await;
    let Campaign { name, sendings } = match sendings {
        Ok(answer) => answer.value,
        // A campaign that was deleted meanwhile has no report any more.
        Err(CcError::NotFound) => Campaign::default(),
        Err(error) => return without(reach, error),
    };
    let since = mark.map(|mark| mark.newest.minus(OVERLAP));
    let mut all = Vec::new();
    for sending in sendings {
        match bounces_of(reach, &sending, since).await? {
            Report::Read(bounces) => all.extend(bounces),
            Report::Failed(error) => return Ok(Report::Failed(error)),
            Report::Forbidden => return Ok(Report::Forbidden),
        }
    }
    let before = mark.map_or(Timestamp::EPOCH, |mark| mark.newest);
    let newest = all.iter().map(|(_, bounce)| bounce.at).fold(before, Timestamp::max);
    let mark = CampaignMark { bounces: summary.bounces, newest, read_at };
    Ok(Report::Read(CampaignRead { name, bounces: all, mark }))
}

/// A sending's bounces down to `since`. A sending that was deleted meanwhile has no report any more.
async fn bounces_of(
    reach: &Reach<'_>,
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
    let pages = Pages { reach, lane: Lane::Verify, first, max: PAGES_MAX };
    match pages.read(&mut bounces, call, reached).await {
        Ok(()) | Err(CcError::NotFound) => Ok(Report::Read(bounces)),
        Err(error) => without(reach, error),
    }
}

/// What comes of a report that is not read: a failure of it is its own (B3), but a limit, a grant that is refused and a way out that
/// is not there concern every call.
fn without<T>(reach: &Reach<'_>, error: CcError) -> Result<Report<T>, TurnError> {
    use CcError::{Conflict, Forbidden, Odd, Refused, Transient};
    match error {
        Forbidden { .. } => Ok(Report::Forbidden),
        Refused { .. } | Transient { .. } | Conflict { .. } | Odd(_) => Ok(Report::Failed(error.to_string())),
        error => Err(reach.cc.turn_error(error)),
    }
}

#[cfg(test)]
#[path = "bounces_test.rs"]
mod tests;
