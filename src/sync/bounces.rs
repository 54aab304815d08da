//! How far a campaign's bounce report counts as read (P4).

use std::time::Duration;

use crate::domain::{Bounce, Timestamp};

/// How long a bounce waits for its unknown contact to be read: a contact that stays unknown for longer is gone.
const AWAITED: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long after a sending its report is read each time: the summary counts a contact once, however often its mail comes back.
const SENT_LATELY: Duration = Duration::from_secs(7 * 24 * 3600);

/// How far a campaign's bounce report was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignMark {
    /// The campaign's number of contacts whose mail came back, when its report was read.
    pub bounces: u64,
    /// The newest bounce among them.
    pub newest: Timestamp,
    /// When it was read; `None` if that was not kept.
    pub read_at: Option<Timestamp>,
}

/// Whether a campaign's report may have gained bounces since it was read: the summary counts more contacts, or it was sent lately
/// and was last read longer ago than bounces are read.
#[must_use]
pub fn may_have_gained(
    contacts: u64,
    sent_at: Option<Timestamp>,
    mark: Option<CampaignMark>,
    now: Timestamp,
    every: Duration,
) -> bool {
    let is_sent_lately = sent_at.is_some_and(|sent| now.since(sent) < SENT_LATELY);
    let read_at = mark.and_then(|mark| mark.read_at);
    let is_read_lately = read_at.is_some_and(|at| at <= now && now.since(at) < every);
    contacts > mark.map_or(0, |mark| mark.bounces) || contacts > 0 && is_sent_lately && !is_read_lately
}

/// Whether a bounce of an unknown contact is worth waiting for.
#[must_use]
pub fn is_awaited(bounce: &Bounce, now: Timestamp) -> bool {
    now.since(bounce.at) < AWAITED
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn bounce(secs: i64) -> Bounce {
        Bounce { code: 'B', address: "ann@example.org".to_owned(), at: at(secs), campaign: "c".to_owned() }
    }

    #[test]
    fn p4_a_report_is_read_again_when_it_counts_more_contacts_or_was_sent_lately() {
        let known = CampaignMark { bounces: 2, newest: at(0), read_at: None };
        let (mark, lately, week) = (Some(known), Some(at(0)), 7 * 86_400);
        let gained = |contacts, sent, mark, now| may_have_gained(contacts, sent, mark, at(now), HOUR);
        assert!(gained(3, None, mark, week) && gained(1, None, None, week));
        assert!(!gained(2, None, mark, 0) && !gained(0, lately, None, 0));
        assert!(gained(2, lately, mark, week - 1) && !gained(2, lately, mark, week));
        let read = Some(CampaignMark { read_at: Some(at(100)), ..known });
        assert!(!gained(2, lately, read, 3699) && gained(2, lately, read, 3700));
        assert!(gained(3, lately, read, 200), "the summary counts more");
        assert!(gained(2, lately, read, 99), "the clock was set back");
    }

    #[test]
    fn p4_a_bounce_of_an_unknown_contact_is_awaited_for_a_week() {
        assert!(is_awaited(&bounce(0), at(7 * 86_400 - 1)));
        assert!(!is_awaited(&bounce(0), at(7 * 86_400)));
    }
}
