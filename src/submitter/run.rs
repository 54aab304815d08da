//! How each part of a turn runs: take, plan, perform, commit.

use std::sync::Arc;

use crate::{
    access::{CustomerContext, compared},
    config::rules_fingerprint,
    domain::{CustomerRecord, Lane, System, Timestamp},
    sync::reconcile,
    turn::{Turn, TurnError},
};

use super::{
    brake,
    commit::Committer,
    import::{self, Beginning},
    memory::Memory,
    part::Part,
    perform::reference_data::{self, ReferenceRead, UnderWay},
    subscription,
    virtuous::{VirtuousSide, contact_queries, events, scan},
    when::View,
    work,
};

/// A part's run within a turn.
pub struct Run<'a> {
    /// The customer's context.
    pub env: &'a CustomerContext,
    /// The customer as it stood when the turn began.
    pub view: &'a View<'a>,
}

impl Run<'_> {
    /// Does a part's piece of work. `None` if there turned out to be nothing to do.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn part(&self, part: Part, memory: &mut Memory) -> Result<Option<Turn>, TurnError> {
        let record = &self.view.record;
        let is_stopping = || self.env.is_stopping() || self.view.is_overtaken();
        let side = self.side(&is_stopping);
        match part {
            Part::Organisation => {
                self.env.compare_account(System::Virtuous, Lane::Consent).await?;
                Ok(Some(Turn::Progressed))
            }
            Part::ReferenceData => self.reference_data(&is_stopping, &mut memory.reference).await.map(Some),
            Part::Replan => self.replan().await,
            Part::Subscription => {
                let (wanted, virtuous) = (self.view.wanted(), &self.env.virtuous);
                subscription::turn::turn(&wanted, virtuous, &self.committer(), record.stage).await
            }
            Part::Events => events::follow(&side, record, &mut memory.events, &mut memory.pages).await,
            Part::BeginImport => self.begin_import().await.map(Some),
            Part::Query => {
                contact_queries::go_on(&side, record, &mut memory.query, &mut memory.pages).await?;
                Ok(Some(Turn::Progressed))
            }
            Part::Reconcile => self.reconcile().await,
            Part::Scan => scan::turn(&side, record.clone(), &mut memory.pages).await.map(Some),
            Part::Recall => self.recall().await.map(Some),
            Part::Brake => brake::turn::turn(&self.committer(), record, &self.env.rules, self.now()).await,
            Part::Work => self.work(self.view.open_lanes(), &|| self.view.is_overtaken()).await,
            Part::EndImport => self.end_import().await,
        }
    }

    /// The opt-outs that are due; nothing overtakes them (W6). `None` if none is.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn consent(&self) -> Result<Option<Turn>, TurnError> {
        self.work(&[Lane::Consent], &|| false).await
    }

    /// Work of these lanes, until it is overtaken. `None` if none is due.
    async fn work(&self, lanes: &[Lane], is_overtaken: &dyn Fn() -> bool) -> Result<Option<Turn>, TurnError> {
        let taken = work::Taken { record: &self.view.record, lanes, is_overtaken };
        work::turn(self.env, &self.committer(), taken).await
    }

    const fn committer(&self) -> Committer<'_> {
        Committer { customer: &self.env.id, store: self.view.store }
    }

    fn side<'b>(&'b self, is_stopping: &'b dyn Fn() -> bool) -> VirtuousSide<'b> {
        VirtuousSide {
            customer: &self.env.id,
            store: self.view.store,
            virtuous: &self.env.virtuous,
            rules: &self.env.rules,
            clock: &*self.env.clock,
            is_stopping,
        }
    }

    fn now(&self) -> Timestamp {
        self.env.now()
    }

    async fn reference_data(
        &self,
        is_stopping: &dyn Fn() -> bool,
        under_way: &mut UnderWay,
    ) -> Result<Turn, TurnError> {
        let (known, now) = (self.view.store.reference_data()?, self.now());
        match reference_data::read(&self.env.virtuous, is_stopping, under_way, &known.virtuous, now).await? {
            ReferenceRead::Stopped if self.env.is_stopping() => return Ok(Turn::Idle(None)),
            ReferenceRead::Stopped => {}
            ReferenceRead::Done(None) => {}
            ReferenceRead::Done(Some((read, organisation))) => {
                let gate = self.env.virtuous.gate();
                let system = System::Virtuous;
                compared::compare(self.view.store, &self.env.id, gate, system, organisation).await?;
                self.committer().reference_data(*read, self.view.record.stage, now).await?;
            }
        }
        Ok(Turn::Progressed)
    }

    /// Plans every subject again if the mapping or the rules changed. Before all other work, so that subjects which the change
    /// concerns together are counted together (B1).
    async fn replan(&self) -> Result<Option<Turn>, TurnError> {
        let record = &self.view.record;
        let Some(since) = record.replan_since else { return Ok(None) };
        let ours = rules_fingerprint(&self.env.rules);
        if self.view.store.applied()?.is_some_and(|applied| applied.rules != ours) {
            // New rules: this generation still has the old ones, and ends any moment.
            return Ok(None);
        }
        let again = self.committer().replan(record.stage.first_lane(), since, self.now()).await?;
        tracing::info!(customer = %self.env.id, again, "lists, fields or rules changed: subscribers are planned again");
        Ok(Some(Turn::Progressed))
    }

    /// Asks for a whole reading when the customer's turn has come (V3). The turn goes on: the scan is next, the sweep the poller's.
    async fn reconcile(&self) -> Result<Option<Turn>, TurnError> {
        let (every, now) = (self.env.settings.virtuous.reconcile_every, self.now());
        if reconcile::look(&mut self.view.record.clone(), every, now) {
            tracing::info!(customer = %self.env.id, "both sides are read whole: it is the customer's turn (V3)");
        }
        let look = move |record: &mut CustomerRecord| {
            reconcile::look(record, every, now);
        };
        self.committer().record(look).await?;
        Ok(Some(Turn::Progressed))
    }

    /// Both sides were read anew: what stayed of the subjects counts again, and work begins (E5).
    async fn recall(&self) -> Result<Turn, TurnError> {
        let planner = self.view.store.planner(&self.view.record, &self.env.rules)?;
        let doubted = self.committer().recall(Arc::new(planner), self.now()).await?;
        tracing::info!(customer = %self.env.id, doubted, "both sides are read anew: work goes on; rows that may be on their way are looked for first");
        Ok(Turn::Progressed)
    }

    /// Begins the import, with a reading of all contacts of Virtuous if the last one is not fresh.
    async fn begin_import(&self) -> Result<Turn, TurnError> {
        let now = self.view.now;
        let beginning = Beginning::of(&self.view.record, now);
        self.committer().record(move |record| beginning.note(record, now)).await?;
        let is_fresh = beginning == Beginning::AtOnce;
        tracing::info!(customer = %self.env.id, is_fresh, "import begins; all contacts of Virtuous are read first unless that is fresh");
        Ok(Turn::Progressed)
    }

    /// Ends the import once no subject is left in its lane. `None` if one is.
    async fn end_import(&self) -> Result<Option<Turn>, TurnError> {
        let now = self.view.now;
        if self.view.store.next_due(&[Lane::Import])?.is_some() {
            return Ok(None);
        }
        self.committer().record(move |record| import::end(record, now)).await?;
        tracing::info!(customer = %self.env.id, "import done: every row is sent, steady state begins");
        Ok(Some(Turn::Progressed))
    }
}
