//! Windows whose pages lead in a circle: they begin anew, after longer and longer waits (W7).

use std::time::Duration;

use crate::domain::Stream;

use super::windows::{Cursor, Window};

/// How long such a window waits, twice as long each time.
const WAIT: Duration = Duration::from_secs(60);
/// The longest of these waits.
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// The longest of these waits where opt-outs are read: nothing keeps an opt-out back for longer (E3).
const WAIT_MAX_OPT_OUTS: Duration = Duration::from_secs(360);

/// Attempts from which on a person is told: a window that ids fell short in is made smaller before (W2).
const TOLD_FROM: u32 = 4;

/// Begins a window anew. Gives how long it waits before.
pub fn begin_anew(stream: Stream, cursor: &mut Cursor, window: Window) -> Duration {
    let longest = if stream == Stream::OptOuts { WAIT_MAX_OPT_OUTS } else { WAIT_MAX };
    let wait = WAIT.saturating_mul(1 << window.attempt.saturating_sub(1).min(10)).min(longest);
    cursor.restart(window);
    wait
}

/// How often the open window was begun, if that is so often that it may never come to its end.
#[must_use]
pub fn attempts_told(cursor: &Cursor) -> Option<u32> {
    cursor.open.as_ref().map(|window| window.attempt).filter(|attempt| *attempt >= TOLD_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn w7_a_window_whose_pages_lead_in_a_circle_begins_anew_after_longer_and_longer_waits() {
        let mut cursor = Cursor::default();
        let waits: Vec<u64> = (0..9).map(|_| wait_of(Stream::Changes, &mut cursor)).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(cursor.open.map(|window| (window.pages, window.next)), Some((0, None)));
    }

    #[test]
    fn w7_e3_opt_outs_wait_six_minutes_at_most_and_a_person_is_told_after_some_attempts() {
        let mut cursor = Cursor::default();
        let mut told = Vec::new();
        for longest in [60, 120, 240, 360, 360] {
            assert_eq!(wait_of(Stream::OptOuts, &mut cursor), longest);
            told.push(attempts_told(&cursor));
        }
        assert_eq!(told, [None, None, Some(4), Some(5), Some(6)]);
    }

    fn wait_of(stream: Stream, cursor: &mut Cursor) -> u64 {
        let window = cursor.window(Timestamp::from_secs(1_800_000_000));
        begin_anew(stream, cursor, window).as_secs()
    }
}
