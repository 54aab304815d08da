//! How far a campaign's bounce report counts as read (P4).

use std::time::Duration;

use crate::domain::{Bounce, Timestamp};

/// How long a bounce waits for an unknown contact to be read: a contact that stays unknown for longer is gone.
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
}

impl CampaignMark {
    /// The mark as if these bounces had not been read, so that the report is read again once their contacts are known (P4).
    #[must_use]
    pub fn without(self, awaited: &[&Bounce]) -> Self {
        let earliest = awaited.iter().map(|bounce| bounce.at).min();
        Self {
            bounces: self.bounces.saturating_sub(awaited.len() as u64),
            newest: earliest.map_or(self.newest, |earliest| self.newest.min(earliest)),
        }
    }
}

/// Whether a campaign's report may have gained bounces since it was read: the summary counts more contacts, or it was sent lately.
#[must_use]
pub fn may_have_gained(
    contacts: u64,
    sent_at: Option<Timestamp>,
    mark: Option<CampaignMark>,
    now: Timestamp,
) -> bool {
    let is_sent_lately = sent_at.is_some_and(|sent| now.since(sent) < SENT_LATELY);
    contacts > mark.map_or(0, |mark| mark.bounces) || contacts > 0 && is_sent_lately
}

/// Whether a bounce of an unknown contact is worth waiting for.
#[must_use]
pub fn is_awaited(bounce: &Bounce, now: Timestamp) -> bool {
    now.since(bounce.at) < AWAITED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn bounce(secs: i64) -> Bounce {
        Bounce { code: 'B', address: "ann@example.org".to_owned(), at: at(secs), campaign: "c".to_owned() }
    }

    #[test]
    fn p4_a_report_is_read_again_from_the_earliest_bounce_that_is_awaited() {
        let mark = CampaignMark { bounces: 5, newest: at(50) };
        assert_eq!(mark.without(&[]), mark);
        let (one, other) = (bounce(20), bounce(10));
        assert_eq!(mark.without(&[&one, &other]), CampaignMark { bounces: 3, newest: at(10) });
    }

    #[test]
    fn p4_a_report_is_read_again_when_it_counts_more_contacts_or_was_sent_lately() {
        let mark = Some(CampaignMark { bounces: 2, newest: at(0) });
        let lately = Some(at(0));
        let week = 7 * 86_400;
        assert!(may_have_gained(3, None, mark, at(week)) && may_have_gained(1, None, None, at(week)));
        assert!(!may_have_gained(2, None, mark, at(0)) && !may_have_gained(0, lately, None, at(0)));
        assert!(
            may_have_gained(2, lately, mark, at(week - 1)) && !may_have_gained(2, lately, mark, at(week))
        );
    }

    #[test]
    fn p4_a_bounce_of_an_unknown_contact_is_awaited_for_a_week() {
        assert!(is_awaited(&bounce(0), at(7 * 86_400 - 1)));
        assert!(!is_awaited(&bounce(0), at(7 * 86_400)));
    }
}
