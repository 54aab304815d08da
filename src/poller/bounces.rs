//! Bounces (P4): the summaries of all campaigns are the cheap trigger; the report of a campaign that may have gained some is read,
//! newest first, down to where it was read before.

use crate::{
    domain::{Bounce, ContactId, Stream, Timestamp, asked, kept_time},
    store::{Fact, FactsRead, StoreError},
    sync::bounces,
    turn::TurnError,
};

use super::{
    put_off::PutOff,
    read::bounces::{CampaignRead, Report, campaign, summaries},
    view::View,
};

/// Reports that may fail in one turn: where every report does, the rest of the poller gets its turn between them (W6).
const FAILURES_MAX: usize = 3;

/// When bounces are next due: all of them, or a report that was put off. The first reading is over once a report that failed had its
/// further tries: until then Constant Contact is told of no opt-out that may be a bounce's (E5), and no proof opts in (P3).
///
/// # Errors
/// When the store cannot be read.
pub fn due(view: &View<'_>, put_off: &PutOff) -> Result<Timestamp, StoreError> {
    let (all, one) = (all_due(view)?, put_off.next());
    Ok(match one {
        Some(one) if put_off.rest_was_read && is_first(view)? => one,
        one => one.map_or(all, |one| one.min(all)),
    })
}

/// Whether the reports were not read once yet.
fn is_first(view: &View<'_>) -> Result<bool, StoreError> {
    Ok(view.known.cursor(Stream::Bounces)?.completed_at.is_none())
}

fn all_due(view: &View<'_>) -> Result<Timestamp, StoreError> {
    let read_at = kept_time::done(view.known.cursor(Stream::Bounces)?.completed_at, view.now());
    let asked = view.record.asked.streams;
    let due = |at: Timestamp| asked::due(asked, read_at, at.plus(view.settings.bounces_every));
    Ok(read_at.map_or(Timestamp::EPOCH, due))
}

/// Reads the bounces that came since the last reading. A report that fails is put off, and the others are read (B3).
///
/// # Errors
/// [`TurnError`], by who acts on it; campaigns that were read until then are kept.
pub async fn read(view: &View<'_>, put_off: &mut PutOff) -> Result<(), TurnError> {
    let Some(summaries) = summaries(&view.reach).await? else { return not_allowed(view, put_off).await };
    put_off.rest_was_read = false;
    put_off.keep(|campaign| summaries.iter().any(|summary| summary.campaign_id == campaign));
    let marks = view.known.campaign_marks()?;
    let (every, mut failures) = (view.settings.bounces_every, 0);
    for summary in summaries {
        if view.reach.stops() || failures == FAILURES_MAX {
            return Ok(());
        }
        let (id, now) = (summary.campaign_id.as_str(), view.now());
        let mark = marks.get(id).copied();
        if !bounces::may_have_gained(summary.bounces, summary.last_sent_at, mark, now, every) {
            put_off.went_well(id);
        } else if !put_off.waits(id, now) {
            match campaign(&view.reach, &summary, mark).await? {
                Report::Read(read) => {
                    keep(view, id, read).await?;
                    put_off.went_well(id);
                }
                Report::Failed(error) => {
                    failures += 1;
                    let wait_s = put_off.failed(id, now).as_secs();
                    not_read(view, id, &error, wait_s);
                }
                Report::Forbidden => return not_allowed(view, put_off).await,
            }
        }
    }
    if all_due(view)? <= view.now() {
        if is_first(view)? && put_off.is_awaited() {
            put_off.rest_was_read = true;
            return Ok(());
        }
        view.commit.bounces_read().await?;
    }
    Ok(())
}

/// A grant without `campaign_data`, or a user without the privilege for reports, reads all but reports: the rest goes on
/// (B3), and a check says what to do. What these campaigns gained is read once it is allowed.
async fn not_allowed(view: &View<'_>, put_off: &mut PutOff) -> Result<(), TurnError> {
    put_off.keep(|_| false);
    tracing::warn!(customer = %view.reach.customer, "the grant does not allow bounce reports (scope campaign_data, or the user's role): connect again");
    Ok(view.commit.bounces_read().await?)
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

/// What a report that fails gained is not counted as read, so that it is asked for again after its wait.
fn not_read(view: &View<'_>, campaign: &str, error: &str, wait_s: u64) {
    tracing::warn!(customer = %view.reach.customer, campaign, error, wait_s, "a bounce report cannot be read: it is asked for again, and the others are read");
}
