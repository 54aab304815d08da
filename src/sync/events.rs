//! Which events of Virtuous have a contact read, which are known already (V1), and which readings answer them (E1).

use std::time::Duration;

use crate::domain::{ContactEvent, Timestamp, kept_time};

/// How long after an event a reading may lag behind it (E1).
const READINGS_LAG_FOR: Duration = Duration::from_secs(36 * 60);

/// What is remembered of a contact's last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSeen {
    /// The event's hash; 0 if it had none.
    pub content: u64,
    /// The newest modification date that an event of the contact named.
    pub modified_at: Option<Timestamp>,
    /// When the event came.
    pub at: Timestamp,
}

/// What an event is, by the last one about its contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Its contact is to be read; this is remembered of it.
    New(EventSeen),
    /// The same event came before.
    Double,
    /// A later event came before.
    Stale,
}

impl ContactEvent {
    /// Judges the event by what is remembered of the last one about its contact.
    #[must_use]
    pub fn judge(&self, seen: Option<EventSeen>, now: Timestamp) -> EventKind {
        if let Some(seen) = seen {
            if self.content.is_some_and(|content| seen.content == content) {
                return EventKind::Double;
            }
            if self.modified_at.is_some() && self.modified_at < seen.modified_at {
                return EventKind::Stale;
            }
        }
        // The contact is read after `now`, which answers every change before. A date beyond it orders nothing: until then, it would have
        // the contact's events passed over.
        let known = self.modified_at.map(|modified| modified.min(now));
        EventKind::New(EventSeen {
            // A real hash is 0 by chance only, which costs one reading.
            content: self.content.unwrap_or_default(),
            modified_at: known.max(seen.and_then(|seen| seen.modified_at)),
            at: now,
        })
    }
}

/// Whether a reading shows a contact from before its event, and so does not answer it: an index or a copy lags behind what the event
/// told (E1). Both dates are the contact's own; where either is not told, the reading counts. Fractions of a second stand in some
/// answers only.
#[must_use]
pub fn is_from_before(
    told: Option<Timestamp>,
    shown: Option<Timestamp>,
    received_at: Timestamp,
    now: Timestamp,
) -> bool {
    let (Some(told), Some(shown)) = (told, shown) else { return false };
    shown.as_secs() < told.as_secs() && kept_time::lasts(received_at, READINGS_LAG_FOR, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::VirtuousContactId;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn event(content: Option<u64>, modified: Option<i64>) -> ContactEvent {
        ContactEvent { contact: VirtuousContactId(7), content, modified_at: modified.map(at), told: None }
    }

    fn seen(content: u64, modified: Option<i64>) -> EventSeen {
        EventSeen { content, modified_at: modified.map(at), at: at(10) }
    }

    #[test]
    fn v1_a_double_and_an_older_event_are_known() {
        let known = Some(seen(1, Some(5)));
        assert_eq!(event(Some(1), Some(9)).judge(known, at(20)), EventKind::Double);
        assert_eq!(event(Some(2), Some(4)).judge(known, at(20)), EventKind::Stale);
        let newer = EventSeen { at: at(20), ..seen(2, Some(5)) };
        assert_eq!(event(Some(2), Some(5)).judge(known, at(20)), EventKind::New(newer));
    }

    #[test]
    fn v1_an_event_without_a_hash_or_a_date_is_always_new() {
        let newer = EventSeen { at: at(20), ..seen(0, Some(5)) };
        assert_eq!(event(None, None).judge(Some(seen(1, Some(5))), at(20)), EventKind::New(newer));
    }

    #[test]
    fn v1_a_date_that_is_still_to_come_counts_as_now() {
        let newer = EventSeen { at: at(20), ..seen(1, Some(20)) };
        assert_eq!(event(Some(1), Some(90)).judge(None, at(20)), EventKind::New(newer));
    }

    #[test]
    fn e1_a_reading_from_before_an_event_does_not_answer_it_for_as_long_as_readings_lag() {
        let is = |told: Option<i64>, shown: Option<i64>, now| {
            is_from_before(told.map(at), shown.map(at), at(0), at(now))
        };
        assert!(is(Some(5), Some(4), 10) && is(Some(5), Some(4), 2_159));
        assert!(!is(Some(5), Some(5), 10) && !is(Some(5), Some(6), 10));
        assert!(!is(Some(5), None, 10) && !is(None, Some(4), 10), "what is not told orders nothing");
        assert!(!is(Some(5), Some(4), 2_160), "none lags so long");
        assert!(!is(Some(5), Some(4), -301), "the clock was set back (W8)");
        let fraction = Timestamp::from_millis(at(5).as_millis() + 900);
        assert!(!is_from_before(Some(fraction), Some(at(5)), at(0), at(10)));
    }
}
