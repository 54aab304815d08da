//! The part of every limit that only the consent lane may use (P1, W4).

/// The part of a limit that only the consent lane may use, one in so many: 5 %.
const RESERVE_ONE_IN: u64 = 20;

/// The reserve within `limit`: rounded up, but never all of it, or nothing else would ever go.
pub(super) const fn reserve_of(limit: u64) -> u64 {
    let share = limit.div_ceil(RESERVE_ONE_IN);
    if share < limit { share } else { limit.saturating_sub(1) }
}
