//! Finished plans, kept for a while: a plan reads everybody, and a page may be loaded again and again.
//!
//! A plan is kept for ten times what it took, a minute at most: what is quickly planned is always fresh, and pages of a large customer cost
//! at most a tenth of a thread. Plans of one customer are made one after the other, and those who asked meanwhile get the same one.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::view::PlanView;
use crate::{
    domain::{Brake, Timestamp},
    store::CustomerNo,
    sync::{Planner, brake::Tally},
};

/// Customers whose plans are kept at once; of more, those that were asked for last.
const CUSTOMERS_MAX: usize = 16;
/// A plan is kept for so many times what it took.
const TIMES_ITS_COST: u32 = 10;
/// How long a plan is kept at most.
const KEPT_MAX: Duration = Duration::from_secs(60);

/// What the brake would count.
#[derive(Debug, Clone, Default)]
pub(super) struct Braked {
    pub(super) waiting: Tally,
    /// Subjects whose opt-out goes to Constant Contact, and nothing else of them waits.
    pub(super) unsubscribes: u64,
}

/// What a plan is made for; another one has another plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    /// The customer, which has another number once it was removed and enrolled again.
    pub(super) number: CustomerNo,
    pub(super) import_started_at: Option<Timestamp>,
    /// What the decisions rest on: the settings, the tags, the stage.
    pub(super) planner: Planner,
    /// What passed the brake: that waits no more (B1).
    pub(super) brake: Brake,
}

/// A finished plan.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) basis: Basis,
    pub(super) view: PlanView,
    pub(super) braked: Braked,
    pub(super) begun_at: Timestamp,
    pub(super) ended_at: Timestamp,
}

impl Finished {
    /// Whether it still answers an asker: it is fresh, or was made while the asker waited. A time to come is a wrong clock's (W8).
    fn answers(&self, basis: &Basis, asked_at: Timestamp, now: Timestamp) -> bool {
        let cost = self.ended_at.since(self.begun_at).min(KEPT_MAX);
        let was_awaited = asked_at < self.ended_at;
        let lasts = if was_awaited { KEPT_MAX } else { (cost * TIMES_ITS_COST).min(KEPT_MAX) };
        self.basis == *basis && self.ended_at <= now && now.since(self.ended_at) < lasts
    }
}

/// The plan of one customer; to hold it is to plan.
pub(super) type Slot = OwnedMutexGuard<Option<Finished>>;

type Kept = Vec<(CustomerNo, Arc<Turn<Option<Finished>>>)>;

/// The finished plans of some customers.
#[derive(Debug, Clone, Default)]
pub struct Plans(Arc<Mutex<Kept>>);

impl Plans {
    /// The turn to plan a customer, once no other asker plans it.
    pub(super) async fn turn(&self, customer: CustomerNo) -> Slot {
        let slot = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = kept.iter().position(|(number, _)| *number == customer);
            let entry = known.map_or_else(|| (customer, Arc::default()), |at| kept.remove(at));
            let slot = Arc::clone(&entry.1);
            // The last is what was asked for last.
            kept.push(entry);
            if kept.len() > CUSTOMERS_MAX {
                kept.remove(0);
            }
            slot
        };
        slot.lock_owned().await
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// The finished plan of a slot, if it answers what was asked then.
pub(super) fn finished(slot: &Slot, basis: &Basis, asked_at: Timestamp, now: Timestamp) -> Option<Finished> {
    slot.as_ref().filter(|finished| finished.answers(basis, asked_at, now)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Stage;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn finished_in(cost: i64) -> Finished {
        Finished {
            basis: Basis {
                number: 1,
                import_started_at: None,
                planner: Planner::default(),
                brake: Brake::default(),
            },
            view: PlanView::default(),
            braked: Braked::default(),
            begun_at: at(-cost),
            ended_at: at(0),
        }
    }

    #[test]
    fn w8_a_plan_is_kept_for_ten_times_its_cost_and_a_minute_at_most_whatever_the_clock_does() {
        for (cost, lasts) in [(0, 0), (1, 10), (5, 50), (6, 60), (3000, 60), (-5000, 0)] {
            let plan = finished_in(cost);
            let answers = |secs| plan.answers(&plan.basis, at(secs), at(secs));
            assert!(lasts == 0 || answers(lasts - 1), "{cost}");
            assert!(!answers(lasts.max(1)), "{cost}");
            assert!(!answers(100_000) && !answers(-100_000), "{cost}");
        }
        let plan = finished_in(60);
        let planner = Planner { stage: Stage::Live, ..Planner::default() };
        let other = Basis { planner, ..plan.basis.clone() };
        assert!(!plan.answers(&other, at(1), at(1)), "it is another plan");
    }

    #[test]
    fn b2_a_plan_answers_those_who_waited_for_it_however_little_it_took() {
        let plan = finished_in(0);
        assert!(plan.answers(&plan.basis, at(-3), at(1)));
        assert!(!plan.answers(&plan.basis, at(1), at(1)));
    }

    #[tokio::test]
    async fn b4_plans_of_few_customers_are_kept() {
        let plans = Plans::default();
        for customer in 0..100 {
            let mut slot = plans.turn(customer).await;
            *slot = Some(Finished {
                basis: Basis { number: customer, ..finished_in(9).basis },
                ..finished_in(9)
            });
        }
        assert_eq!(plans.count(), CUSTOMERS_MAX);
        assert!(plans.turn(99).await.is_some() && plans.turn(1).await.is_none());
    }
}
