//! The size that a demo has: the figures of a real account, and then everybody in Virtuous.

use serde_json::json;

use super::*;
use crate::{
    clock::Stopwatch,
    simulator::{
        Simulator,
        generator::{self, AccountSpec},
    },
};

fn resident_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

/// Run by hand, alone: `cargo test --lib measure_the_size -- --ignored --nocapture`.
#[test]
#[ignore = "prints measurements"]
#[expect(clippy::print_stderr, reason = "it measures")]
fn measure_the_size() {
    let now = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
    let before = resident_kib();
    let mut simulator = Simulator::new(1);
    let watch = Stopwatch::start();
    let made = generator::generate(&mut simulator, &AccountSpec::new("hope", 26_475, 1), now).unwrap();
    eprintln!("generated {made:?} in {:?}, {} KiB", watch.elapsed(), resident_kib() - before);
    let organisation = simulator.virtuous.organisation_mut("hope").unwrap();
    for at in 0..16_000 {
        let body = json!({"referenceSource": "Constant Contact", "referenceId": format!("af73e650-96f0-11ef-b2a0-{at:012}"),
            "firstName": "Dana", "lastName": "Lee", "email": format!("new{at}@example.com"), "tags": "CC: Newsletter;CC: Events"});
        organisation.holding.hold(serde_json::from_value(body).unwrap(), now);
    }
    let watch = Stopwatch::start();
    let report = organisation.run_import(now);
    eprintln!("{report:?} in {:?}, {} KiB", watch.elapsed(), resident_kib() - before);
    let body = json!({"groups": [{"conditions": [
        {"parameter": "Last Modified Date", "operator": "OnOrAfter", "value": "2020-01-01"}]}],
        "includeArchived": true, "sortBy": "Last Modified Date"});
    let request = SimRequest::new(Method::Post, "/virtuous/api/Contact/Query/FullContact?take=1000")
        .with_header("authorization", "Bearer key-hope")
        .with_json(&body);
    let watch = Stopwatch::start();
    let page = simulator.handle(&request, now);
    eprintln!("page of {} bytes in {:?}", page.response.body.len(), watch.elapsed());
}
