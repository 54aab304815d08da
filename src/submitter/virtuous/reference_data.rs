//! When the reference data of Virtuous are read: at first, and again every day (S4).

use std::time::Duration;

use crate::domain::Timestamp;

/// How long reference data are good (virtuous.md 10: cache reference data one day).
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);

/// How the reference data stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never read: nothing can be planned well.
    Missing,
    /// To be read again; until then the old are used.
    Old,
    /// Good for now.
    Good,
}

impl Standing {
    /// How reference data that were read then stand now.
    #[must_use]
    pub fn of(read_at: Option<Timestamp>, now: Timestamp) -> Self {
        match read_at {
            None => Self::Missing,
            Some(at) if now.since(at) < GOOD_FOR && now >= at => Self::Good,
            Some(_) => Self::Old,
        }
    }
}

/// When reference data that were read then are to be read again.
#[must_use]
pub fn due(read_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let good = read_at.filter(|_| Standing::of(read_at, now) == Standing::Good);
    good.map_or(now, |at| at.plus(GOOD_FOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_reference_data_are_read_at_first_and_again_every_day() {
        let read_at = Timestamp::from_secs(1_800_000_000);
        let check = |read_at: Option<Timestamp>, now: Timestamp, standing: Standing, again: Timestamp| {
            assert_eq!((Standing::of(read_at, now), due(read_at, now)), (standing, again));
        };
        let tomorrow = read_at.plus(GOOD_FOR);
        check(None, read_at, Standing::Missing, read_at);
        check(Some(read_at), read_at, Standing::Good, tomorrow);
        check(Some(read_at), tomorrow.minus(Duration::from_millis(1)), Standing::Good, tomorrow);
        check(Some(read_at), tomorrow, Standing::Old, tomorrow);
        // The clock was set back since.
        let before = read_at.minus(Duration::from_secs(1));
        check(Some(read_at), before, Standing::Old, before);
    }
}
