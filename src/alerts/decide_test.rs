use proptest::prelude::*;

use super::*;

const DAY_MINUTES: i64 = 24 * 60;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + minutes * 60)
}

fn trouble(kind: AlertKind, customer: &str) -> Trouble {
    Trouble {
        kind,
        customer: customer.parse().ok(),
        name: format!("The {customer}"),
        what: "paused: a key is refused".to_owned(),
        remedy: "put it right".to_owned(),
    }
}

fn paused(customers: impl IntoIterator<Item = usize>) -> Vec<Trouble> {
    customers.into_iter().map(|number| trouble(AlertKind::Paused, &format!("c{number}"))).collect()
}

/// What is remembered between looks.
#[derive(Default)]
struct Memory(BTreeMap<AlertKind, ToldAlert>);

impl Memory {
    fn look(&mut self, minutes: i64, standing: &[Trouble]) -> Vec<(Phase, usize, usize)> {
        self.look_at(minutes, &Looked { standing: standing.to_vec(), ..Looked::default() })
    }

    fn look_at(&mut self, minutes: i64, looked: &Looked) -> Vec<(Phase, usize, usize)> {
        let decided = decide(looked, &self.0, Duration::from_secs(86_400), at(minutes));
        self.0.extend(decided.told);
        let shown = |one: &Message| (one.phase, one.concerned.len(), one.standing);
        decided.messages.iter().map(shown).collect()
    }
}

#[test]
fn an_outage_of_three_hundred_is_one_message_when_it_begins_one_a_day_and_one_when_it_ends() {
    let (mut memory, all) = (Memory::default(), paused(0..300));
    assert_eq!(memory.look(0, &all), [(Phase::Begins, 300, 300)]);
    let quiet: Vec<_> = (1..DAY_MINUTES).flat_map(|minute| memory.look(minute, &all)).collect();
    assert_eq!(quiet, [], "it goes on, and is told once a day");
    assert_eq!(memory.look(DAY_MINUTES, &all), [(Phase::GoesOn, 300, 300)]);
    assert_eq!(memory.look(DAY_MINUTES + 20, &[]), [(Phase::Ends, 300, 0)]);
    assert!(memory.0.values().all(|told| told.of.is_empty()));
    assert_eq!(memory.look(DAY_MINUTES + 21, &[]), []);
}

#[test]
fn customers_that_fail_one_after_the_other_are_gathered_and_none_is_told_twice() {
    let mut memory = Memory::default();
    // One a minute for an hour, each for good.
    let told: Vec<_> = (0..75)
        .flat_map(|minute| memory.look(minute, &paused(0..=usize::try_from(minute.min(59)).unwrap())))
        .collect();
    let begun: usize = told.iter().map(|(_, begun, _)| begun).sum();
    assert_eq!((told.len(), begun), (5, 60), "{told:?}");
    assert_eq!(told[0], (Phase::Begins, 1, 1), "the first is told at once");
    // Half of them come back while another fails.
    let left = paused((0..30).chain([99]));
    assert_eq!(memory.look(80, &left), [(Phase::Ends, 30, 31), (Phase::Begins, 1, 31)]);
}

#[test]
fn what_was_not_looked_at_is_not_over_and_ends_once_it_was() {
    let mut memory = Memory::default();
    assert_eq!(memory.look(0, &paused(0..2)), [(Phase::Begins, 2, 2)]);
    let unseen = |standing| Looked { standing, unseen: ["c1".to_owned()].into(), ..Looked::default() };
    assert_eq!(memory.look_at(20, &unseen(paused(0..1))), []);
    assert_eq!(memory.look_at(40, &unseen(paused([0, 2]))), [(Phase::Begins, 1, 2)]);
    assert_eq!(memory.look_at(60, &unseen(Vec::new())), [(Phase::Ends, 2, 0)]);
    assert_eq!(memory.look(80, &paused(1..2)), [], "it went on all the time");
    assert_eq!(memory.look(100, &[]), [(Phase::Ends, 1, 0)]);
}

#[test]
fn a_pause_that_an_operator_made_their_own_ends_without_a_message() {
    let mut memory = Memory::default();
    assert_eq!(memory.look(0, &paused(0..2)), [(Phase::Begins, 2, 2)]);
    let own =
        Looked { standing: paused(0..1), paused_by_operator: ["c1".to_owned()].into(), ..Looked::default() };
    assert_eq!(memory.look_at(1, &own), []);
    assert_eq!(memory.look(20, &paused(0..1)), [], "resumed by an operator: no person is told");
    assert_eq!(memory.look(40, &[]), [(Phase::Ends, 1, 0)]);
}

#[test]
fn what_comes_and_goes_every_minute_is_told_once_a_quarter_of_an_hour_at_most() {
    let mut memory = Memory::default();
    let told: Vec<_> =
        (0..60).flat_map(|minute| memory.look(minute, &paused(0..usize::from(minute % 2 == 0)))).collect();
    assert!(told.len() <= 4, "{told:?}");
}

#[test]
fn questions_are_told_once_a_day_whatever_comes_and_goes() {
    let mut memory = Memory::default();
    let asks = |customers: &[&str]| -> Vec<Trouble> {
        customers.iter().map(|id| trouble(AlertKind::Questions, id)).collect()
    };
    assert_eq!(memory.look(0, &asks(&["a"])), [(Phase::Begins, 1, 1)]);
    for minute in 1..DAY_MINUTES {
        let now: &[&str] = if minute % 3 == 0 { &[] } else { &["a", "b"] };
        assert_eq!(memory.look(minute, &asks(now)), [], "{minute}");
    }
    assert_eq!(memory.look(DAY_MINUTES, &asks(&["a", "b"])), [(Phase::Begins, 2, 2)]);
}

#[test]
fn w8_a_clock_that_was_wrong_silences_nothing_and_repeats_once() {
    let mut memory = Memory::default();
    let ahead = 900 * DAY_MINUTES;
    assert_eq!(memory.look(ahead, &paused(0..2)), [(Phase::Begins, 2, 2)]);
    assert_eq!(memory.look(0, &paused(0..3)), [(Phase::Begins, 1, 3)], "the clock is right again");
    assert_eq!(memory.look(1, &paused(0..3)), []);
    assert_eq!(memory.look(20, &[]), [(Phase::Ends, 3, 0)]);
    let mut memory = Memory::default();
    memory.look(ahead, &paused(0..2));
    assert_eq!(memory.look(0, &paused(0..2)), [(Phase::GoesOn, 2, 2)]);
    assert_eq!(memory.look(1, &paused(0..2)), []);
}

#[test]
fn the_process_has_alerts_of_its_own() {
    let mut memory = Memory::default();
    let late = Trouble { customer: None, ..trouble(AlertKind::BackupLate, "-") };
    assert_eq!(memory.look(0, &[late.clone(), paused(0..1)[0].clone()]).len(), 2, "one a kind");
    assert_eq!(memory.look(1, &[late]), []);
    assert_eq!(memory.look(20, &[]).len(), 2, "both end");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Whatever comes and goes: at most two messages a kind in a quarter of an hour, and once it stands still, all that stands is told
    /// and nothing else.
    #[test]
    fn whatever_comes_and_goes_messages_are_few_and_the_end_is_told(
        looks in prop::collection::vec((0_i64..30, prop::collection::btree_set(0_usize..6, 0..6)), 1..60)
    ) {
        let mut memory = Memory::default();
        let (mut minute, mut sent) = (0, Vec::new());
        for (wait, standing) in &looks {
            minute += wait;
            sent.extend(memory.look(minute, &paused(standing.iter().copied())).iter().map(|_| minute));
        }
        for from in &sent {
            let near = sent.iter().filter(|one| (*from..from + 15).contains(*one)).count();
            prop_assert!(near <= 2, "{:?}", sent);
        }
        let last = looks.last().map(|(_, standing)| standing.clone()).unwrap_or_default();
        memory.look(minute + 20, &paused(last.iter().copied()));
        let told = memory.0.get(&AlertKind::Paused).map(|told| told.of.clone()).unwrap_or_default();
        prop_assert_eq!(told, last.iter().map(|number| format!("c{number}")).collect());
    }
}
