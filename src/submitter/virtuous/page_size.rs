//! How many contacts of Virtuous a page holds: fewer where the other side is slow or refuses, down to the one contact at fault, which is
//! passed over and reported; more again afterwards (W7).

use std::time::Duration;

use crate::{
    access::quick_tries::QuickTries,
    domain::{Lane, reference_data::QueryTerms},
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

/// How many contacts the next page holds.
#[derive(Debug)]
pub struct PageSize {
    take: usize,
}

impl Default for PageSize {
    fn default() -> Self {
        Self { take: TAKE_MAX }
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
        Self { take }
    }

    /// Reads a page, the smaller the more often it fails: twice more at once, then again at the next turn.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn read(
        &mut self,
        side: &VirtuousSide<'_>,
        asking: &Asking<'_>,
    ) -> Result<PageTaken, TurnError> {
        let mut tries = QuickTries::default();
        loop {
            let (began, take) = (side.now(), self.take);
            let error = match ask(side, asking, 0, take).await {
                Ok(page) => {
                    self.answered_after(side.now().since(began));
                    return Ok(PageTaken { page, passed: 0, take });
                }
                Err(error) => error,
            };
            if !may_be_of_a_contact(&error) {
                return Err(side.virtuous.turn_error(error));
            }
            if take == 1 {
                return pass_over(side, asking, error).await;
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

    fn answered_after(&mut self, time: Duration) {
        if time > SLOW {
            self.take = self.take.div_ceil(2);
        } else if time <= QUICK {
            self.take = (2 * self.take).min(TAKE_MAX);
        }
    }
}

/// A single contact fails: passed over if one behind it can be read. If none can, the fault lies with no contact.
async fn pass_over(
    side: &VirtuousSide<'_>,
    asking: &Asking<'_>,
    failed: VirtuousError,
) -> Result<PageTaken, TurnError> {
    for passed in 1..=NEIGHBOURS {
        if (side.is_stopping)() {
            break;
        }
        match ask(side, asking, passed, 1).await {
            Ok(page) => {
                let place = place(&asking.page);
                tracing::error!(customer = %side.customer, passed, place, error = %failed, "a contact of Virtuous cannot be read and is passed over: open it there; check tells it until a whole reading reads it");
                side.committer().passed_over(place, side.now()).await?;
                return Ok(PageTaken { page, passed, take: 1 });
            }
            Err(error) if may_be_of_a_contact(&error) => {}
            Err(error) => return Err(side.virtuous.turn_error(error)),
        }
    }
    Err(side.virtuous.turn_error(failed))
}

/// Where the contact stands, in an operator's words: its own id is not told.
fn place(page: &QueryPage) -> String {
    match page.id_above {
        Some(id) => format!("the next contact after id {}", id.0),
        None => format!("contact number {} by id", page.skip + 1),
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
