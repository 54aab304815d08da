//! The hourly budget of one Virtuous organisation.
//!
//! The limit belongs to the whole organisation, and other tools eat from it unseen. So two counts hold: our own calls
//! of the last hour under our own ceiling (or the organisation's limit, if that is lower), and what the last response said was
//! left. The import lane has a smaller ceiling of its own, and the last twentieth is for consent.

use std::time::Duration;

use super::{headers::RateHeaders, reserve::reserve_of, window::HourWindow};
use crate::domain::{Lane, Timestamp, kept_time};

/// A ceiling from which on there is none: our own calls are then not counted at all.
pub const UNLIMITED: u64 = 1_000_000_000;

/// A 429 that does not say how long.
const DEFAULT_BLOCK: Duration = Duration::from_secs(60);
/// The limit is hourly, so nothing that a server says can sensibly stop us for longer.
const HOUR: Duration = Duration::from_secs(3600);
/// How long to believe a "nothing left" that names no reset: then one call finds out.
const BELIEVED_WITHOUT_RESET: Duration = Duration::from_secs(60);

/// The answer to a wish for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HourlyTake {
    /// Go.
    Granted,
    /// Not before this point; ask again then.
    Wait(Timestamp),
}

/// The budget of one organisation. Not kept over a restart: the first response's headers tell what is left.
#[derive(Debug, Clone)]
pub struct HourlyBudget {
    ceiling: u64,
    import_ceiling: u64,
    all: HourWindow,
    import: HourWindow,
    learned_limit: Option<u64>,
    report: Option<Report>,
    blocked_until: Option<Timestamp>,
}

/// What the organisation has left, as last reported and counted down since.
#[derive(Debug, Clone, Copy)]
struct Report {
    remaining: u64,
    until: Timestamp,
}

impl HourlyBudget {
    /// A budget with our own ceiling and that of the import lane; [`UNLIMITED`] or more is none.
    #[must_use]
    pub fn new(ceiling: u64, import_ceiling: u64) -> Self {
        Self {
            ceiling: ceiling.max(1),
            import_ceiling: import_ceiling.max(1),
            all: HourWindow::default(),
            import: HourWindow::default(),
            learned_limit: None,
            report: None,
            blocked_until: None,
        }
    }

    /// Changes the ceilings; what was used stays used.
    pub fn set_ceilings(&mut self, ceiling: u64, import_ceiling: u64) {
        (self.ceiling, self.import_ceiling) = (ceiling.max(1), import_ceiling.max(1));
    }

    /// Asks for one call.
    pub fn try_take(&mut self, lane: Lane, now: Timestamp) -> HourlyTake {
        match self.free_at(lane, now) {
            Some(until) => HourlyTake::Wait(until.max(now.plus(Duration::from_millis(1)))),
            None => {
                self.count(lane, now);
                HourlyTake::Granted
            }
        }
    }

    /// A call that was granted never left this machine (E4).
    pub fn give_back(&mut self, lane: Lane, now: Timestamp) {
        if self.ceiling < UNLIMITED || self.learned_limit.is_some() {
            self.all.take_back(now);
        }
        if lane == Lane::Import && self.import_ceiling < UNLIMITED {
            self.import.take_back(now);
        }
        if let Some(report) = &mut self.report {
            report.remaining += 1;
        }
    }

    /// What a response said, of whatever status but 429.
    pub fn learn(&mut self, headers: &RateHeaders, now: Timestamp) {
        if let Some(limit) = headers.limit.filter(|&limit| limit > 0) {
            self.learned_limit = Some(limit);
        }
        let Some(mut remaining) = headers.remaining else { return };
        let until = now.plus(headers.reset_in.map_or(BELIEVED_WITHOUT_RESET, |reset| reset.min(HOUR)));
        // Within one reset period calls that are still under way are not in the server's number yet, so our own count-down
        // is believed where it is lower. A later reset is a new period. The seconds are the header's precision.
        if let Some(known) = self.report_at(now)
            && headers.reset_in.is_some()
            && until.delta(known.until).num_seconds().abs() <= 1
        {
            remaining = remaining.min(known.remaining);
        }
        self.report = Some(Report { remaining, until });
    }

    /// A 429: nothing goes until it says so, in no lane.
    pub fn limited(&mut self, headers: &RateHeaders, now: Timestamp) {
        if let Some(limit) = headers.limit.filter(|&limit| limit > 0) {
            self.learned_limit = Some(limit);
        }
        let wait = headers.retry_after.or(headers.reset_in).unwrap_or(DEFAULT_BLOCK);
        let until = now.plus(wait.clamp(Duration::from_secs(1), HOUR));
        self.blocked_until = self.blocked_until.max(Some(until));
        self.report = None;
    }

    /// Calls that `lane` may make now; [`UNLIMITED`] where nothing is known to limit it.
    pub fn remaining(&mut self, lane: Lane, now: Timestamp) -> u64 {
        if self.block_at(now).is_some() {
            return 0;
        }
        let limit = self.limit();
        let reserve = self.reserve(lane);
        let own = if limit < UNLIMITED { limit.saturating_sub(self.all.count(now)) } else { UNLIMITED };
        let reported = self.report_at(now).map_or(UNLIMITED, |report| report.remaining);
        let left = own.min(reported).saturating_sub(if own.min(reported) < UNLIMITED { reserve } else { 0 });
        if lane == Lane::Import && self.import_ceiling < UNLIMITED {
            return left.min(self.import_ceiling.saturating_sub(self.import.count(now)));
        }
        left
    }

    /// The limit that holds: our own ceiling, or the organisation's where that is lower.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.learned_limit.map_or(self.ceiling, |learned| learned.min(self.ceiling))
    }

    /// When the call may go, or nothing if it may go now. Of several reasons the longest counts.
    fn free_at(&mut self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        let mut until = self.block_at(now);
        let (limit, reserve) = (self.limit(), self.reserve(lane));
        if limit < UNLIMITED {
            let usable = limit - reserve;
            if self.all.count(now) >= usable {
                until = until.max(Some(self.all.falls_to(usable - 1, now)));
            }
        }
        if let Some(report) = self.report_at(now).filter(|report| report.remaining <= reserve) {
            until = until.max(Some(report.until));
        }
        if lane == Lane::Import
            && self.import_ceiling < UNLIMITED
            && self.import.count(now) >= self.import_ceiling
        {
            until = until.max(Some(self.import.falls_to(self.import_ceiling - 1, now)));
        }
        until
    }

    fn count(&mut self, lane: Lane, now: Timestamp) {
        if self.ceiling < UNLIMITED || self.learned_limit.is_some() {
            self.all.add(now);
        }
        if lane == Lane::Import && self.import_ceiling < UNLIMITED {
            self.import.add(now);
        }
        if let Some(report) = &mut self.report {
            report.remaining = report.remaining.saturating_sub(1);
        }
    }

    /// What `lane` must leave for consent.
    fn reserve(&self, lane: Lane) -> u64 {
        let limit = self.limit();
        if lane == Lane::Consent || limit >= UNLIMITED { 0 } else { reserve_of(limit) }
    }

    fn report_at(&self, now: Timestamp) -> Option<Report> {
        self.report.filter(|report| in_force(report.until, now))
    }

    fn block_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|&until| in_force(until, now))
    }
}

/// Whether a point is still to come, and not so far off that only a clock set back can explain it.
fn in_force(until: Timestamp, now: Timestamp) -> bool {
    kept_time::waits(until, HOUR, now).is_some()
}

#[cfg(test)]
#[path = "hourly_test.rs"]
mod tests;
