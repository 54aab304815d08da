//! What a customer may use of a key's day to read contacts of Constant Contact alone (W5).

/// The part of a day's calls that a customer may use for single contacts, one in so many: 5 %.
const SINGLE_READS_ONE_IN: u64 = 20;
/// The part of these that hints from outside leave to Tandem's own looks, one in so many.
const OWN_ONE_IN: u64 = 4;

/// Readings of single contacts that one customer may make in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleReads {
    /// By hints from outside: the last quarter is for Tandem's own looks, so that a flood of hints hides no deletion (D1).
    pub by_hints: u64,
    /// All together.
    pub all: u64,
}

impl SingleReads {
    /// The share of a key that has so many calls a day.
    #[must_use]
    pub const fn of_day(calls: u64) -> Self {
        let share = calls / SINGLE_READS_ONE_IN;
        let all = if share == 0 { 1 } else { share };
        Self { by_hints: all - all / OWN_ONE_IN, all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_single_contacts_take_a_twentieth_of_a_day_and_hints_three_quarters_of_that() {
        assert_eq!(SingleReads::of_day(10_000), SingleReads { by_hints: 375, all: 500 });
        assert_eq!(SingleReads::of_day(1), SingleReads { by_hints: 1, all: 1 });
        assert_eq!(SingleReads::of_day(u64::MAX).all, u64::MAX / 20);
    }
}
