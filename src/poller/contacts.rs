//! The two streams of contacts: by change and by opt-out, page by page, each page durable with its cursor (W1, W2).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::{
    access::CustomerContext,
    constant_contact::{Answer, CcError, ContactsPage, PagePath, streams},
    domain::{ContactId, CustomerRecord, Lane, Observation, Stream, Timestamp},
    store::{Page, SeenPage},
    sync::windows::{Cursor, PageFacts, Progress, Window},
    turn::TurnError,
};

use super::page;

/// Pages read in one turn: then hints and opt-outs have their turn too, however large the account.
const PAGES_A_TURN: usize = 20;
/// How far before a customer's first day its opt-outs begin where nothing tells when (P1): clocks differ.
const BEFORE_THE_FIRST_DAY: Duration = Duration::from_secs(24 * 3600);

/// A page that was read of a stream of contacts.
pub struct PageRead {
    /// How far the stream was read before.
    pub cursor: Cursor,
    /// The window that the page belongs to.
    pub window: Window,
    /// The page, and the server's time.
    pub answer: Answer<ContactsPage>,
}

/// What is known of the windows that are open, and of the server's cursors.
#[derive(Debug, Default)]
pub struct Windows {
    seen: HashMap<Stream, HashSet<u64>>,
    /// What the server's cursors carry.
    pub cursors: page::Cursors,
}

impl Windows {
    /// Hashes of the ids that the open window of a stream has shown, with these. After a restart they come from the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn show(
        &mut self,
        env: &CustomerContext,
        stream: Stream,
        window: &Window,
        ids: &[u64],
    ) -> Result<&HashSet<u64>, TurnError> {
        let seen = self.seen.entry(stream).or_default();
        if window.pages == 0 {
            seen.clear();
        } else if seen.is_empty() {
            *seen = env.store.seen_in_window(stream)?;
        }
        seen.extend(ids);
        Ok(seen)
    }

    /// Forgets what a stream's window has shown: it is over, or begins anew.
    pub fn forget(&mut self, stream: Stream) {
        self.seen.remove(&stream);
    }
}

/// Reads a stream up to the present (`true`), or so far as one turn goes (`false`: there is more).
///
/// # Errors
/// [`TurnError`], by who acts on it; pages read until then are kept.
pub async fn read(env: &CustomerContext, stream: Stream, windows: &mut Windows) -> Result<bool, TurnError> {
    for _ in 0..PAGES_A_TURN {
        if env.is_stopping() {
            return Ok(false);
        }
        let mut cursor = env.store.cursor(stream)?;
        if let Some(date) = env.cc.server_date() {
            cursor.heed(date);
        }
        let window = cursor.window(server_now(env));
        let path = path(env, stream, &window)?;
        let followed = window.next.is_some();
        let answer = match page::read(env, lane(stream), &path, followed, &mut windows.cursors).await {
            Ok(answer) => answer,
            // A cursor that the server does not take any more: the window starts anew.
            Err(CcError::Refused { status: 400 | 410, .. } | CcError::NotFound) if window.next.is_some() => {
                cursor.restart(window);
                windows.forget(stream);
                env.store.set_cursor(stream, cursor).await?;
                return Ok(false);
            }
            Err(error) => return Err(env.cc.turn_error(error)),
        };
        match keep(env, stream, windows, PageRead { cursor, window, answer }).await? {
            Progress::More => {}
            Progress::Complete => return Ok(true),
            Progress::Part | Progress::Again | Progress::Smaller => return Ok(false),
        }
    }
    Ok(false)
}

/// The server's time, as the latest answer of this poll told it (W1).
fn server_now(env: &CustomerContext) -> Timestamp {
    env.cc.server_date().unwrap_or_else(|| env.now())
}

const fn lane(stream: Stream) -> Lane {
    match stream {
        Stream::OptOuts => Lane::Consent,
        _ => Lane::Change,
    }
}

fn path(env: &CustomerContext, stream: Stream, window: &Window) -> Result<PagePath, TurnError> {
    if let Some(href) = &window.next {
        let stored = PagePath::stored(href);
        return stored
            .ok_or_else(|| TurnError::Outside("the stored cursor is no page of contacts".to_owned()));
    }
    let include = streams::Include::with_tags(env.rules.cc_tags);
    Ok(match stream {
        Stream::OptOuts => {
            // Open-ended at first, so that what the server learnt since its last answer is in.
            let end = (!window.is_open_ended()).then_some(window.to);
            streams::optouts::first(window.from.unwrap_or(Timestamp::EPOCH), end, include)
        }
        _ => streams::changes::first(window.from, Some(window.to), include),
    })
}

/// Keeps a page: what changed, the ids that it showed, and the cursor, as one group.
async fn keep(
    env: &CustomerContext,
    stream: Stream,
    windows: &mut Windows,
    read: PageRead,
) -> Result<Progress, TurnError> {
    let PageRead { mut cursor, mut window, answer } = read;
    let (page, seen_at) = (&answer.value, answer.date.unwrap_or_else(|| env.now()));
    if stream == Stream::OptOuts && window.pages == 0 && window.is_open_ended() {
        // An open-ended window ends at the server's time of its first page.
        window.to = window.to.max(Timestamp::from_secs(seen_at.as_secs()));
    }
    let (ids, observations) = changed(env, page, seen_at)?;
    let seen = windows.show(env, stream, &window, &ids)?;
    // Odd records are part of the count, and cannot be told apart: each counts once.
    let distinct = seen.len() as u64 + page.problems.len() as u64;
    let (number, whole_account, to) = (window.pages, window.from.is_none(), window.to);
    let facts = PageFacts { next: page.next.as_ref().map(PagePath::as_str), distinct, count: page.total };
    let now = env.now();
    let short_before = cursor.short_windows;
    let progress = cursor.page(window, &facts, now);
    if cursor.short_windows > short_before {
        let (stream, count) = (stream.as_str(), page.total);
        tracing::warn!(customer = %env.id, stream, distinct, count, "window returned fewer contacts than contacts_count after retries; accepting it");
    }
    let done = matches!(progress, Progress::Complete | Progress::Part);
    let mut cursors = vec![(stream, cursor)];
    if done && stream == Stream::Changes && whole_account {
        // In the same group: a kill in between would leave the customer without its stream of opt-outs.
        cursors.extend(opt_outs_from(env, to)?);
    }
    let seen_page = (progress == Progress::More).then_some(SeenPage { page: number, ids });
    let stage = env.record()?.stage;
    let kept = Page { observations, cursors, seen: seen_page, answered: Vec::new() };
    let observed = env.store.observe(kept, env.rules.clone(), stage, now).await?;
    if progress != Progress::More {
        windows.forget(stream);
    }
    if observed.new + observed.changed > 0 {
        let (new, changed) = (observed.new, observed.changed);
        tracing::debug!(customer = %env.id, stream = stream.as_str(), new, changed, "page kept");
    }
    if done && stream == Stream::Changes && whole_account {
        tracing::info!(customer = %env.id, "Constant Contact is read from the beginning: opt-outs follow from then on");
    }
    Ok(progress)
}

/// The hash by which ids are counted.
pub(super) fn hash_of(id: &ContactId) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id.to_string().as_bytes())
}

/// The ids of a page as hashes, and what is new or changed on it. An unchanged record costs one look-up, and is kept only
/// where it answers an earlier 404 (D1).
pub(super) fn changed(
    env: &CustomerContext,
    page: &ContactsPage,
    seen_at: Timestamp,
) -> Result<(Vec<u64>, Vec<Observation>), TurnError> {
    let skipped = |problem: &dyn std::fmt::Display| {
        tracing::warn!(customer = %env.id, %problem, "a record of Constant Contact was skipped");
    };
    page.problems.iter().for_each(|problem| skipped(problem));
    let mut observations = Vec::new();
    let mut ids = Vec::with_capacity(page.len());
    let missing: HashSet<ContactId> = env.store.missing()?.into_iter().map(|(id, _)| id).collect();
    for record in page.records() {
        ids.push(hash_of(&record.id));
        if env.store.fingerprint(&record.id)? == Some(record.fingerprint) && !missing.contains(&record.id) {
            continue;
        }
        match record.observe(seen_at) {
            Ok(observation) => observations.push(observation),
            Err(problem) => skipped(&problem),
        }
    }
    Ok((ids, observations))
}

/// Where the stream of opt-outs begins, unless it has begun: when the reading of the account did.
fn opt_outs_from(env: &CustomerContext, from: Timestamp) -> Result<Option<(Stream, Cursor)>, TurnError> {
    let cursor = env.store.cursor(Stream::OptOuts)?;
    let begins = cursor.upto.is_none() && cursor.open.is_none();
    Ok(begins.then_some((Stream::OptOuts, Cursor { upto: Some(from), ..cursor })))
}

/// Begins the stream of opt-outs where changes are read and it has not begun, by whatever accident: early enough. `false`
/// if it is not to begin yet, since the account itself is still being read.
///
/// # Errors
/// When the store cannot read or write.
pub async fn begin_opt_outs(env: &CustomerContext, record: &CustomerRecord) -> Result<bool, TurnError> {
    let Some(upto) = env.store.cursor(Stream::Changes)?.upto else { return Ok(false) };
    let early = record.created_at.min(upto).minus(BEFORE_THE_FIRST_DAY);
    if let Some((stream, cursor)) = opt_outs_from(env, early)? {
        tracing::warn!(customer = %env.id, "the stream of opt-outs had not begun: it is read since the customer's first day");
        env.store.set_cursor(stream, cursor).await?;
    }
    Ok(true)
}
