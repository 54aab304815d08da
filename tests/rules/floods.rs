//! Many hints and many moves at once, which cost polls and pages instead of single calls (W5).

use serde_json::json;
use tandem::{domain::State, service::Service, simulator::generator::AccountSpec, store::HintAbout};

use crate::{
    scene::{address, calm, named, opted_in, quick, settle, tags},
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

const SINGLE: &str = "/contacts/{contact_id}";

#[actix::test]
async fn w5_a_flood_of_hints_costs_a_poll_a_minute_and_no_opt_out_waits_behind_it() {
    let setup = Setup { poll_every: "15m", cc_calls: (1_000_000, 1_000), ..calm() };
    let world = World::start(&setup.and(AccountSpec::new("other", 0, 9))).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    world.until("Ann is in step", 13 * HOUR, |world| world.state(&ann) == Some(State::InSync)).await;
    let (before, single) = (world.cc_calls(HOPE), world.cc_calls_of("GET", SINGLE));
    let hope = HOPE.parse().unwrap();
    for flood in 0..3 {
        let about = |number| HintAbout::Contact(format!("nobody-{flood}-{number}"));
        world.app.hints(&hope, (0..3_000).map(about).collect()).await.unwrap();
        world.pass(MINUTE / 3).await;
    }
    let made = world.cc_calls(HOPE) - before;
    assert!(made <= 3 * 2 + 4, "{made} calls of the key for 9,000 hints");
    assert_eq!(world.cc_calls_of("GET", SINGLE), single, "nobody is read alone");
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.app.hints(&hope, vec![HintAbout::Contact(ann.clone())]).await.unwrap();
    world.pass(MINUTE / 6).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    world.finish().await;
}

/// Constant Contact moves no date of the record when its lists change.
#[actix::test]
async fn w5_who_moves_between_lists_in_numbers_is_found_by_pages() {
    let world = World::start(&Setup { cc_calls: (1_000_000, 1_000), ..quick() }).await;
    let name = |number: u32| format!("mover{number}");
    let on: Vec<String> =
        (0..45).map(|number| world.subscribe(&named(&name(number)), &["Newsletter"])).collect();
    settle(&world, "all are linked").await;
    let single = world.cc_calls_of("GET", SINGLE);
    for id in &on[..30] {
        world.edit("cc/move-lists", &json!({"contact": id, "add": ["Press"], "remove": ["Newsletter"]}));
    }
    world.pass(10 * MINUTE).await;
    for id in &on[30..] {
        world.edit("cc/move-lists", &json!({"contact": id, "remove": ["Newsletter"]}));
    }
    world
        .until("every move is known", HOUR, |world| {
            let lists = |id: &String| world.subject(id).unwrap().cc.lists.len();
            on[..30].iter().all(|id| lists(id) == 1) && on[30..].iter().all(|id| lists(id) == 0)
        })
        .await;
    // Thirty are shown by the pages of the list they went to, fifteen are few enough to be looked at.
    let made = world.cc_calls_of("GET", SINGLE) - single;
    assert!(made <= 15, "{made} single calls for 45 moves");
    assert_eq!(opted_in(&world, &name(0)), [true], "{}", address(&name(0)));
    assert_eq!(tags(&world, &on[0]), ["CC: Press"], "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn w5_who_leaves_a_list_in_numbers_is_found_by_a_sweep() {
    let world = World::start(&quick()).await;
    let name = |number: u32| format!("leaver{number}");
    let on: Vec<String> =
        (0..45).map(|number| world.subscribe(&named(&name(number)), &["Newsletter"])).collect();
    settle(&world, "all are linked").await;
    let single = world.cc_calls_of("GET", SINGLE);
    for id in &on {
        world.edit("cc/move-lists", &json!({"contact": id, "remove": ["Newsletter"]}));
    }
    world
        .until("every move is known", HOUR, |world| {
            on.iter().all(|id| world.subject(id).unwrap().cc.lists.is_empty())
        })
        .await;
    assert_eq!(world.cc_calls_of("GET", SINGLE), single, "{}", world.describe());
    world.finish().await;
}
