//! Keeps what alerts were told of, and the messages on their way: together, so that a kill neither loses a message nor tells it anew.

use std::time::Duration;

use crate::{
    domain::{AlertKind, QueuedAlert, Timestamp, ToldAlert},
    store::{
        engine::StoreError,
        handle::Store,
        tables::{alerts, keys::Key},
    },
};

/// Messages on their way at most: of more the oldest give way.
pub const ALERTS_QUEUED_MAX: usize = 256;

impl Store {
    /// Keeps new messages with what they tell. Gives how many older ones gave way.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn queue_alerts(
        &self,
        told: Vec<(AlertKind, ToldAlert)>,
        mut new: Vec<QueuedAlert>,
    ) -> Result<usize, StoreError> {
        self.write(move |reader, changes| {
            for (kind, told) in told {
                alerts::put_told(changes, kind, told)?;
            }
            let beyond = new.len().saturating_sub(ALERTS_QUEUED_MAX);
            new.drain(..beyond);
            let numbers = alerts::numbers(reader)?;
            let too_many = (numbers.len() + new.len()).saturating_sub(ALERTS_QUEUED_MAX);
            for number in &numbers[..too_many] {
                changes.delete(Key::alert_queued(*number));
            }
            let next = numbers.last().map_or(0, |last| last.wrapping_add(1));
            for (number, alert) in (next..).zip(new) {
                alerts::put(changes, number, alert)?;
            }
            Ok(too_many + beyond)
        })
        .await
    }

    /// A message arrived, or is given up.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn drop_alert(&self, number: u64) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            changes.delete(Key::alert_queued(number));
            Ok(())
        })
        .await
    }

    /// A message did not arrive: it is tried again after a wait.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn delay_alert(&self, number: u64, wait: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let Some(mut alert) = alerts::read(reader, number)? else { return Ok(()) };
            alert.attempts = alert.attempts.saturating_add(1);
            alert.next = now.plus(wait);
            alerts::put(changes, number, alert)
        })
        .await
    }

    /// Forgets all messages and all that was told: no place is named any more.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_alerts(&self) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            for number in alerts::numbers(reader)? {
                changes.delete(Key::alert_queued(number));
            }
            AlertKind::STANDING.into_iter().for_each(|kind| changes.delete(Key::alert_told(kind)));
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::AlertPlace,
        store::{Mode, Options},
    };

    fn alert(id: usize) -> QueuedAlert {
        let at = Timestamp::from_secs(1_800_000_000);
        QueuedAlert {
            id: id.to_string(),
            place: if id.is_multiple_of(2) {
                AlertPlace::Webhook
            } else {
                AlertPlace::Mail("a@example.org".to_owned())
            },
            kind: AlertKind::Paused,
            at,
            subject: "hope is paused".to_owned(),
            body: "{}".to_owned(),
            attempts: 0,
            next: at,
        }
    }

    #[tokio::test]
    async fn messages_outlast_a_restart_in_order_and_the_oldest_of_too_many_give_way() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path(), Options { mode: Mode::Inline, ..Options::default() }).unwrap();
        let store = open();
        let at = Timestamp::from_secs(1_800_000_000);
        let told = ToldAlert { at, of: ["hope".to_owned(), String::new()].into() };
        let kept = vec![(AlertKind::Paused, told.clone())];
        assert_eq!(store.queue_alerts(kept, vec![alert(0), alert(1)]).await.unwrap(), 0);
        store.delay_alert(1, Duration::from_secs(60), at).await.unwrap();
        store.stop().unwrap();
        drop(store);

        let store = open();
        assert_eq!(store.alerts_told().unwrap(), [(AlertKind::Paused, told)].into());
        let tried = QueuedAlert { attempts: 1, next: at.plus(Duration::from_secs(60)), ..alert(1) };
        assert_eq!(store.alerts_waiting().unwrap(), [(0, alert(0)), (1, tried)]);
        let many = (2..2 + ALERTS_QUEUED_MAX - 1).map(alert).collect();
        assert_eq!(store.queue_alerts(Vec::new(), many).await.unwrap(), 1);
        assert_eq!(store.alerts_waiting_count().unwrap(), ALERTS_QUEUED_MAX as u64);
        assert_eq!(store.alerts_waiting().unwrap()[0].0, 1, "the oldest gave way");
        assert_eq!(store.queue_alerts(Vec::new(), (0..300).map(alert).collect()).await.unwrap(), 300);
        let waiting = store.alerts_waiting().unwrap();
        assert_eq!((waiting.len(), waiting[0].1.id.as_str()), (ALERTS_QUEUED_MAX, "44"));

        store.drop_alert(waiting[0].0).await.unwrap();
        store.delay_alert(waiting[0].0, Duration::ZERO, at).await.unwrap();
        assert_eq!(store.alerts_waiting_count().unwrap(), 255, "what is gone does not come back");
        store.forget_alerts().await.unwrap();
        assert!(store.alerts_told().unwrap().is_empty());
        assert_eq!(store.alerts_waiting_count().unwrap(), 0);
        store.stop().unwrap();
    }
}
