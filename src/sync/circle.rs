//! Windows whose pages lead in a circle: they begin anew, after longer and longer waits (W7).

use std::time::Duration;

use super::windows::{Cursor, Window};

/// How long such a window waits, twice as long each time.
const WAIT: Duration = Duration::from_secs(60);
/// The longest of these waits: opt-outs are among what is read.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// Begins a window anew. Gives how long it waits before.
pub fn begin_anew(cursor: &mut Cursor, window: Window) -> Duration {
    let wait = WAIT.saturating_mul(1 << window.attempt.saturating_sub(1).min(10)).min(WAIT_MAX);
    cursor.restart(window);
    wait
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn w7_a_window_whose_pages_lead_in_a_circle_begins_anew_after_longer_and_longer_waits() {
        let mut cursor = Cursor::default();
        let waits: Vec<u64> = (0..9)
            .map(|_| {
                let window = cursor.window(Timestamp::from_secs(1_800_000_000));
                begin_anew(&mut cursor, window).as_secs()
            })
            .collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(cursor.open.map(|window| (window.pages, window.next)), Some((0, None)));
    }
}
