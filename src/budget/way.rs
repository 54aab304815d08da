//! How much the way to the other side varies, as far as answers tell: calls that leave apart by less may arrive together (W4).

use std::{collections::VecDeque, time::Duration};

/// Answers that are remembered.
const ANSWERS: usize = 64;
/// The least room, in milliseconds, also while no answer has come.
const LEAST: i64 = 100;
/// The most that answers alone bring: a slow answer is more often a slow server than a slow way.
const MOST: i64 = 500;
/// More room after each `throttled`, up to so much; each answer takes a little of it back.
const THROTTLED: i64 = 100;
const THROTTLED_MOST: i64 = 1000;
const FORGIVEN: i64 = 2;

/// The way to the other side.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    took: VecDeque<i64>,
    throttled: i64,
}

impl Way {
    /// An answer came after so long.
    pub(super) fn answered(&mut self, after: Duration) {
        if self.took.len() == ANSWERS {
            self.took.pop_front();
        }
        self.took.push_back(i64::try_from(after.as_millis()).unwrap_or(i64::MAX).min(MOST * 4));
        self.throttled = (self.throttled - FORGIVEN).max(0);
    }

    /// The server found calls too close together.
    pub(super) fn throttled(&mut self) {
        self.throttled = (self.throttled + THROTTLED).min(THROTTLED_MOST);
    }

    /// The room to be left, in milliseconds: the spread of the answers' times, which is at least the spread of the way there.
    pub(super) fn margin(&self) -> i64 {
        let (least, most) = (self.took.iter().min(), self.took.iter().max());
        let spread = most.zip(least).map_or(0, |(most, least)| most - least);
        spread.clamp(LEAST, MOST) + self.throttled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w4_the_margin_follows_the_answers_and_grows_with_each_refusal() {
        let mut way = Way::default();
        assert_eq!(way.margin(), LEAST);
        for took in [40, 340, 90] {
            way.answered(Duration::from_millis(took));
        }
        assert_eq!(way.margin(), 300);
        way.throttled();
        assert_eq!(way.margin(), 400);
        for _ in 0..ANSWERS {
            way.answered(Duration::from_millis(50));
        }
        assert_eq!(way.margin(), LEAST);
        way.answered(Duration::from_secs(60));
        assert_eq!(way.margin(), MOST, "a slow answer stops nothing");
    }
}
