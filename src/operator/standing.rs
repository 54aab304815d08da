//! What stands and needs a person, as alerts tell it.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use super::{questions::check, shown::waits::pause_remedy};
use crate::{
    alerts::{Looked, Trouble},
    config::CustomerSettings,
    deps::Deps,
    domain::{AlertKind, CustomerRecord, State, Timestamp, kept_time},
    store::{Concern, StoreError},
    sync::retry,
};

/// Dead letters of a customer that are looked at for opt-outs among them.
const FAILED_MAX: usize = 500;

/// Reads what stands. A customer of which something cannot be read silences no other (B4): it counts as not looked at.
///
/// # Errors
/// When the store cannot be read.
pub fn standing(deps: &Deps, customers: &RwLock<Vec<Arc<CustomerSettings>>>) -> Result<Looked, StoreError> {
    let now = deps.clock.now();
    let late = deps.settings.alerts.opt_out_older_than;
    let mut looked = Looked::default();
    for (id, record) in deps.store.customers_apart()? {
        let Some(record) = looked.readable(id.as_str(), record)?.flatten() else { continue };
        let settings = {
            let known = customers.read().unwrap_or_else(PoisonError::into_inner);
            known.binary_search_by(|one| one.id.cmp(&record.id)).ok().map(|at| Arc::clone(&known[at]))
        };
        // Its file is gone or wrong: nothing of it begins, and nothing of it is over.
        let Some(settings) = settings else {
            looked.unseen.insert(id.to_string());
            continue;
        };
        if record.pause.as_ref().is_some_and(|pause| pause.by_operator) {
            looked.paused_by_operator.insert(id.to_string());
        }
        let found = Customer { deps, record: &record, now };
        let counts = looked.readable(id.as_str(), deps.store.of(record.number).counts())?;
        let counted =
            |state: State| counts.as_ref().map_or(0, |counts| counts.states[usize::from(state.to_u8())]);
        let (reviews, failed) = (counted(State::Review), counted(State::Failed));
        let troubles = [
            Ok(found.pause()),
            Ok(found.brake()),
            found.late_opt_out(late),
            found.refused_opt_out(failed),
            Ok(found.questions(reviews, failed)),
        ];
        let mut told = Vec::new();
        for trouble in troubles {
            told.extend(looked.readable(id.as_str(), trouble)?.flatten());
        }
        looked.standing.extend(told.into_iter().map(|found| Trouble {
            kind: found.0,
            customer: Some(record.id.clone()),
            name: settings.name.clone(),
            what: found.1,
            remedy: found.2,
        }));
    }
    let backup = check::late_backup(deps, now);
    let backup = looked.readable("", backup)?.flatten().map(|(what, remedy)| Trouble {
        kind: AlertKind::BackupLate,
        customer: None,
        name: String::new(),
        what,
        remedy,
    });
    looked.standing.extend(backup);
    Ok(looked)
}

impl Looked {
    /// A value, if it can be read; else what it is of counts as not looked at.
    fn readable<T>(&mut self, whose: &str, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        let error = match read {
            Ok(value) => return Ok(Some(value)),
            Err(error) if error.concern() == Concern::Process => return Err(error),
            Err(error) => error,
        };
        if self.unseen.insert(whose.to_owned()) {
            tracing::warn!(
                customer = whose,
                %error,
                "alerts cannot read all of it: what was told of it counts as going on; read again in a minute"
            );
        }
        Ok(None)
    }
}

/// What is wrong, and what to do.
type Found = (AlertKind, String, String);

/// A customer that is looked at.
struct Customer<'a> {
    deps: &'a Deps,
    record: &'a CustomerRecord,
    now: Timestamp,
}

impl Customer<'_> {
    /// A pause by Tandem: an operator knows of their own.
    fn pause(&self) -> Option<Found> {
        let pause = self.record.pause.as_ref().filter(|pause| !pause.by_operator)?;
        let what = format!("paused since {}: {} [{}]", pause.since, pause.reason, pause.reason.rule);
        Some((AlertKind::Paused, what, pause_remedy(&self.record.id, pause, self.now)))
    }

    fn brake(&self) -> Option<Found> {
        let held = self.record.brake.held.as_ref()?;
        let what =
            format!("the brake holds since {}: {}; {} people wait", held.since, held.reason, held.count);
        Some((AlertKind::Brake, what, check::brake_remedy(&self.record.id)))
    }

    fn late_opt_out(&self, late: Duration) -> Result<Option<Found>, StoreError> {
        // Before the import nothing is owed: nothing may be written (C4).
        if !self.record.stage.may_write() {
            return Ok(None);
        }
        let owed = self.deps.store.of(self.record.number).oldest_owed()?;
        let owed = owed.filter(|since| self.now.since(kept_time::since(*since, self.now)) >= late);
        let id = &self.record.id;
        Ok(owed.map(|since| {
            let remedy = format!(
                "look at what `tandem customer show {id}` says it waits for, and at `tandem work {id}`"
            );
            (AlertKind::OptOutLate, format!("an opt-out waits since {since}"), remedy)
        }))
    }

    fn refused_opt_out(&self, failed: u64) -> Result<Option<Found>, StoreError> {
        if failed == 0 {
            return Ok(None);
        }
        let failed = self.deps.store.of(self.record.number).attention(State::Failed, FAILED_MAX)?;
        let is_opt_out =
            |failure: &crate::domain::Failure| retry::refused_opt_out_due(failure, self.now).is_some();
        let refused = failed.iter().filter(|one| one.failure.as_ref().is_some_and(is_opt_out)).count();
        let id = &self.record.id;
        Ok((refused > 0).then(|| {
            let what = format!("opt-outs of {refused} people were refused; each is tried again every hour");
            (AlertKind::OptOutRefused, what, format!("look at the answers in `tandem work {id}`"))
        }))
    }

    fn questions(&self, reviews: u64, failed: u64) -> Option<Found> {
        let id = &self.record.id;
        (reviews + failed > 0).then(|| {
            let what = format!("{reviews} people wait for a decision, and writes to {failed} were given up");
            (AlertKind::Questions, what, format!("`tandem work {id}`"))
        })
    }
}

#[cfg(test)]
#[path = "standing_test.rs"]
mod tests;
