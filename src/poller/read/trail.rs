//! Whether the pages of a reading come to an end: each is led to by the page before, and an answer may lead in a circle.

use std::collections::HashSet;

/// Pages in a row that show nothing new, from which on a reading leads nowhere. Records that move while pages are read repeat a page
/// or two (W2).
const BARREN_MAX: u32 = 20;

/// The pages that a reading was led to.
#[derive(Debug, Default)]
pub struct Trail {
    led_to: HashSet<u64>,
    barren: u32,
}

impl Trail {
    /// Takes in a page: where it leads, and whether it showed what no page before did. Whether the reading goes in a circle: a page
    /// leads to a page that was led to before, or many in a row show nothing new.
    pub fn circles(&mut self, next: Option<&str>, is_new: bool) -> bool {
        self.barren = if is_new { 0 } else { self.barren + 1 };
        next.is_some_and(|next| {
            let is_known = !self.led_to.insert(xxhash_rust::xxh3::xxh3_64(next.as_bytes()));
            is_known || self.barren >= BARREN_MAX
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w7_pages_that_lead_in_a_circle_or_show_nothing_new_come_to_an_end() {
        let mut trail = Trail::default();
        assert!(!trail.circles(Some("a"), true) && !trail.circles(Some("b"), true));
        assert!(!trail.circles(None, true), "the last page");
        assert!(trail.circles(Some("a"), true), "two pages that name each other");
        // A server whose cursors differ each time.
        let mut trail = Trail::default();
        let read = (0..).position(|number| trail.circles(Some(&number.to_string()), number < 100));
        assert_eq!(read, Some(100 + BARREN_MAX as usize - 1));
    }
}
