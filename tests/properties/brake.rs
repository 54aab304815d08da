//! The brake over whole histories (B1): who comes to wait, when they are counted, what a person says, and hours that pass.

use proptest::{collection::vec, prelude::*, sample::select};
use tandem::{
    domain::{Brake, CustomerRules, Timestamp},
    sync::brake::{Decision, Run, decide},
};

use crate::{config, generate::at};

const DAY_SECS: i64 = 24 * 3600;

/// What may happen at the brake.
#[derive(Debug, Clone)]
enum Step {
    /// So many come to wait: who owe an opt-out, and who only lose a tag.
    Arrive(u64, u64),
    /// So many go away again by themselves, such as those who were revived.
    Leave(u64),
    /// The submitter looks; so much is known by then, as in [`Run`].
    Look(u8),
    /// A person lets it go on.
    Accept,
    /// So many are linked now.
    Linked(u64),
    /// Seconds pass.
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..60u64, 0..60u64).prop_map(|(outs, tags)| Step::Arrive(outs, tags)),
        1 => (0..60u64).prop_map(Step::Leave),
        6 => (0..4u8).prop_map(Step::Look),
        1 => Just(Step::Accept),
        1 => select(vec![0u64, 100, 1_000, 1_019, 1_020, 3_000]).prop_map(Step::Linked),
        3 => select(vec![1i64, 59, 60, 1_800, 3_599, 3_600, 3_601, 43_200, 82_800, 86_399, 86_400, 86_401])
            .prop_map(Step::Pass),
    ]
}

/// Those who wait.
#[derive(Debug, Default)]
struct Waiting {
    outs: u64,
    tags: u64,
}

impl Waiting {
    fn all(&self) -> u64 {
        self.outs + self.tags
    }
}

proptest! {
    #![proptest_config(config())]

    /// Within any 24 hours no more go on by themselves than the share or the floor, whichever is more; and who waits while
    /// it holds goes on by a person's word alone.
    #[test]
    fn b1_the_brake_never_lets_more_through_than_its_limit(
        floor in select(vec![0u64, 1, 5, 50]),
        share in select(vec![0.0f64, 0.01, 0.05, 0.5]),
        begin in 0..7_200i64,
        steps in vec(step(), 1..60),
    ) {
        let rules = CustomerRules { brake_floor: floor, brake_share: share, ..CustomerRules::default() };
        let (mut brake, mut waiting, mut linked, mut now) = (Brake::default(), Waiting::default(), 1_000, begin);
        // Who went on by themselves: when, how many. A plain list, that the brake's own memory is judged by.
        let mut gone: Vec<(i64, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Arrive(outs, tags) => {
                    waiting.outs += outs;
                    waiting.tags += tags;
                }
                Step::Leave(count) => {
                    let outs = count.min(waiting.outs);
                    waiting.outs -= outs;
                    waiting.tags -= (count - outs).min(waiting.tags);
                }
                Step::Accept => {
                    waiting = Waiting::default();
                    brake.lift();
                }
                Step::Linked(count) => linked = count,
                Step::Pass(secs) => now += secs,
                Step::Look(known) => {
                    let run = Run {
                        waiting: waiting.all(),
                        passed: brake.done_lately(at(now)),
                        unsubscribed: 0,
                        linked,
                        opt_outs_known: known > 0,
                        changes_known: known > 1,
                        all_known: known > 2,
                    };
                    let went = match decide(&run, &rules) {
                        Decision::LetOptOutsGo => std::mem::take(&mut waiting.outs),
                        Decision::LetAllGo => std::mem::take(&mut waiting).all(),
                        Decision::Wait | Decision::Hold => 0,
                    };
                    if went > 0 {
                        brake.add_done(went, at(now));
                        gone.push((now, went));
                    }
                    let lately: u64 =
                        gone.iter().filter(|(at, _)| now - at < DAY_SECS).map(|(_, count)| count).sum();
                    let limit = (floor as f64).max(share * linked as f64);
                    prop_assert!(went == 0 || lately as f64 <= limit, "{lately} within a day, allowed are {limit}");
                    prop_assert!(known > 0 || went == 0, "nothing is known of those who come together");
                }
            }
        }
    }

    /// Whatever was done is remembered for a day at least, and not for ever; no clock that is set back forgets it.
    #[test]
    fn b1_the_brake_remembers_a_day(writes in vec((0..100_000i64, 1..9u64), 0..40), later in 0..200_000i64) {
        let mut brake = Brake::default();
        let mut writes = writes;
        writes.sort_unstable();
        for (secs, count) in &writes {
            brake.add_done(*count, at(*secs));
        }
        let now = writes.last().map_or(0, |(secs, _)| *secs) + later;
        let since = |age: i64| -> u64 {
            writes.iter().filter(|(secs, _)| now - secs < age).map(|(_, count)| count).sum()
        };
        let lately = brake.done_lately(Timestamp::from_secs(at(now).as_secs()));
        prop_assert!(since(DAY_SECS) <= lately && lately <= since(DAY_SECS + 2 * 3_600));
    }
}
