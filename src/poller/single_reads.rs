//! Readings of single contacts, claimed from the customer's share of the day before they are made (W5).

use crate::{
    budget::DailyClaim,
    store::{DayShare, StoreError},
};

use super::{reach::Reach, view::View};

/// Contacts read alone in one turn: more must not keep polls waiting.
pub const A_TURN: usize = 20;

/// Readings that were claimed and are not made yet.
pub struct Claim {
    day: i64,
    left: u64,
}

impl Claim {
    /// Claims so many readings of a day's `limit`, as far as it has them left. A day that has none costs no write.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn make(view: &View<'_>, reads: u64, limit: u64) -> Result<Self, StoreError> {
        let day = view.now().utc_day();
        let wanted = reads.min(view.known.single_reads_left(day, limit)?);
        if wanted == 0 {
            return Ok(Self { day, left: 0 });
        }
        let claim = DailyClaim { day, calls: wanted, limit };
        let grant = view.commit.claim_share(DayShare::SingleReads, claim).await?;
        Ok(Self { day: grant.state.day, left: grant.granted })
    }

    /// Uses so many, if there are as many left.
    pub const fn take(&mut self, reads: u64) -> bool {
        let enough = self.left >= reads;
        if enough {
            self.left -= reads;
        }
        enough
    }

    /// Makes readings that were taken, and takes back those that did not leave this machine: found needless, kept back by a limit, a doubt
    /// or a closed gate, or without a connection (E4).
    pub async fn spend<T>(
        &mut self,
        view: &View<'_>,
        reads: u64,
        make: impl AsyncFnOnce(&View<'_>) -> T,
    ) -> T {
        let cc = view.reach.cc.counting();
        let made = make(&View { reach: Reach { cc: &cc, ..view.reach }, ..*view }).await;
        self.left += reads.saturating_sub(cc.calls_made());
        made
    }

    /// Gives back what is left.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn end(self, view: &View<'_>) -> Result<(), StoreError> {
        if self.left == 0 {
            return Ok(());
        }
        view.commit.give_back_share(DayShare::SingleReads, self.day, self.left).await
    }
}
