//! A paused customer: the system that refused its key or grant is tried now and then, and the pause lifts itself (B3).

use super::CustomerContext;
use crate::{
    domain::{CustomerRecord, Lane, Pause, Probe},
    turn::{Turn, TurnError},
};

impl CustomerContext {
    /// Tries the system that refused, once its time has come: by whose key or grant it is, which is one cheap call and finds another
    /// account, too (I5). Any other pause rests. The next try is kept before this one is made, so that no restart makes it come sooner.
    ///
    /// # Errors
    /// A pause for another account, and failures of the store. A refusal or an outage leaves the pause as it is.
    pub async fn probe(&self, pause: &Pause) -> Result<Turn, TurnError> {
        let Some(probe) = pause.probe else { return Ok(Turn::Idle(None)) };
        let (now, due) = (self.now(), probe.due(self.now()));
        if due > now {
            return Ok(Turn::Idle(Some(due)));
        }
        let next = Probe::after(probe.system, now);
        self.store.update_customer(move |record| plan_next(record, next)).await?;
        match self.compare_account(probe.system, Lane::Change).await {
            Ok(()) => {
                let now = self.now();
                let lift = move |record: &mut CustomerRecord| {
                    if record.pause.as_ref().is_some_and(|pause| pause.probe.is_some()) {
                        record.end_pause(now);
                    }
                };
                self.store.update_customer(lift).await?;
                tracing::info!(customer = %self.id, system = probe.system.as_str(), "customer goes on by itself: the key or grant is taken again (B3)");
                Ok(Turn::Progressed)
            }
            Err(error @ (TurnError::Store(_) | TurnError::Pause(_))) => Err(error),
            Err(error @ (TurnError::Refused { .. } | TurnError::Outside(_) | TurnError::NotNow(_))) => {
                tracing::debug!(customer = %self.id, system = probe.system.as_str(), %error, "the pause stays");
                Ok(Turn::Idle(Some(next.next)))
            }
        }
    }
}

/// Keeps when the next try is, unless the pause is another one by now.
fn plan_next(record: &mut CustomerRecord, next: Probe) {
    if let Some(probe) = record.pause.as_mut().and_then(|pause| pause.probe.as_mut()) {
        *probe = next;
    }
}
