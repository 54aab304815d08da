//! Polls that hints ask for (W5): at most one a minute, fewer while they find nothing, and within a share of the day's calls.

use std::time::Duration;

use crate::{
    budget::DailyClaim,
    domain::{Timestamp, kept_time},
    store::{DayShare, Hint, StoreError},
};

use super::{reach::Reach, view::View};

/// A hint that names no known contact causes a poll, at most this often.
const AT_MOST_EVERY: Duration = Duration::from_secs(60);
/// The longest wait between two such polls while hints keep coming and the polls find nothing.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// A poll answers hints that are so old: windows end at a whole second, and what the hint speaks of may lie in the second that is not
/// over yet.
pub const SETTLES: Duration = Duration::from_secs(2);

/// The bounds of a customer's polls by hint.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The time between two polls of the customer: waits grow no longer than this.
    pub poll_every: Duration,
    /// Calls that such polls may still take today.
    pub calls_left: u64,
}

impl Bounds {
    fn wait_max(self) -> Duration {
        self.poll_every.min(WAIT_MAX).max(AT_MOST_EVERY)
    }
}

/// The polls by hint of one customer. A restart forgets when the last one was; what they took of the day is kept, so that restarts do
/// not multiply it.
#[derive(Debug, Default)]
pub struct HintPolls {
    /// When the last one began.
    last: Option<Timestamp>,
    /// Since when a hint asks for a poll that was not made yet.
    pub wished_since: Option<Timestamp>,
    /// Polls in a row, the last one left out, that found nothing.
    empty: u32,
}

impl HintPolls {
    /// When a hint causes a poll; `None` if none asks for it. `has_news`: the polls since the last time it was asked found something.
    pub fn due(
        &mut self,
        wish: Option<Hint>,
        has_news: bool,
        bounds: Bounds,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if has_news {
            self.empty = 0;
        }
        let Some(wish) = wish else {
            self.wished_since = None;
            return None;
        };
        let since = kept_time::done(self.wished_since, now).unwrap_or_else(|| wish.received_at.min(now));
        self.wished_since = Some(since);
        let settled = since.plus(SETTLES);
        // A poll of a time to come is a wrong clock's (W8).
        let last = kept_time::done(self.last, now);
        let wait = AT_MOST_EVERY.saturating_mul(1 << self.empty.min(8)).min(bounds.wait_max());
        let may_again = last.map_or(settled, |last| last.plus(wait));
        let may_call = if bounds.calls_left > 0 { settled } else { now.next_utc_midnight() };
        Some(settled.max(may_again).max(may_call))
    }

    /// A hint causes a poll now. The wait after it is twice as long as the last, unless hints had ceased for the longest wait.
    pub fn begin(&mut self, bounds: Bounds, now: Timestamp) {
        let since = self.wished_since.take().unwrap_or(now);
        let last = kept_time::done(self.last.replace(now), now);
        let keeps_coming = last.is_some_and(|last| since <= last.plus(bounds.wait_max()));
        self.empty = if keeps_coming { self.empty.saturating_add(1) } else { 0 };
    }
}

/// Makes the calls of a poll by hint, at most so many, counted on the disk before they leave: a kill in between counts too many rather
/// than too few.
///
/// # Errors
/// When the count cannot be kept.
pub async fn counted<T>(
    view: &View<'_>,
    most: u64,
    make: impl AsyncFnOnce(&View<'_>) -> T,
) -> Result<T, StoreError> {
    // What is begun ends, also where the share does in between.
    let claim = DailyClaim { day: view.now().utc_day(), calls: most, limit: u64::MAX };
    let day = view.commit.claim_share(DayShare::HintPolls, claim).await?.state.day;
    let cc = view.reach.cc.counting();
    let made = make(&View { reach: Reach { cc: &cc, ..view.reach }, ..*view }).await;
    let unused = most.saturating_sub(cc.calls_made());
    if unused > 0 {
        view.commit.give_back_share(DayShare::HintPolls, day, unused).await?;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::scripted::now, store::HintAbout};

    const BOUNDS: Bounds = Bounds { poll_every: Duration::from_secs(600), calls_left: 500 };

    fn wish(received_at: Timestamp) -> Option<Hint> {
        Some(Hint { about: HintAbout::Nobody, received_at })
    }

    /// The waits before polls while a hint comes the moment after each poll; `has_news` of the polls by their number.
    fn waits(polls: &mut HintPolls, mut at: Timestamp, has_news: impl Fn(usize) -> bool) -> Vec<u64> {
        let mut waits = Vec::new();
        for number in 0..7 {
            let due = polls.due(wish(at), has_news(number), BOUNDS, at).unwrap();
            waits.push(due.since(at).as_secs());
            at = due;
            polls.begin(BOUNDS, at);
        }
        waits
    }

    #[test]
    fn w5_polls_by_hints_that_keep_coming_wait_longer_until_one_finds_something() {
        assert_eq!(waits(&mut HintPolls::default(), now(), |_| false), [2, 60, 120, 240, 480, 600, 600]);
        assert_eq!(waits(&mut HintPolls::default(), now(), |at| at == 4), [2, 60, 120, 240, 60, 120, 240]);
        let mut often = HintPolls::default();
        let bounds = Bounds { poll_every: Duration::from_secs(5), ..BOUNDS };
        often.begin(bounds, now());
        assert_eq!(often.due(wish(now()), false, bounds, now()), Some(now().plus(AT_MOST_EVERY)));
    }

    #[test]
    fn w5_a_hint_after_a_calm_is_polled_at_once_and_the_wait_is_a_minute_again() {
        let mut polls = HintPolls::default();
        waits(&mut polls, now(), |_| false);
        let later = now().plus(Duration::from_secs(4 * 3600));
        assert_eq!(waits(&mut polls, later, |_| false)[..3], [2, 60, 120]);
        // The clock is set back by a day: the polls of tomorrow hold nothing back (W8).
        assert_eq!(waits(&mut polls, now().minus(Duration::from_secs(86_400)), |_| false)[0], 2);
    }

    #[test]
    fn w5_polls_by_hint_end_for_the_day_at_their_share_of_it() {
        let mut polls = HintPolls::default();
        let at = now().minus(SETTLES);
        assert_eq!(polls.due(wish(at), true, Bounds { calls_left: 1, ..BOUNDS }, now()), Some(now()));
        let midnight = now().next_utc_midnight();
        assert_eq!(polls.due(wish(at), true, Bounds { calls_left: 0, ..BOUNDS }, now()), Some(midnight));
        assert_eq!(polls.due(wish(at), true, BOUNDS, midnight), Some(at.plus(SETTLES)));
        assert_eq!(polls.due(None, false, BOUNDS, midnight), None);
    }
}
