//! A paused customer: what a system refused is tried now and then, and the pause lifts itself (B3).

use super::CustomerContext;
use crate::{
    constant_contact::CcError,
    domain::{CustomerRecord, Lane, Pause, Probe, Refused, System, reference_data::QueryTerms},
    turn::{Turn, TurnError},
    virtuous::{VirtuousError, query::QueryPage},
};

impl CustomerContext {
    /// Tries the system that refused, once its time has come, for what it refused. Any other pause rests. The next try is kept before
    /// this one is made, so that no restart makes it come sooner.
    ///
    /// # Errors
    /// A pause for another account, and failures of the store. A refusal or an outage leaves the pause as it is.
    pub async fn probe(&self, pause: &Pause) -> Result<Turn, TurnError> {
        let Some(probe) = pause.probe else { return Ok(Turn::Idle(None)) };
        let (now, due) = (self.now(), probe.due(self.now()));
        if due > now {
            return Ok(Turn::Idle(Some(due)));
        }
        let next = Probe::after(probe.system, probe.of, now);
        let probed = pause.clone();
        self.store.update_customer(move |record| plan_next(record, &probed, next)).await?;
        match self.ask_for_refused(probe).await {
            Ok(()) => self.lift(pause).await,
            Err(error @ (TurnError::Store(_) | TurnError::Pause(_))) => Err(error),
            Err(error @ (TurnError::Refused { .. } | TurnError::Outside(_) | TurnError::NotNow(_))) => {
                tracing::debug!(customer = %self.id, system = probe.system.as_str(), %error, "the pause stays");
                Ok(Turn::Idle(Some(next.next)))
            }
        }
    }

    /// Lifts the pause that was tried; another pause of meanwhile stays.
    async fn lift(&self, pause: &Pause) -> Result<Turn, TurnError> {
        let (now, probed, customers) = (self.now(), pause.clone(), self.store.customers()?);
        let lift = move |record: &mut CustomerRecord| {
            record.lift_pause(&probed, customers, now);
        };
        let record = self.store.update_customer(lift).await?;
        if let Some(record) = record
            && record.pause.is_none()
        {
            let read_whole_at = record.reading_due.map(tracing::field::display);
            tracing::info!(customer = %self.id, read_whole_at, reason = %pause.reason, "customer goes on by itself: what was refused is taken again (B3)");
        }
        Ok(Turn::Progressed)
    }

    /// Whose key or grant it is comes first, where that may be another one by now (I5); then a cheap reading of what was refused, as the
    /// account is told to those that may read nothing else.
    async fn ask_for_refused(&self, Probe { system, of, .. }: Probe) -> Result<(), TurnError> {
        let accounts = self.record()?.accounts;
        if of == Refused::Access || !self.is_compared(system, accounts.of(system)) {
            self.compare_account(system, Lane::Change).await?;
        }
        match system {
            System::ConstantContact => self.ask_constant_contact(of).await,
            System::Virtuous => self.ask_virtuous().await,
        }
    }

    async fn ask_constant_contact(&self, of: Refused) -> Result<(), TurnError> {
        let read =
            self.cc.call(Lane::Change, |client, token| async move { client.read_part(&token, of).await });
        match read.await {
            // Any other word of its own says that it took the grant.
            Ok(_) | Err(CcError::NotFound | CcError::Conflict { .. } | CcError::Refused { .. }) => {}
            Err(error) => return Err(self.cc.turn_error(error)),
        }
        if !matches!(of, Refused::Writing(_)) {
            return Ok(());
        }
        // No writing is cheap: the user's privileges tell, where they are told.
        let told =
            self.cc.call(Lane::Change, |client, token| async move { client.privileges(&token).await }).await;
        match told {
            Ok(told) if !told.value.is_empty() && !told.value.iter().any(|name| name == "contacts:write") => {
                Err(TurnError::Outside("the user may not write contacts".to_owned()))
            }
            _ => Ok(()),
        }
    }

    async fn ask_virtuous(&self) -> Result<(), TurnError> {
        let page = QueryPage { take: 1, ..QueryPage::default() };
        let terms = QueryTerms::default();
        let read =
            self.virtuous.call(Lane::Change, |client| async move { client.query_full(&page, &terms).await });
        match read.await {
            Ok(_)
            | Err(
                VirtuousError::NotFound
                | VirtuousError::Conflict { .. }
                | VirtuousError::Refused { .. }
                | VirtuousError::Forbidden { .. },
            ) => Ok(()),
            Err(error) => Err(self.virtuous.turn_error(error)),
        }
    }
}

/// Keeps when the next try is, unless the pause is another one by now.
fn plan_next(record: &mut CustomerRecord, probed: &Pause, next: Probe) {
    if let Some(pause) = record.pause.as_mut().filter(|pause| pause.is_same(probed)) {
        pause.probe = Some(next);
    }
}
