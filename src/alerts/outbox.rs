//! Sends the messages that are kept, one at a time; each place is tried on its own.

use std::{collections::BTreeMap, time::Duration};

use super::{mail, message::places, undelivered::Undelivered, webhook};
use crate::{
    config::format_duration,
    deps::Deps,
    domain::{AlertPlace, ContactId, QueuedAlert, Timestamp, kept_time},
    store::StoreError,
    sync::retry,
};

/// A message that did not arrive for so long is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3600);
/// So many tries take longer than that by a clock that is right; a clock that was ahead keeps no message for years (W8).
const TRIES_MAX: u32 = 100;
/// The longest wait between two tries, jitter included.
const WAIT_MAX: Duration = Duration::from_secs(2 * 3600);
/// After a failure a place rests so long: a server that hangs takes a try a minute, and the others wait for no more.
const REST: Duration = Duration::from_secs(60);

/// The outbox, with the places that rest. What has to outlast the process is in the store.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    resting: BTreeMap<String, Timestamp>,
    /// The place that was tried last: what is due at another one goes first.
    last: Option<&'static str>,
}

impl Outbox {
    /// Sends the oldest message that is due, at another place than the last one if there is one. Gives whether there was one.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(super) async fn send_next(&mut self, deps: &Deps) -> Result<bool, StoreError> {
        let now = deps.clock.now();
        let places = places(&deps.settings.alerts);
        let mut due = Vec::new();
        for (number, alert) in deps.store.alerts_waiting()? {
            if !places.contains(&alert.place) {
                // The place is named no more.
                deps.store.drop_alert(number).await?;
                continue;
            }
            if self.rests(&alert.place, now) || kept_time::waits(alert.next, WAIT_MAX, now).is_some() {
                continue;
            }
            due.push((number, alert));
        }
        let is_other = |alert: &QueuedAlert| self.last != Some(alert.place.as_str());
        let next = due.iter().position(|(_, alert)| is_other(alert)).unwrap_or_default();
        let Some((number, alert)) = due.into_iter().nth(next) else { return Ok(false) };
        self.last = Some(alert.place.as_str());
        if is_old(&alert, now) {
            // Of a backup that was restored, or the process was down for days: what stands is told anew.
            given_up(deps, number, &alert, "it is older than three days").await?;
            return Ok(true);
        }
        match send(deps, &alert).await {
            Ok(_) => self.arrived(deps, number, &alert).await?,
            Err(failed) => self.failed(deps, number, alert, failed).await?,
        }
        Ok(true)
    }

    /// Whether a place had a failure just now. A rest of a clock that was ahead is over (W8).
    fn rests(&self, place: &AlertPlace, now: Timestamp) -> bool {
        let rests = |name: &str| {
            self.resting.get(name).is_some_and(|until| kept_time::waits(*until, REST, now).is_some())
        };
        rests(place.as_str()) || rests(receiver(place))
    }

    /// A kill between the answer and this sends it again: receivers drop twins by the id.
    async fn arrived(&mut self, deps: &Deps, number: u64, alert: &QueuedAlert) -> Result<(), StoreError> {
        deps.store.drop_alert(number).await?;
        deps.metrics.alert_sent(alert.place.as_str(), alert.kind.as_str());
        let (place, kind) = (alert.place.as_str(), alert.kind.as_str());
        let rested = [place, receiver(&alert.place)].map(|name| self.resting.remove(name).is_some());
        if rested.contains(&true) {
            tracing::info!(place, kind, "alerts arrive again");
        }
        tracing::debug!(place, kind, "an alert arrived");
        Ok(())
    }

    async fn failed(
        &mut self,
        deps: &Deps,
        number: u64,
        alert: QueuedAlert,
        failed: Undelivered,
    ) -> Result<(), StoreError> {
        let now = deps.clock.now();
        let (place, kind, why) = (alert.place.as_str(), alert.kind.as_str(), failed.why);
        let rests = if failed.is_of_receiver { receiver(&alert.place) } else { place };
        let is_first = self.resting.insert(rests.to_owned(), now.plus(REST)).is_none();
        let attempts = alert.attempts.saturating_add(1);
        if attempts >= TRIES_MAX || is_old(&alert, now) {
            return given_up(deps, number, &alert, &why).await;
        }
        let wait = retry::wait_after(attempts, &ContactId::new(&alert.id), false);
        let wait = failed.not_before.map_or(wait, |asked| wait.max(asked)).min(WAIT_MAX);
        deps.store.delay_alert(number, wait, now).await?;
        if is_first {
            let wait = format_duration(Duration::from_secs(wait.max(REST).as_secs()));
            tracing::warn!(
                place,
                kind,
                why,
                "an alert did not arrive; tried again in {wait}, and for three days: run `tandem alerts test`"
            );
        }
        Ok(())
    }
}

/// Whether a message waited so long that it is given up.
fn is_old(alert: &QueuedAlert, now: Timestamp) -> bool {
    now.since(kept_time::since(alert.at, now)) >= GIVEN_UP_AFTER
}

async fn given_up(deps: &Deps, number: u64, alert: &QueuedAlert, why: &str) -> Result<(), StoreError> {
    let (place, kind, attempts) = (alert.place.as_str(), alert.kind.as_str(), alert.attempts);
    deps.store.drop_alert(number).await?;
    deps.metrics.alerts_given_up(place, 1);
    tracing::error!(
        place,
        kind,
        why,
        attempts,
        "an alert is given up: it did not arrive for three days; run `tandem alerts test`"
    );
    Ok(())
}

/// The receiver at a place; the webhook is its own.
fn receiver(place: &AlertPlace) -> &str {
    match place {
        AlertPlace::Webhook => place.as_str(),
        AlertPlace::Mail(address) => address,
    }
}

/// Sends one message, once. Gives what was answered.
pub(super) async fn send(deps: &Deps, alert: &QueuedAlert) -> Result<String, Undelivered> {
    let settings = &deps.settings.alerts;
    match &alert.place {
        AlertPlace::Webhook => webhook::send(&deps.transport, settings, alert).await,
        AlertPlace::Mail(to) => mail::send(settings, to, alert).await,
    }
}

#[cfg(test)]
#[path = "outbox_test.rs"]
mod tests;
