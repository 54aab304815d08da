//! Carries a history out, step by step, and has each step and the end checked.

use std::time::Duration;

use proptest_state_machine::StateMachineTest;
use serde_json::json;
use tandem::simulator::virtuous::{form::Form, meter::Repeats};

use crate::{
    check,
    history::{Happens, Histories, Pause, Scene},
    model::{By, Said},
    running::Running,
    world::{DAY, HOPE, HOUR, MINUTE},
};

/// Long enough for every stream to come by: polls, counts, bounces, sweeps, retries.
const SETTLE: Duration = Duration::from_secs(6 * 3600);

/// How long reads lag in an unreliable world, and how many contacts of a thousand lack a part there.
const LAG_MS: u64 = 2_000;
const GAPS_PER_MILLE: u64 = 10;
/// Writes with the same content that a day may have (E3).
const EQUAL_WRITES_MAX: u64 = 8;

impl Running {
    async fn wait(&mut self, pause: Pause) {
        match pause {
            Pause::None => {}
            Pause::Second => self.world().pass(Duration::from_secs(1)).await,
            Pause::Minutes => self.world().pass(5 * MINUTE).await,
            Pause::Hours => self.world().pass(2 * HOUR).await,
            Pause::Settle => self.settle(SETTLE).await,
        }
    }

    /// Lets everything be seen; what stood meanwhile is known then.
    async fn settle(&mut self, time: Duration) {
        if std::mem::take(&mut self.troubled) {
            self.world().pass(2 * HOUR).await;
            let mut simulator = self.world().simulator();
            simulator.constant_contact.faults.clear();
            simulator.virtuous.faults.clear();
        }
        self.world().pass(time).await;
        let linked: Vec<i64> = check::contacts(self)
            .iter()
            .filter(|contact| !contact.references.is_empty())
            .map(|contact| contact.id)
            .collect();
        for (place, list) in self.lists.iter().enumerate().filter(|(_, list)| !list.deleted) {
            let number = list.names.len() - 1;
            self.names_seen.extend(linked.iter().map(|contact| (*contact, place, number)));
        }
        let records: Vec<_> = self.people.iter().map(|who| self.record(who)).collect();
        for (who, record) in self.people.iter_mut().zip(records) {
            for out in &mut who.log.outs {
                out.seen |= match (&out.by, &record) {
                    (By::Staff | By::StaffBefore(_), _) | (By::Deleted, None) => true,
                    (_, None) => false,
                    (By::Unsubscribed, Some(record)) => record.said == Said::Unsubscribed,
                    (By::Deleted, Some(record)) => record.deleted,
                    (By::Bounced(address), Some(record)) => record.address == *address,
                };
            }
        }
    }

    async fn happens(&mut self, Happens(edit, pause): &Happens) {
        self.edit(edit).await;
        self.hear().await;
        self.before = check::Seen::of(self);
        self.wait(*pause).await;
        check::step(self);
        self.hear().await;
    }

    /// From now on reads lag, lack parts, and show fields in other forms (E1 to E3).
    fn becomes_unreliable(&mut self) {
        self.lags = true;
        let gaps = json!({"seed": 1, "per_mille": GAPS_PER_MILLE});
        let virtuous = json!({"lag_ms": LAG_MS, "gaps": gaps, "forms": Form::ALL, "methods_shuffled": true});
        self.world().control("virtuous/unreliable", &virtuous);
        self.cc("unreliable", &json!({"lag_ms": LAG_MS}));
    }

    /// Where reads lag, Tandem puts on what staff have just put on themselves, and a reference again that an event has shown and the
    /// next reading does not; that ends (E3).
    fn forgive_races(&self) {
        let Repeats { tags, references, .. } = self.world().repeats(HOPE);
        let (edits, people) = (self.touched.len(), self.people.len());
        let most = |count: usize| EQUAL_WRITES_MAX * u64::try_from(count).unwrap();
        assert!(tags <= most(edits), "tags were put on {tags} times where they were on");
        assert!(references <= most(people), "references were put on {references} times where they were on");
        let mut simulator = self.world().simulator();
        let repeats = &mut simulator.virtuous.organisation_mut(HOPE).unwrap().meter.repeats;
        (repeats.tags, repeats.references) = (0, 0);
    }

    async fn end(mut self) {
        self.world().control("virtuous/unreliable", &json!({}));
        self.cc("unreliable", &json!({}));
        self.before = check::Seen::of(&self);
        self.troubled = true;
        // Tags are read again daily (S4).
        let renamed = self.lists.iter().any(|list| list.names.len() > 1);
        self.settle(if renamed { DAY + SETTLE } else { SETTLE }).await;
        check::step(&self);
        check::end(&self);
        // No loop: fifty polls later nothing was written to either side, whatever events still come.
        let writes = self.world().writes();
        for _ in 0..10 {
            self.hear_the_rest().await;
            self.world().pass(5 * HOUR).await;
        }
        assert_eq!(self.world().writes(), writes, "both are in step, and something is written still");
        if self.lags {
            self.forgive_races();
        }
        self.world.unwrap().finish_differing().await;
    }
}

/// The same in a world whose answers are unreliable, until the last edit.
pub struct UnreliableDrive;

impl StateMachineTest for UnreliableDrive {
    type SystemUnderTest = (Running, actix::SystemRunner);
    type Reference = Histories;

    fn init_test(scene: &Scene) -> Self::SystemUnderTest {
        let (mut running, runner) = Drive::init_test(scene);
        running.becomes_unreliable();
        (running, runner)
    }

    fn apply(running: Self::SystemUnderTest, scene: &Scene, happens: Happens) -> Self::SystemUnderTest {
        Drive::apply(running, scene, happens)
    }

    fn teardown(running: Self::SystemUnderTest, scene: Scene) {
        Drive::teardown(running, scene);
    }
}

/// The test: the histories, carried out. Everything runs in the runner, whose clock it is.
pub struct Drive;

impl StateMachineTest for Drive {
    type SystemUnderTest = (Running, actix::SystemRunner);
    type Reference = Histories;

    fn init_test(scene: &Scene) -> Self::SystemUnderTest {
        let runner = actix::System::new();
        (runner.block_on(Running::start(scene)), runner)
    }

    fn apply(
        (mut running, runner): Self::SystemUnderTest,
        _: &Scene,
        happens: Happens,
    ) -> Self::SystemUnderTest {
        runner.block_on(running.happens(&happens));
        (running, runner)
    }

    fn teardown((running, runner): Self::SystemUnderTest, _: Scene) {
        runner.block_on(running.end());
    }
}
