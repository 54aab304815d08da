//! The submitter's part of the brake (B1): once all subjects that come together are planned, those that wait are counted.

use std::time::Duration;

use crate::{
    config::rules_fingerprint,
    domain::{
        Brake, Counts, CustomerId, CustomerRecord, CustomerRules, Held, Lane, Stage, Stream, Timestamp,
    },
    store::{CustomerStore, Release, StoreError},
    sync::brake::{Decision, Run, decide},
    turn::{Turn, TurnError},
};

/// How long a reading may keep subjects waiting: a reading that cannot end, as Constant Contact does not answer, must not hold
/// an opt-out for ever.
const READING_MAX: Duration = Duration::from_secs(3600);

/// The brake of one customer, at one moment.
#[derive(Clone, Copy)]
pub struct BrakeLook<'a> {
    /// The customer's name, for the log.
    pub customer: &'a CustomerId,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The customer's rules.
    pub rules: &'a CustomerRules,
    /// The moment.
    pub now: Timestamp,
}

impl BrakeLook<'_> {
    /// Plans every subject again if the mapping or the rules changed. Before all other work, so that subjects which the change
    /// concerns together are counted together.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn replan(&self, record: &CustomerRecord) -> Result<Option<Turn>, TurnError> {
        let Some(since) = record.replan_since else { return Ok(None) };
        let ours = rules_fingerprint(self.rules);
        if self.store.applied()?.is_some_and(|applied| applied.rules != ours) {
            // New rules: this generation still has the old ones, and ends any moment.
            return Ok(None);
        }
        let again = self.store.requeue_settled(record.stage.first_lane(), self.now).await?;
        self.store
            .update_customer(move |record| {
                record.replan_since = record.replan_since.filter(|at| *at != since);
            })
            .await?;
        tracing::info!(customer = %self.customer, again, "lists, fields or rules changed: subscribers are planned again");
        Ok(Some(Turn::Progressed))
    }

    /// Looks at the subjects that wait at the brake. `None` if nothing came of it.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn look(&self, record: &CustomerRecord) -> Result<Option<Turn>, TurnError> {
        let counts = self.store.counts()?;
        let (brake, now) = (&record.brake, self.now);
        if brake.accepted {
            // A person let it go on, and the process ended before all subjects were back at work.
            self.store.release(Release::Accepted, now).await?;
            return Ok(Some(Turn::Progressed));
        }
        if counts.braked == 0 {
            if brake.counting_since.is_some() || brake.held.is_some() {
                self.keep(Brake::lift).await?;
            }
            return Ok(None);
        }
        if brake.held.as_ref().is_some_and(|held| held.count == counts.braked) {
            return Ok(None);
        }
        let since = brake.counting_since.unwrap_or(now);
        if brake.counting_since.is_none() {
            self.keep(move |brake| brake.counting_since = Some(now)).await?;
        }
        let run = self.run(record, &counts, since, now)?;
        if brake.held.is_some() {
            if run.changes_known {
                self.hold(&run, now).await?;
            }
            return Ok(None);
        }
        let release = match decide(&run, self.rules) {
            Decision::Wait => return Ok(None),
            Decision::Hold => {
                self.hold(&run, now).await?;
                return Ok(None);
            }
            Decision::LetOptOutsGo => Release::OptOuts,
            Decision::LetAllGo => Release::All,
        };
        let gone = self.store.release(release, now).await?;
        Ok((gone > 0).then_some(Turn::Progressed))
    }

    /// What is known of the subjects that come together.
    fn run(
        &self,
        record: &CustomerRecord,
        counts: &Counts,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Run, StoreError> {
        let drained = |lane: Lane| -> Result<bool, StoreError> {
            Ok(self.store.next_due(&[lane])?.is_none_or(|due| due.at > now))
        };
        let read = now.since(since) >= READING_MAX || self.is_read()?;
        let opt_outs_known = read && drained(Lane::Consent)?;
        let changes_known = opt_outs_known && drained(Lane::Change)?;
        let all_known = changes_known && (record.stage != Stage::Importing || drained(Lane::Import)?);
        Ok(Run {
            waiting: counts.braked,
            passed: record.brake.done_lately(now),
            linked: counts.linked,
            opt_outs_known,
            changes_known,
            all_known,
        })
    }

    /// Whether no window is open and no hint waits: what was begun to be read is read.
    fn is_read(&self) -> Result<bool, StoreError> {
        for stream in Stream::ALL {
            if self.store.cursor(stream)?.open.is_some() {
                return Ok(false);
            }
        }
        Ok(self.store.hints(self.now, 1)?.due.is_empty())
    }

    /// Sets the brake, or counts again the subjects that wait at it.
    async fn hold(&self, run: &Run, now: Timestamp) -> Result<(), StoreError> {
        let tally = self.store.at_brake()?;
        let (count, reason) = (tally.count(), tally.reason(run));
        tracing::error!(customer = %self.customer, count, %reason, "the brake holds until somebody decides");
        self.keep(move |brake| {
            let since = brake.held.as_ref().map_or(now, |held| held.since);
            brake.held = Some(Held { since, count, reason });
        })
        .await
    }

    async fn keep(&self, change: impl FnOnce(&mut Brake) + Send + 'static) -> Result<(), StoreError> {
        self.store.update_customer(|record| change(&mut record.brake)).await.map(drop)
    }
}
