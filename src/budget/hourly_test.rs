use super::*;
use proptest::prelude::*;

fn secs(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_790_000_040 + secs)
}

fn told(limit: u64, remaining: u64, reset_in: u64) -> RateHeaders {
    RateHeaders {
        limit: Some(limit),
        remaining: Some(remaining),
        reset_in: Some(Duration::from_secs(reset_in)),
        retry_after: None,
    }
}

fn drain(budget: &mut HourlyBudget, lane: Lane, now: Timestamp) -> u64 {
    let mut granted = 0;
    while granted < 100_000 && budget.try_take(lane, now) == HourlyTake::Granted {
        granted += 1;
    }
    granted
}

#[test]
fn own_ceiling_import_ceiling_and_reserve() {
    let mut budget = HourlyBudget::new(1500, 1200);
    assert_eq!(budget.remaining(Lane::Import, secs(0)), 1200);
    assert_eq!(drain(&mut budget, Lane::Import, secs(0)), 1200);
    assert_eq!(drain(&mut budget, Lane::Change, secs(0)), 225);
    assert_eq!(budget.remaining(Lane::Consent, secs(0)), 75);
    assert_eq!(drain(&mut budget, Lane::Consent, secs(0)), 75);
    let HourlyTake::Wait(until) = budget.try_take(Lane::Consent, secs(0)) else { panic!() };
    assert_eq!(until.since(secs(0)).as_secs(), 3600 + 60 - secs(0).as_secs().rem_euclid(60).unsigned_abs());
    assert_eq!(budget.try_take(Lane::Consent, until), HourlyTake::Granted);
}

#[test]
fn a_lower_limit_wins_and_a_higher_does_not() {
    let mut budget = HourlyBudget::new(1500, 1200);
    budget.learn(&told(5000, 4999, 3600), secs(0));
    assert_eq!(budget.limit(), 1500);
    budget.learn(&told(100, 99, 3600), secs(0));
    assert_eq!(budget.limit(), 100);
    assert_eq!(drain(&mut budget, Lane::Change, secs(0)), 94, "99 are left, 5 of them for consent");
}

#[test]
fn other_tools_eat_what_is_left() {
    let mut budget = HourlyBudget::new(1500, 1200);
    budget.learn(&told(1500, 76, 600), secs(0));
    assert_eq!(budget.try_take(Lane::Change, secs(0)), HourlyTake::Granted);
    assert_eq!(budget.try_take(Lane::Change, secs(0)), HourlyTake::Wait(secs(600)));
    assert_eq!(budget.try_take(Lane::Consent, secs(0)), HourlyTake::Granted);
    // An answer to an older call comes late: it does not raise what we counted down ourselves.
    budget.learn(&told(1500, 75, 600), secs(0));
    assert_eq!(budget.remaining(Lane::Consent, secs(0)), 74);
    assert_eq!(budget.try_take(Lane::Change, secs(600)), HourlyTake::Granted, "the reset gives all back");
}

#[test]
fn a_refusal_stops_every_lane_for_as_long_as_it_says() {
    let mut budget = HourlyBudget::new(1500, 1200);
    budget.limited(
        &RateHeaders { retry_after: Some(Duration::from_secs(30)), ..RateHeaders::default() },
        secs(0),
    );
    assert_eq!(budget.remaining(Lane::Consent, secs(0)), 0);
    assert_eq!(budget.try_take(Lane::Consent, secs(0)), HourlyTake::Wait(secs(30)));
    assert_eq!(budget.try_take(Lane::Verify, secs(30)), HourlyTake::Granted);
    budget.limited(&RateHeaders::default(), secs(40));
    assert_eq!(budget.try_take(Lane::Consent, secs(40)), HourlyTake::Wait(secs(100)));
}

#[test]
fn unlimited_costs_nothing_yet_listens() {
    let mut budget = HourlyBudget::new(UNLIMITED, UNLIMITED);
    assert_eq!(drain(&mut budget, Lane::Import, secs(0)), 100_000);
    assert_eq!(budget.all.count(secs(0)), 0);
    assert_eq!(budget.remaining(Lane::Change, secs(0)), UNLIMITED);
    budget.learn(&told(1500, 3, 60), secs(0));
    assert_eq!(drain(&mut budget, Lane::Consent, secs(0)), 3);
}

#[test]
fn a_clock_set_back_stops_nothing_for_longer_than_an_hour() {
    let mut budget = HourlyBudget::new(10, 10);
    assert_eq!(drain(&mut budget, Lane::Consent, secs(0)), 10);
    budget.limited(&RateHeaders::default(), secs(0));
    let HourlyTake::Wait(until) = budget.try_take(Lane::Consent, secs(-86_400)) else { panic!() };
    assert!(until.since(secs(-86_400)) <= Duration::from_secs(3660));
}

proptest! {
    #[test]
    fn never_more_than_the_ceiling_in_any_hour(
        ceiling in 1_u64..60, import in 1_u64..60,
        steps in prop::collection::vec((0_u8..4, 0_i64..400), 1..300),
    ) {
        let mut budget = HourlyBudget::new(ceiling, import);
        let mut now = 0;
        let mut granted: Vec<(i64, Lane)> = Vec::new();
        for (lane, step) in steps {
            now += step;
            let lane = Lane::from_u8(lane).unwrap();
            match budget.try_take(lane, secs(now)) {
                HourlyTake::Granted => granted.push((now, lane)),
                HourlyTake::Wait(until) => {
                    prop_assert!(until > secs(now));
                    prop_assert_eq!(budget.remaining(lane, secs(now)), 0);
                    prop_assert_eq!(budget.clone().try_take(lane, until), HourlyTake::Granted, "the wait is long enough");
                }
            }
        }
        for &(start, _) in &granted {
            let within = |lanes: &dyn Fn(Lane) -> bool| {
                granted.iter().filter(|(at, lane)| (start..start + 3600).contains(at) && lanes(*lane)).count() as u64
            };
            prop_assert!(within(&|_| true) <= ceiling);
            prop_assert!(within(&|lane| lane == Lane::Import) <= import);
            prop_assert!(within(&|lane| lane != Lane::Consent) <= ceiling - reserve_of(ceiling));
        }
    }
}
