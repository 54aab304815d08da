//! The same week in every world that the references leave open (GUESS and CONFLICT): each switch of the simulator is run
//! both ways.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use tandem::simulator::{
    constant_contact,
    virtuous::{
        self,
        switches::{Operators, RepeatedTag},
    },
};

use crate::{
    full::is_full_run,
    week,
    world::{HOUR, Setup},
};

/// One account and one week for every world, so that only the switch differs; another one with `TANDEM_SEED`.
fn seed() -> u64 {
    std::env::var_os("TANDEM_SEED").map_or(214, |seed| seed.to_str().unwrap().parse().unwrap())
}

/// The value after this one, round and round: it compiles only as long as every value is named.
const fn next_operators(one: Operators) -> Operators {
    match one {
        Operators::Pascal => Operators::Spaced,
        Operators::Spaced => Operators::Both,
        Operators::Both => Operators::Pascal,
    }
}

const fn next_repeated_tag(one: RepeatedTag) -> RepeatedTag {
    match one {
        RepeatedTag::Conflict => RepeatedTag::Duplicate,
        RepeatedTag::Duplicate => RepeatedTag::Accept,
        RepeatedTag::Accept => RepeatedTag::Conflict,
    }
}

/// Every value but the usual one.
fn others<T: Copy + PartialEq + Serialize>(usual: T, next: fn(T) -> T) -> Vec<Value> {
    let others = std::iter::successors(Some(next(usual)), |one| Some(next(*one)));
    others.take_while(|one| *one != usual).map(|one| json!(one)).collect()
}

/// Other values of the switches of Virtuous that are no yes or no.
fn virtuous_words() -> Vec<(&'static str, Value)> {
    let usual = virtuous::switches::Switches::default();
    let operators = others(usual.operators, next_operators).into_iter().map(|one| ("operators", one));
    let repeated = others(usual.repeated_tag, next_repeated_tag).into_iter().map(|one| ("repeated_tag", one));
    let rest = [
        ("join_id_name", json!("contactTagId")),
        ("max_batch", json!(10)),
        ("invalid_status", json!(422)),
        ("max_note", json!(400)),
    ];
    operators.chain(repeated).chain(rest).collect()
}

/// Switches that go together.
fn combined() -> Vec<(&'static str, Value, Value)> {
    let nothing = json!({});
    vec![
        (
            "nothing moves a contact's date",
            json!({"tag_bumps_contact": false, "method_bumps_contact": false}),
            nothing.clone(),
        ),
        ("paging in the body", json!({"operators": "both", "paging_in_body": true}), nothing.clone()),
        (
            "pages without anything carried along",
            nothing,
            json!({"cursor_counts_pages": true, "cursor_carries_include": false}),
        ),
    ]
}

/// A switch that is not run here: its name, the file that runs it both ways, and the test there.
type Elsewhere = (&'static str, &'static str, &'static str);

const EVENTS: &str = include_str!("events.rs");
const PAGES: &str = include_str!("../rules/pages.rs");
const ACTIVITIES: &str = include_str!("staff_tags.rs");

/// Switches of Virtuous that are not run here, and where they are.
const VIRTUOUS_ELSEWHERE: &[Elsewhere] = &[
    ("hourly_limit", include_str!("limits.rs"), "the_hour_of_virtuous_is_kept"),
    ("other_tools_per_hour", include_str!("limits.rs"), "the_hour_is_shared_with_other_tools"),
    ("import_every", include_str!("first_sync.rs"), "c4_an_import_of_the_night_is_waited_for"),
    (
        "import_waits_for_person",
        include_str!("first_sync.rs"),
        "v1_an_import_that_waits_for_a_person_becomes_a_review_and_then_is_done",
    ),
    // It needs both_names_required.
    ("names_checked_at_import", include_str!("people.rs"), "c3_partial_names_are_held_where_both_are_needed"),
    ("method_fires", EVENTS, "v2_what_fires_no_event_is_found_by_the_query"),
    ("tag_fires", EVENTS, "v2_what_fires_no_event_is_found_by_the_query"),
    ("webhook_envelope", EVENTS, "p1_a_change_by_staff_is_heard_whatever_form_its_event_has"),
    ("webhook_signature", EVENTS, "p1_a_change_by_staff_is_heard_whatever_form_its_event_has"),
    ("webhook_header", EVENTS, "the_header_of_the_signature_is_a_setting"),
    ("webhook_bulk", EVENTS, "p1_a_change_by_staff_is_heard_whatever_form_its_event_has"),
    ("webhook_omits_methods", EVENTS, "p1_a_change_by_staff_is_heard_whatever_form_its_event_has"),
    ("max_tags_page", PAGES, "w7_a_bad_contact_and_tags_by_the_hundred_keep_nobody_else"),
    ("unreadable_contact", PAGES, "w7_a_bad_contact_and_tags_by_the_hundred_keep_nobody_else"),
];

/// Switches of Constant Contact that are not run here, and where they are.
const CC_ELSEWHERE: &[Elsewhere] = &[
    // Nobody is connected then.
    (
        "deny_consent",
        include_str!("../../src/simulator/constant_contact/tests/access.rs"),
        "the_consent_page_redirects_with_a_code_of_five_minutes",
    ),
    ("activity_millis", ACTIVITIES, "s5_a_slow_activity_is_waited_for_and_no_poll_undoes_staffs_tag"),
];

/// A name, and switches of Virtuous and of Constant Contact.
type Place = (String, Value, Value);

/// Each yes turned to no, and each no to yes.
fn turned(defaults: &Value, elsewhere: &[Elsewhere]) -> Vec<(String, Value)> {
    let switches = defaults.as_object().unwrap().iter();
    let open = switches.filter(|(name, _)| elsewhere.iter().all(|(known, ..)| known != name));
    open.filter_map(|(name, value)| Some((name.clone(), json!({name: !value.as_bool()?})))).collect()
}

fn of_virtuous() -> Vec<Place> {
    let defaults = serde_json::to_value(virtuous::switches::Switches::default()).unwrap();
    let words =
        virtuous_words().into_iter().map(|(name, value)| (format!("{name} = {value}"), json!({name: value})));
    let all = turned(&defaults, VIRTUOUS_ELSEWHERE).into_iter().chain(words);
    all.map(|(name, patch)| (name, patch, json!({}))).collect()
}

fn of_constant_contact() -> Vec<Place> {
    let defaults = serde_json::to_value(constant_contact::Switches::default()).unwrap();
    let all = turned(&defaults, CC_ELSEWHERE).into_iter();
    all.map(|(name, patch)| (name, json!({}), patch)).collect()
}

#[test]
fn every_switch_is_run_both_ways_or_says_where() {
    let check = |defaults: Value, elsewhere: &[Elsewhere], worlds: Vec<Value>| {
        let run: BTreeSet<&String> =
            worlds.iter().flat_map(|patch| patch.as_object().unwrap().keys()).collect();
        for name in defaults.as_object().unwrap().keys() {
            let is_elsewhere = elsewhere.iter().any(|(known, ..)| known == name);
            assert!(run.contains(name) != is_elsewhere, "{name}: is it run here, or where?");
        }
        for (name, file, test) in elsewhere {
            assert!(file.contains(&format!("fn {test}(")), "{name}: there is no test {test}");
        }
    };
    let virtuous = serde_json::to_value(virtuous::switches::Switches::default()).unwrap();
    check(virtuous, VIRTUOUS_ELSEWHERE, of_virtuous().into_iter().map(|(_, patch, _)| patch).collect());
    let cc = serde_json::to_value(constant_contact::Switches::default()).unwrap();
    check(cc, CC_ELSEWHERE, of_constant_contact().into_iter().map(|(_, _, patch)| patch).collect());
}

async fn run(place: Place) {
    let (name, virtuous, constant_contact) = place;
    println!("{name}");
    let quick = "bounces_every = \"30m\"\nsweep_every = \"1h\"\nlists_every = \"2 polls\"";
    let setup = Setup { virtuous, constant_contact, cc: quick, ..week::setup(80, seed()) };
    let world = week::prepared(&setup).await;
    let before = week::reviews(&world);
    let week = week::play(&world, seed());
    week::until_over(&world, &week).await;
    assert_eq!(week::reviews(&world), week::expected(&before, &week), "{name}: {}", world.describe());
    let writes = world.writes();
    world.pass(2 * HOUR).await;
    assert_eq!(world.writes(), writes, "{name}: writes go on");
    world.finish().await;
}

/// Runs every other of these, so that two tests share them.
async fn run_half(places: Vec<Place>, half: usize) {
    for place in places.into_iter().skip(half).step_by(2) {
        run(place).await;
    }
}

#[actix::test]
async fn the_plain_world_ends_in_agreement() {
    if !is_full_run() {
        return;
    }
    run(("plain".to_owned(), json!({}), json!({}))).await;
}

#[actix::test]
async fn every_world_of_virtuous_ends_in_agreement() {
    if !is_full_run() {
        return;
    }
    run_half(of_virtuous(), 0).await;
}

#[actix::test]
async fn every_other_world_of_virtuous_ends_in_agreement() {
    if !is_full_run() {
        return;
    }
    run_half(of_virtuous(), 1).await;
}

#[actix::test]
async fn every_world_of_constant_contact_ends_in_agreement() {
    if !is_full_run() {
        return;
    }
    run_half(of_constant_contact(), 0).await;
}

#[actix::test]
async fn every_other_world_of_constant_contact_ends_in_agreement() {
    if !is_full_run() {
        return;
    }
    run_half(of_constant_contact(), 1).await;
}

#[actix::test]
async fn switches_that_go_together_end_in_agreement() {
    if !is_full_run() {
        return;
    }
    for (name, virtuous, cc) in combined() {
        run((name.to_owned(), virtuous, cc)).await;
    }
}
