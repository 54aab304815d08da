//! Looks at what stands, tells what is new, and sends what waits: beside the service, which waits for none of it.

use std::{future, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use super::{decide::decide, message::Message, outbox::Outbox, trouble::Looked};
use crate::{deps::Deps, store::StoreError};

/// After a start the customers and the first backup go first: what stood before the start may be over at once.
const FIRST_AFTER: Duration = Duration::from_secs(120);
/// What stands is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Waiting messages are looked at so often.
const SEND_EVERY: Duration = Duration::from_secs(10);
/// A bug or an unreadable store ends a round; the next begins after so long.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Reads what stands.
pub type Standing = Arc<dyn Fn() -> Result<Looked, StoreError> + Send + Sync>;

/// Keeps people told, and comes to no end. A panic ends the task of a round and nothing else (B4).
pub async fn keep(deps: &Deps, standing: Standing) {
    if !deps.settings.alerts.tells_anyone() {
        if let Err(error) = deps.store.forget_alerts().await {
            tracing::warn!(%error, "alerts of earlier settings could not be forgotten; tried again at the next start");
        }
        return future::pending().await;
    }
    deps.metrics.begin_alerts();
    loop {
        // Dropped with this future, it ends the task.
        let mut round = JoinSet::new();
        round.spawn(rounds(deps.clone(), Arc::clone(&standing)));
        match round.join_next().await {
            Some(Ok(StoreError::Stopped)) => return future::pending().await,
            Some(Ok(error)) => {
                tracing::error!(%error, "alerts stopped: the store cannot be read or written for them; tried again in a minute");
            }
            _ => tracing::error!(
                "a bug: alerts stopped; they go on in a minute. Report it with the line of the panic"
            ),
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// Ends with an error of the store only.
async fn rounds(deps: Deps, standing: Standing) -> StoreError {
    let mut outbox = Outbox::default();
    let mut look_at = Instant::now() + FIRST_AFTER;
    loop {
        // However much there is to send: a slow mail server keeps no look back.
        if Instant::now() >= look_at {
            if let Err(error) = look(&deps, &standing).await {
                return error;
            }
            look_at = Instant::now() + LOOK_EVERY;
        }
        match outbox.send_next(&deps).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => return error,
        }
        tokio::time::sleep_until(look_at.min(Instant::now() + SEND_EVERY)).await;
    }
}

/// Compares what stands with what was told, and keeps what is to be told now.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) async fn look(deps: &Deps, standing: &Standing) -> Result<(), StoreError> {
    let read = Arc::clone(standing);
    let looked = deps.store.apart(move || read()).await?;
    let (settings, now) = (&deps.settings, deps.clock.now());
    let decided = decide(&looked, &deps.store.alerts_told()?, settings.alerts.repeat_every, now);
    if decided.told.is_empty() {
        return Ok(());
    }
    let queued = |message: &Message| message.queued(&settings.alerts, &settings.http.public_url, now);
    let messages = decided.messages.iter().flat_map(queued).collect();
    let lost = deps.store.queue_alerts(decided.told, messages).await?;
    if lost > 0 {
        deps.metrics.alerts_given_up("any", lost as u64);
        tracing::error!(
            lost,
            "older alerts gave way to newer ones, since too many wait: run `tandem alerts test`"
        );
    }
    Ok(())
}
