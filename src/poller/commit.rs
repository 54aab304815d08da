//! The one place that keeps what a turn read: no other file of the poller calls a writing verb of the store.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{
    budget::{DailyClaim, DailyGrant},
    clock::Clock,
    domain::{
        CcReferenceData, ContactId, CustomerId, CustomerRecord, CustomerRules, Deletion, DeletionProof,
        Observation, Stage, Stream, Timestamp, reading::Drift,
    },
    store::{
        Baselines, CustomerStore, DayShare, Fact, FactsRead, Hint, HintAbout, Missing, NewReferenceData,
        Observed, Page, StoreError,
    },
    sync::windows::Cursor,
};

/// Keeps what readings found.
#[derive(Clone, Copy)]
pub struct Committer<'a> {
    /// The customer's name, for the log.
    pub customer: &'a CustomerId,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The customer's rules.
    pub rules: &'a Arc<CustomerRules>,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Told when something was captured (W6).
    pub captured: &'a Notify,
}

/// Reference data that were read, with what follows from them.
pub struct Renewed {
    /// The reference data.
    pub reference: CcReferenceData,
    /// Whether the mapping is to be done again by them.
    pub is_changed: bool,
    /// Whether only a sweep can tell what they mean for the subscribers (S6).
    pub wants_sweep: bool,
}

/// A page of the sweep, to be kept with what it tells.
pub struct SweptPage {
    /// The page and its cursor.
    pub page: Page,
    /// Known contacts that the sweep did not show, if the page completes it.
    pub missing: Vec<ContactId>,
    /// When the sweep began that ended with this page.
    pub ended: Option<Timestamp>,
    /// Whether the sweep is part of a whole reading (V2).
    pub is_counted: bool,
}

impl Committer<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The customer's stage as it is now: a turn may be long.
    fn stage(&self) -> Result<Stage, StoreError> {
        Ok(self.store.record()?.map_or(Stage::Observing, |record| record.stage))
    }

    /// Keeps a page with its cursors, as one group (W1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn page(&self, page: Page) -> Result<Observed, StoreError> {
        let observed = self.store.observe(page, self.rules.clone(), self.stage()?, self.now()).await?;
        if observed.new + observed.changed > 0 {
            self.captured.notify_one();
        }
        Ok(observed)
    }

    /// Keeps contacts that were read apart from any stream.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn apart(&self, observations: Vec<Observation>) -> Result<Observed, StoreError> {
        self.page(Page::apart(observations)).await
    }

    /// Keeps where a stream stands.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn cursor(&self, stream: Stream, cursor: Cursor) -> Result<(), StoreError> {
        self.store.set_cursor(stream, cursor).await
    }

    /// Keeps that a stream without windows was read whole just now.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn completed(&self, stream: Stream) -> Result<(), StoreError> {
        self.cursor(stream, Cursor::completed(self.now())).await
    }

    /// Keeps that the bounce reports were read just now. After the first time those that waited for it go on; a kill in between leaves
    /// them to their own looks (E5, P3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn bounces_read(&self) -> Result<(), StoreError> {
        let is_first = self.store.cursor(Stream::Bounces)?.completed_at.is_none();
        self.completed(Stream::Bounces).await?;
        if is_first && self.store.requeue_for_bounces(self.now()).await? > 0 {
            self.captured.notify_one();
        }
        Ok(())
    }

    /// Keeps the contacts that a hint led to; the hint is forgotten with them.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn answer(&self, hint: &Hint, observations: Vec<Observation>) -> Result<Observed, StoreError> {
        self.page(Page { answered: vec![hint.clone()], ..Page::apart(observations) }).await
    }

    /// Keeps that a contact answered 404, and says in the log what that means (D1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn not_found(&self, id: &ContactId) -> Result<Missing, StoreError> {
        let (rules, stage) = (self.rules.clone(), self.stage()?);
        let missing = self.store.observe_missing(id.clone(), rules, stage, self.now()).await?;
        self.captured.notify_one();
        match missing {
            Missing::Gone => {
                tracing::info!(customer = %self.customer, contact = %id, "not found twice: deleted (D1)");
            }
            Missing::LookAgain(_) => {
                tracing::info!(customer = %self.customer, contact = %id, "a known contact is not found: looked at again later (D1)");
            }
            Missing::Unknown | Missing::Deleted => {}
        }
        Ok(missing)
    }

    /// Forgets that a contact answered 404.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_missing(&self, id: ContactId) -> Result<(), StoreError> {
        self.store.forget_missing(id).await
    }

    /// Keeps that a contact is gone from a complete sweep, and not found alone either (D1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn gone_from_sweep(&self, id: ContactId) -> Result<(), StoreError> {
        let deletion = Deletion { at: self.now(), proof: DeletionProof::Sweep };
        self.facts(FactsRead { facts: vec![Fact::Gone(id, deletion)], mark: None }).await?;
        Ok(())
    }

    /// Keeps facts, and how far a campaign's report was read with them. Gives how many subjects changed.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn facts(&self, facts: FactsRead) -> Result<u64, StoreError> {
        let changed = self.store.observe_facts(facts, self.rules.clone(), self.stage()?, self.now()).await?;
        self.captured.notify_one();
        Ok(changed)
    }

    /// Keeps that contacts are to be read again one by one, as after a hint.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn ask_for_contacts(&self, ids: &[ContactId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let about = ids.iter().map(|id| HintAbout::Asked(id.to_string())).collect();
        self.store.keep_hints(about, self.now()).await
    }

    /// Hints that a poll answers, all together (W5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn leave_to_a_poll(&self, hints: Vec<Hint>) -> Result<(), StoreError> {
        self.store.keep_hints(vec![HintAbout::Nobody], self.now()).await?;
        self.forget_hints(hints).await
    }

    /// Claims calls of the customer's share of a day (W5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn claim_share(&self, share: DayShare, claim: DailyClaim) -> Result<DailyGrant, StoreError> {
        self.store.claim_share(share, claim).await
    }

    /// Gives back calls of a share that were not made.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn give_back_share(&self, share: DayShare, day: i64, calls: u64) -> Result<(), StoreError> {
        self.store.give_back_share(share, day, calls).await
    }

    /// Puts a hint off that could not be followed (B3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn put_off(&self, hint: Hint) -> Result<(), StoreError> {
        self.store.put_off_hint(hint, self.now()).await
    }

    /// Forgets hints that were answered.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_hints(&self, hints: Vec<Hint>) -> Result<(), StoreError> {
        if hints.is_empty() {
            return Ok(());
        }
        self.store.forget_hints(hints).await
    }

    /// Keeps the reference data as read; a change has every subject planned again before the submitter does anything else.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn reference_data(&self, renewed: Renewed) -> Result<(), StoreError> {
        let Renewed { reference, is_changed, wants_sweep } = renewed;
        let now = self.now();
        if wants_sweep {
            // Before the tags are kept: a kill in between must not lose the wish (S6).
            self.ask_for_sweep().await?;
        }
        if is_changed {
            self.store.save_changed_reference_data(reference, now).await?;
        } else {
            self.store.save_reference_data(NewReferenceData::ConstantContact(reference)).await?;
        }
        self.completed(Stream::Lists).await
    }

    /// Keeps the counts that movements are measured from (W3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn baselines(&self, known: Baselines, wants_sweep: bool) -> Result<(), StoreError> {
        if wants_sweep {
            // Before the counts are kept: a kill in between must not lose the wish.
            self.ask_for_sweep().await?;
        }
        self.store.save_baselines(known).await
    }

    /// Asks for a sweep before its time; one under way is followed by another, since its first pages are older than the wish (W3).
    async fn ask_for_sweep(&self) -> Result<(), StoreError> {
        let mut cursor = self.store.cursor(Stream::Sweep)?;
        if cursor.ask_for() {
            self.cursor(Stream::Sweep, cursor).await?;
        }
        Ok(())
    }

    /// Keeps a page of the sweep. The missing contacts are durable before the sweep counts as complete: those that no look
    /// reaches are followed as hints (D1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn swept(&self, swept: SweptPage) -> Result<(), StoreError> {
        let SweptPage { page, missing, ended, is_counted } = swept;
        self.ask_for_contacts(&missing).await?;
        let observed = self.page(page).await?;
        if is_counted {
            let gone = Drift { other: missing.len() as u64, ..Drift::default() };
            self.whole_reading([observed.drift, gone], ended).await?;
        }
        Ok(())
    }

    /// Keeps what a page found of a whole reading. A sweep during which the account changed counts as a whole reading all the
    /// same: only deletions wait for the next sweep (D2). A sweep that began before the reading was asked for does not count.
    async fn whole_reading(&self, drifts: [Drift; 2], ended: Option<Timestamp>) -> Result<(), StoreError> {
        let now = self.now();
        let keep = move |record: &mut CustomerRecord| {
            if let Some(reading) = record.reading.as_mut() {
                drifts.iter().for_each(|drift| reading.constant_contact.drift.add(drift));
                // Windows begin at whole seconds; and after the clock was set back any sweep is later.
                let asked_at = reading.asked_at;
                let is_it =
                    ended.is_some_and(|began| began.as_secs() >= asked_at.as_secs() || now < asked_at);
                reading.constant_contact.done_at = is_it.then_some(now);
            }
        };
        self.store.update_customer(keep).await?;
        Ok(())
    }
}
