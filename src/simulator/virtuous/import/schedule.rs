//! When imports run.

use std::time::Duration;

use crate::{
    domain::Timestamp,
    simulator::virtuous::{organisation::Organisation, switches::Switches},
};

impl Organisation {
    /// Sets when the next automatic import is due, after `now`.
    pub(crate) fn plan_import(&mut self, now: Timestamp) {
        self.holding.due = match self.switches.import_every {
            Some(seconds) => now.plus(Duration::from_secs(seconds.max(1))),
            None => self.next_local_midnight(now),
        };
    }

    /// Takes new switches; the next import is planned anew.
    pub fn set_switches(&mut self, switches: Switches, now: Timestamp) {
        let replan = switches.import_every != self.switches.import_every;
        self.switches = switches;
        if replan {
            self.plan_import(now);
        }
    }

    fn next_local_midnight(&self, now: Timestamp) -> Timestamp {
        let tomorrow = self.local_date(now).succ_opt().unwrap_or_default();
        // Where summer time begins at midnight there is no 00:00; one hour later there is.
        let local = [0, 1].iter().find_map(|hour| {
            tomorrow.and_hms_opt(*hour, 0, 0)?.and_local_timezone(self.time_zone).earliest()
        });
        local.map_or_else(|| now.next_utc_midnight(), |at| Timestamp::from_datetime(at.to_utc()))
    }

    /// Runs the import if it is due, dated when it was due. Called before everything that looks.
    pub fn tick(&mut self, now: Timestamp) {
        if now < self.holding.due {
            return;
        }
        // Whatever is held was submitted before the due time: every call ticks first.
        let at = self.holding.due;
        if !self.switches.import_waits_for_person {
            self.run_import(at);
        }
        self.plan_import(now);
    }
}
