//! Random histories of both systems against a plain model of `docs/RULES.md`: the real actors, store and clients run
//! between both simulators by a paused clock, people and staff do what they like, calls fail, Tandem restarts; and after
//! the last edit everybody must be as the rules say. The model knows nothing of the code that it judges.
//!
//! `TANDEM_HISTORIES` sets the number of histories, `TANDEM_SEED` which ones; a usual run plays few, and always the same. A
//! failure prints its smallest history, and its seed is kept in `tests/state_machine.proptest-regressions`.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::collapsible_match, reason = "a guard that acts would hide the edit")]

#[path = "state_machine/by_staff.rs"]
mod by_staff;
#[path = "state_machine/by_the_person.rs"]
mod by_the_person;
#[path = "state_machine/check.rs"]
mod check;
#[allow(dead_code, reason = "made for the flow tests, which use all of it")]
#[path = "flow/deliveries.rs"]
mod deliveries;
#[path = "state_machine/drive.rs"]
mod drive;
#[path = "state_machine/edits.rs"]
mod edits;
#[path = "state_machine/hearing.rs"]
mod hearing;
#[path = "state_machine/history.rs"]
mod history;
#[path = "state_machine/model.rs"]
mod model;
#[path = "state_machine/opening.rs"]
mod opening;
#[path = "state_machine/running.rs"]
mod running;
#[allow(dead_code, reason = "made for the flow tests, which use all of it")]
#[path = "flow/world.rs"]
mod world;

use proptest::{
    prelude::ProptestConfig,
    test_runner::{FileFailurePersistence, RngSeed},
};
use proptest_state_machine::prop_state_machine;

use drive::{Drive, UnreliableDrive};

/// Histories of a full run (`TANDEM_FULL=1`, as `.ci/run` sets it); a plain one plays the first of them.
const HISTORIES: u32 = 6;
const PLAIN_HISTORIES: u32 = 1;
/// The seed of a usual run, which is the same everywhere: new histories are looked for by giving another.
const SEED: u64 = 1;

#[expect(clippy::disallowed_methods, reason = "a test reads its own settings")]
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

fn config() -> ProptestConfig {
    let seed = setting("TANDEM_SEED").unwrap_or(SEED);
    println!("TANDEM_SEED={seed}");
    let usual = if std::env::var_os("TANDEM_FULL").is_some() { HISTORIES } else { PLAIN_HISTORIES };
    ProptestConfig {
        cases: setting("TANDEM_HISTORIES").unwrap_or(usual),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/state_machine.proptest-regressions",
        ))),
        max_shrink_iters: 1_000,
        ..ProptestConfig::default()
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    /// Both systems end as the rules say, whatever happened to them and between them.
    #[test]
    fn every_history_ends_as_the_rules_say(sequential 1..20 => Drive);

    /// E1 to E3: the same where reads lag, lack parts, and show fields in other forms.
    #[test]
    fn every_history_with_unreliable_answers_ends_as_the_rules_say(sequential 1..20 => UnreliableDrive);
}
