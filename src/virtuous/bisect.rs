//! Which row of a refused batch is at fault: halving, so that one bad row ends alone and all others go through with few
//! calls (C4; reference/virtuous.md 3.1: a 400 does not say which).

use std::ops::Range;

/// A batch on its way, cut into ever smaller parts where it is refused. Pure: the caller sends each part that
/// [`Bisection::next_part`] names and reports what came of it; a passing failure is simply not reported, and the same
/// part is next again.
///
/// One bad row among `n` costs about `2 * log2(n)` calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bisection {
    /// What is still to be sent, the next one last. `true` marks the left half of a refused part, whose right half lies
    /// directly below.
    parts: Vec<(Range<usize>, bool)>,
}

impl Bisection {
    /// A batch of so many rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        let parts = if rows == 0 { Vec::new() } else { vec![(0..rows, false)] };
        Self { parts }
    }

    /// The rows to be sent next, `None` when every row is accepted or refused.
    #[must_use]
    pub fn next_part(&self) -> Option<Range<usize>> {
        self.parts.last().map(|(part, _)| part.clone())
    }

    /// The part went through.
    pub fn accepted(&mut self) {
        let Some((_, is_left)) = self.parts.pop() else { return };
        // The fault must be in the right half, so to send that one whole would be a call for nothing.
        if is_left && let Some((right, _)) = self.parts.pop() {
            if right.len() > 1 {
                self.push_halves(&right);
            } else {
                self.parts.push((right, false));
            }
        }
    }

    /// The part was refused for good. Gives the row at fault once it stands alone.
    pub fn refused(&mut self) -> Option<usize> {
        let (part, _) = self.parts.pop()?;
        if part.len() > 1 {
            self.push_halves(&part);
            None
        } else {
            Some(part.start)
        }
    }

    fn push_halves(&mut self, part: &Range<usize>) {
        let (left, right) = halves(part);
        self.parts.push((right, false));
        self.parts.push((left, true));
    }
}

/// A part's two halves; the left one is never the longer.
fn halves(part: &Range<usize>) -> (Range<usize>, Range<usize>) {
    let middle = part.start + part.len() / 2;
    (part.start..middle, middle..part.end)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Runs a batch in which some rows are bad: the rows accepted, the rows refused, the calls.
    fn run(rows: usize, bad: &BTreeSet<usize>) -> (Vec<usize>, Vec<usize>, usize) {
        let (mut accepted, mut refused, mut calls) = (Vec::new(), Vec::new(), 0);
        let mut bisection = Bisection::new(rows);
        while let Some(part) = bisection.next_part() {
            calls += 1;
            if part.clone().any(|row| bad.contains(&row)) {
                refused.extend(bisection.refused());
            } else {
                accepted.extend(part);
                bisection.accepted();
            }
        }
        (accepted, refused, calls)
    }

    #[test]
    fn one_bad_row_is_found_with_few_calls() {
        for row in 0..128 {
            let (accepted, refused, calls) = run(128, &BTreeSet::from([row]));
            assert_eq!((accepted.len(), refused), (127, vec![row]));
            assert!(calls <= 15, "{calls} calls for row {row}");
        }
        assert_eq!(run(100, &BTreeSet::new()).2, 1);
        assert_eq!(run(0, &BTreeSet::new()).2, 0);
    }

    #[test]
    fn a_batch_that_was_only_too_large_goes_through() {
        let mut bisection = Bisection::new(100);
        let mut sent = 0;
        while let Some(part) = bisection.next_part() {
            if part.len() > 50 {
                assert_eq!(bisection.refused(), None);
            } else {
                sent += part.len();
                bisection.accepted();
            }
        }
        assert_eq!(sent, 100);
    }

    proptest! {
        #[test]
        fn every_row_ends_once_and_rightly(rows in 0usize..200, bad in proptest::collection::btree_set(0usize..200, 0..20)) {
            let bad: BTreeSet<usize> = bad.into_iter().filter(|row| *row < rows).collect();
            let (accepted, refused, _) = run(rows, &bad);
            prop_assert_eq!(&refused.iter().copied().collect::<BTreeSet<_>>(), &bad);
            prop_assert_eq!(refused.len(), bad.len());
            let all: BTreeSet<usize> = accepted.iter().chain(&refused).copied().collect();
            prop_assert_eq!(all.len(), rows);
            prop_assert_eq!(accepted.len() + refused.len(), rows);
        }
    }
}
