//! 200 customers in one process for minutes, on real sockets and a real disk, with kills: one has a large book, the API
//! of one hangs, one has a dead token, one is flooded with hints, one has odd values of every kind. The other 195 go on (B3, B4, W5,
//! W6).
//!
//! It prints what it measured and asserts what must not be lost. `TANDEM_FULL=1` plays it whole, `TANDEM_SOAK_BOOK` sets the rows of the
//! book (50,000).
#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

#[path = "soak/flood.rs"]
mod flood;
#[path = "flow/full.rs"]
mod full;
#[path = "soak/measured.rs"]
mod measured;
#[path = "soak/world.rs"]
mod world;

use world::{Extent, World};

/// Ordinary calls of an organisation that may be under way at the moment of a capture: the submitter works on so many people at once.
const UNDER_WAY: usize = 6;
/// Rounds of opt-outs; after each but the last the process is killed.
const ROUNDS: usize = 6;

#[test]
fn w6_b4_two_hundred_customers_keep_going_beside_five_that_do_not() {
    if !full::is_full_run() {
        return;
    }
    let rows = std::env::var_os("TANDEM_SOAK_BOOK").and_then(|rows| rows.to_str()?.parse().ok());
    let extent = Extent { ordinary: 195, people: 30, book: rows.unwrap_or(50_000), opt_outs: 1_000 };
    let mut world = World::make(extent);
    world.start();
    world.wait("the ordinary customers in step", World::is_in_step);
    println!("{} customers in step", world.ordinary().len());
    let flood = world.flood();
    for round in 0..ROUNDS {
        let before = world.calls();
        world.opt_out(extent.opt_outs / ROUNDS + 1);
        world.hinted_edits();
        if round + 1 < ROUNDS {
            // In the middle of it: some are applied, some captured, some not read.
            world.wait("some calls", move |world| world.calls() >= before + 2 * extent.ordinary as u64);
            world.kill();
            world.start();
        }
    }
    world.wait("the ordinary customers in step again", World::is_in_step);
    let posted = flood.stop();
    println!("{} hints accepted, {} deliveries answered", posted.accepted, posted.answered);
    assert!(posted.accepted > 0, "the flood was let in");
    world.kill();
    let measured = world.opt_outs();
    println!("{measured}");
    assert_eq!(measured.missing, 0, "every opt-out was applied");
    assert!(measured.most_passed_over() <= UNDER_WAY, "nothing goes before an opt-out (W6)");
    for name in ["hang", "dead"] {
        assert!(world.wrote_nothing(name), "nothing was believed of the API that hangs or refuses ({name})");
    }
}
