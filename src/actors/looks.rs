//! What a customer's children are to look at, on its way to the supervisor: at most one nudge of each kind, in no mailbox, so that no
//! flood of one customer loses another's, and none piles up (W5).

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::messages::Whom;

/// The nudges of one customer.
#[derive(Debug, Default)]
pub struct Looks {
    poller: AtomicBool,
    submitter: AtomicBool,
    asked: Notify,
}

impl Looks {
    /// Asks for a look, from any thread.
    pub fn ask(&self, whom: Whom) {
        if whom != Whom::Submitter {
            self.poller.store(true, Ordering::Release);
        }
        if whom != Whom::Poller {
            self.submitter.store(true, Ordering::Release);
        }
        self.asked.notify_one();
    }

    /// Waits until somebody is to look.
    pub async fn next(&self) -> Whom {
        loop {
            if let Some(whom) = self.take() {
                return whom;
            }
            self.asked.notified().await;
        }
    }

    fn take(&self) -> Option<Whom> {
        let taken = [&self.poller, &self.submitter].map(|flag| flag.swap(false, Ordering::AcqRel));
        match taken {
            [true, true] => Some(Whom::All),
            [true, false] => Some(Whom::Poller),
            [false, true] => Some(Whom::Submitter),
            [false, false] => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn w5_a_flood_of_hints_is_one_look_and_an_event_among_them_another() {
        let looks = Looks::default();
        for number in 0..5_000 {
            looks.ask(Whom::Poller);
            if number == 4_000 {
                looks.ask(Whom::Submitter);
            }
        }
        assert_eq!(looks.next().now_or_never(), Some(Whom::All));
        assert_eq!(looks.next().now_or_never(), None, "none piles up");
        looks.ask(Whom::Submitter);
        assert_eq!(looks.next().now_or_never(), Some(Whom::Submitter));
    }

    #[tokio::test]
    async fn w5_a_look_that_is_asked_for_while_it_is_waited_for_is_not_lost() {
        let looks = Looks::default();
        let mut next = std::pin::pin!(looks.next());
        assert_eq!(next.as_mut().now_or_never(), None);
        looks.ask(Whom::Poller);
        assert_eq!(next.await, Whom::Poller);
    }
}
