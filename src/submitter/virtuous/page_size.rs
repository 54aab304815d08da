//! How many contacts of Virtuous a page holds: fewer where the other side is slow or refuses, down to the one contact at fault, which is
//! passed over and reported; more again afterwards (W7).

use std::time::Duration;

use crate::{
    access::quick_tries::QuickTries,
    domain::{Lane, Timestamp, VirtuousContactId, reference_data::QueryTerms},
    turn::TurnError,
    virtuous::{
        error::VirtuousError,
        query::{ContactPage, QueryPage, TAKE_MAX},
    },
};

use super::VirtuousSide;

/// An answer that takes longer is slow: the next page holds half as many.
const SLOW: Duration = Duration::from_secs(60);
/// An answer within this time lets the next page hold twice as many.
const QUICK: Duration = Duration::from_secs(20);
/// Contacts behind the failing contact, each asked for alone: an answer about one of them shows that the fault lies with the contacts before.
const NEIGHBOURS: usize = 3;
/// Where these fail, too, contacts ever farther behind are asked for, each so many times as far.
const FARTHER: usize = 4;
/// The farthest of them, unless more contacts failed already.
const FARTHEST: usize = 4096;
/// Failing contacts that are asked for alone before all else has its turn again.
const ALONE_AT_ONCE: usize = 50;
/// Failing contacts that are asked for alone while no contact behind them was read: an empty page past the end is no contact.
const UNPROVEN_MAX: usize = 200;

/// How many contacts the next page holds.
#[derive(Debug)]
pub struct PageSize {
    take: usize,
    /// The failing contacts that stand side by side, as far as they are known.
    run: Option<Run>,
}

/// What a page begins after, how many are skipped, and since when its contacts changed.
type Beginning = (Option<VirtuousContactId>, usize, Option<Timestamp>);

/// Contacts at the beginning of a page, each of which failed alone.
#[derive(Debug)]
struct Run {
    /// Where the page begins that they stand at the beginning of.
    begins: Beginning,
    /// How many.
    failed: usize,
    /// So many places behind the first a contact could be read.
    read_at: usize,
}

/// Whether a contact far behind can be read.
enum Farther {
    At(usize),
    Nowhere,
    /// Past so many failing ones there is only the end.
    AtTheEnd,
    Stopped,
}

impl Default for PageSize {
    fn default() -> Self {
        Self { take: TAKE_MAX, run: None }
    }
}

/// What is asked for: `page.take` is the page size's affair.
pub struct Asking<'a> {
    /// The lane of the call.
    pub lane: Lane,
    /// The organisation's words.
    pub terms: &'a QueryTerms,
    /// The page.
    pub page: QueryPage,
}

/// A page that was read.
pub struct PageTaken {
    /// The page.
    pub page: ContactPage,
    /// Contacts before it that were passed over.
    pub passed: usize,
    /// How many were asked for.
    pub take: usize,
}

impl PageSize {
    /// So many.
    #[cfg(test)]
    pub(super) const fn of(take: usize) -> Self {
        Self { take, run: None }
    }

    /// Reads a page, the smaller the more often it fails: twice more at once, then again at the next turn. `None` if something else goes
    /// before the next of many contacts that fail: asked again, it goes on with that one.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn read(
        &mut self,
        side: &VirtuousSide<'_>,
        asking: &Asking<'_>,
    ) -> Result<Option<PageTaken>, TurnError> {
        let mut tries = QuickTries::default();
        loop {
            let (began, take) = (side.now(), self.take);
            let error = match ask(side, asking, 0, take).await {
                Ok(page) => {
                    self.answered_after(side.now().since(began));
                    return Ok(Some(PageTaken { page, passed: 0, take }));
                }
                Err(error) => error,
            };
            if !may_be_of_a_contact(&error) {
                return Err(side.virtuous.turn_error(error));
            }
            if take == 1 {
                return self.pass_over(side, asking, error).await;
            }
            self.take = take.div_ceil(2);
            let next = self.take;
            // The first line of a failure is enough: what comes of it is told by the part that waits (B4).
            if take == TAKE_MAX {
                tracing::warn!(customer = %side.customer, take, next, %error, "a page of contacts of Virtuous fails: the next tries ask for fewer, down to one");
            } else {
                tracing::debug!(customer = %side.customer, take, next, %error, "a page of contacts of Virtuous fails: the next try asks for fewer");
            }
            if (side.is_stopping)() || !tries.again().await {
                return Err(side.virtuous.turn_error(error));
            }
        }
    }

    /// A single contact fails: it is passed over, with those behind it that fail alone, too, once one behind them can be read. If none can,
    /// near or far, the fault lies with no contact. Each failing contact costs a call, and now and then one far behind is asked for.
    async fn pass_over(
        &mut self,
        side: &VirtuousSide<'_>,
        asking: &Asking<'_>,
        failed: VirtuousError,
    ) -> Result<Option<PageTaken>, TurnError> {
        let begins = (asking.page.id_above, asking.page.skip, asking.page.modified_since);
        self.run.take_if(|run| run.begins != begins);
        let run = self.run.get_or_insert(Run { begins, failed: 1, read_at: 0 });
        for _ in 0..ALONE_AT_ONCE {
            if (side.is_stopping)() {
                return Ok(None);
            }
            if run.failed > NEIGHBOURS && run.read_at < run.failed {
                match farther(side, asking, run.failed).await? {
                    Farther::At(at) => run.read_at = at,
                    Farther::Stopped => return Ok(None),
                    Farther::Nowhere => {
                        self.run = None;
                        return Err(side.virtuous.turn_error(failed));
                    }
                    // The run stays: a later try does not ask for each of them again.
                    Farther::AtTheEnd => return Err(side.virtuous.turn_error(failed)),
                }
            }
            match ask(side, asking, run.failed, 1).await {
                Ok(page) => {
                    let passed = run.failed;
                    self.run = None;
                    // An outage may have ended between the two answers.
                    match ask(side, asking, 0, 1).await {
                        Ok(page) => return Ok(Some(PageTaken { page, passed: 0, take: 1 })),
                        Err(error) if may_be_of_a_contact(&error) => {}
                        Err(error) => return Err(side.virtuous.turn_error(error)),
                    }
                    tell(side, &asking.page, passed, &failed).await?;
                    return Ok(Some(PageTaken { page, passed, take: 1 }));
                }
                Err(error) if may_be_of_a_contact(&error) => run.failed += 1,
                Err(error) => return Err(side.virtuous.turn_error(error)),
            }
        }
        Ok(None)
    }

    fn answered_after(&mut self, time: Duration) {
        if time > SLOW {
            self.take = self.take.div_ceil(2);
        } else if time <= QUICK {
            self.take = (2 * self.take).min(TAKE_MAX);
        }
    }
}

/// Tells that contacts are passed over, each by its place.
async fn tell(
    side: &VirtuousSide<'_>,
    page: &QueryPage,
    passed: usize,
    failed: &VirtuousError,
) -> Result<(), TurnError> {
    let first = place(page, 0);
    tracing::error!(customer = %side.customer, passed, first, error = %failed, "contacts of Virtuous cannot be read and are passed over: open them there; check tells each until a whole reading reads it");
    let places = (0..passed).map(|behind| place(page, behind)).collect();
    side.committer().passed_over(places, side.now()).await?;
    Ok(())
}

/// Whether one of the contacts can be read that stand ever farther behind so many failing ones.
async fn farther(side: &VirtuousSide<'_>, asking: &Asking<'_>, failed: usize) -> Result<Farther, TurnError> {
    let mut at = failed * FARTHER;
    loop {
        if (side.is_stopping)() {
            return Ok(Farther::Stopped);
        }
        match ask(side, asking, at, 1).await {
            Ok(page) if page.raw_count > 0 => return Ok(Farther::At(at)),
            Ok(_) if failed < UNPROVEN_MAX => return Ok(Farther::At(at.min(UNPROVEN_MAX))),
            Ok(_) => return Ok(Farther::AtTheEnd),
            Err(error) if may_be_of_a_contact(&error) => {}
            Err(error) => return Err(side.virtuous.turn_error(error)),
        }
        at *= FARTHER;
        if at > FARTHEST {
            return Ok(Farther::Nowhere);
        }
    }
}

/// Where the contact stands that is so many places behind the first of a page, in an operator's words: its own id is not told.
fn place(page: &QueryPage, behind: usize) -> String {
    match (page.id_above, behind) {
        (Some(id), 0) => format!("the next contact after id {}", id.0),
        (Some(id), behind) => format!("contact number {} after id {}", behind + 1, id.0),
        (None, behind) => format!("contact number {} by id", page.skip + behind + 1),
    }
}

async fn ask(
    side: &VirtuousSide<'_>,
    asking: &Asking<'_>,
    passed: usize,
    take: usize,
) -> Result<ContactPage, VirtuousError> {
    let page = QueryPage { skip: asking.page.skip + passed, take, ..asking.page.clone() };
    let terms = asking.terms;
    side.virtuous.call(asking.lane, |client| async move { client.query_full(&page, terms).await }).await
}

/// Whether fewer contacts may fare better: the answer fails, is too slow or too large, or is refused.
const fn may_be_of_a_contact(error: &VirtuousError) -> bool {
    matches!(
        error,
        VirtuousError::Transient { .. }
            | VirtuousError::Odd { .. }
            | VirtuousError::Refused { status: 400 | 413 | 422, .. }
    )
}

#[cfg(test)]
#[path = "page_size_test.rs"]
mod tests;
