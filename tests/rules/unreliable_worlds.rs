//! E1 to E3 as a matrix: the same days of a few people with each way in which answers are unreliable, by itself. Each ends as the
//! honest world does, no write to Constant Contact is without a cause that somebody made, and no write repeats without end.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tandem::simulator::virtuous::{
    form::Form,
    unreliable::{Part, Unreliable},
};

use crate::{
    full::is_full_run,
    scene::{cc_writes, field, in_cc, label_id, linked, named, opted_in, quick, settle, tags},
    world::{DAY, HOUR, Setup, World},
};

/// Writes with the same content to one path that a day may have (E3).
const EQUAL_WRITES_MAX: usize = 8;
/// An opt-out is tried every six minutes at most: so many times a day.
const OPT_OUT_TRIES_MAX: usize = 300;
/// The lags that were seen: of a replica, of an index, of a job.
const LAGS_MS: [u64; 4] = [50, 2_000, 60_000, 30 * 60_000];
const FIELDS: [&str; 6] =
    ["Program Interest", "Member since", "Household Size", "Interests", "Volunteer", "How Heard"];
/// Each form makes something else of it, if any does.
const LONG_TEXT: &str = "Poe & Son  told us,\nand Rene\u{301} said that it would be a very good thing for all of us to come \
                         to the house once more, as soon as there was time.";

/// One way in which one system's answers are unreliable.
struct Way {
    control: &'static str,
    how: Value,
}

fn virtuous(how: Value) -> Way {
    Way { control: "virtuous/unreliable", how }
}

fn cc(how: Value) -> Way {
    Way { control: "cc/unreliable", how }
}

/// Reads that lag behind.
fn lags() -> Vec<Way> {
    let ways = |lag| {
        [virtuous(json!({"lag_ms": lag})), virtuous(json!({"query_lag_ms": lag})), cc(json!({"lag_ms": lag}))]
    };
    LAGS_MS.into_iter().flat_map(ways).collect()
}

/// Parts that are left out.
fn gaps() -> Vec<Way> {
    Part::ALL.map(|part| virtuous(json!({"gaps": {"seed": 5, "per_mille": 300, "part": part}}))).into()
}

/// Values in other forms.
fn forms() -> Vec<Way> {
    Form::ALL.map(|form| virtuous(json!({"forms": [form]}))).into()
}

/// Every switch that is off in an honest world.
fn switches() -> Vec<Way> {
    let usual = serde_json::to_value(Unreliable::default()).unwrap();
    let off = usual.as_object().unwrap().iter().filter(|(_, usual)| **usual == false);
    off.map(|(switch, _)| virtuous(json!({switch: true}))).collect()
}

/// How the days end, by what concerns people.
type Ending = BTreeMap<String, Value>;

/// What a world came to.
#[derive(Debug)]
struct Played {
    ending: Ending,
    cc_writes: u64,
    calls: u64,
}

fn setup() -> Setup {
    Setup { poll_every: "5m", query_every: "5m", ..quick() }
}

/// Another value of every field.
fn fields(world: &World) -> Value {
    let text = |label, value: &str| json!({"custom_field_id": label_id(world, label), "value": value});
    let choice = |label, id| json!({"custom_field_id": label_id(world, label), "choice_ids": [id]});
    json!([
        choice("Favorite Program", "000002"),
        text("Member Since", "2016-04-23"),
        text("Household Size", "1234"),
        choice("Interests", "000001"),
        text("Volunteer", "true"),
        text("How Heard", LONG_TEXT),
    ])
}

/// The people, linked while the world is honest.
async fn people(world: &World) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::new();
    for (first, lists) in
        [("Ann", vec!["Newsletter"]), ("Bob", vec![]), ("Cid", vec![]), ("Dee", vec![]), ("Eve", vec![])]
    {
        ids.insert(first, linked(world, first, &lists).await);
    }
    ids
}

/// One of each ordinary event, an hour apart.
async fn events(world: &World, ids: &mut BTreeMap<&'static str, String>) {
    let of = |ids: &BTreeMap<&'static str, String>, first: &str| ids[first].clone();
    ids.insert("Fay", world.subscribe(&named("Fay"), &["Events"]));
    world.pass(HOUR).await;
    let ann = of(ids, "Ann");
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"], "remove": ["Newsletter"]}));
    world.pass(HOUR).await;
    world.edit("cc/unsubscribe", &json!({"contact": of(ids, "Bob")}));
    world.pass(HOUR).await;
    world.edit("virtuous/unsubscribe-link", &json!({"contact": of(ids, "Cid")}));
    world.pass(HOUR).await;
    world.edit("cc/email", &json!({"contact": of(ids, "Dee"), "email": "dee@example.org"}));
    world.pass(HOUR).await;
    let eve = of(ids, "Eve");
    world.edit("cc/edit", &json!({"contact": eve, "fields": {"custom_fields": fields(world)}}));
    world.pass(HOUR).await;
    world.edit("virtuous/tag", &json!({"contact": eve, "tag": "CC: Volunteers"}));
}

fn ending(world: &World, ids: &BTreeMap<&'static str, String>) -> Ending {
    let mut ending = Ending::new();
    for (first, id) in ids {
        let subscriber = in_cc(world, id);
        let mut say = |what: &str, value: Value| ending.insert(format!("{first}: {what}"), value);
        say("permission", json!(subscriber.permission()));
        say("lists", json!(subscriber.lists.len()));
        say("state", json!(world.state(id).map(|state| state.to_string())));
        say("opted in", json!((opted_in(world, first), world.opt_ins("dee@example.org"))));
        say("tags", json!(tags(world, id)));
        say("fields", json!(FIELDS.map(|name| field(world, id, name))));
    }
    ending
}

/// The most writes with one content to one path since a moment, opt-outs apart.
pub fn equal_writes(world: &World, since: i64) -> Option<(usize, String)> {
    let mut counts = BTreeMap::<_, usize>::new();
    world.organisation(|held| {
        for write in held.meter.writes().iter().filter(|write| write.at >= since) {
            *counts.entry((write.method, write.path.to_string(), write.content)).or_default() += 1;
        }
    });
    let over = |(_, path, _): &(_, String, _), count| {
        let is_method = path.starts_with("/api/ContactMethod/");
        count > if is_method { OPT_OUT_TRIES_MAX } else { EQUAL_WRITES_MAX }
    };
    let worst = counts.into_iter().filter(|(key, count)| over(key, *count)).max_by_key(|(_, count)| *count);
    worst.map(|((method, path, _), count)| (count, format!("{method} {path}")))
}

async fn play(way: &Way) -> Played {
    let world = World::start(&setup()).await;
    let mut ids = people(&world).await;
    let (writes, calls) = (cc_writes(&world), world.organisation(|held| held.meter.total()));
    let began = world.now();
    world.control(way.control, &way.how);
    events(&world, &mut ids).await;
    world.pass(DAY - world.now().since(began)).await;
    let equal = equal_writes(&world, began.as_millis());
    assert_eq!(equal, None, "{}: {}", way.how, world.describe());
    world.control(way.control, &json!({}));
    world.pass(DAY + HOUR).await;
    let calls = world.organisation(|held| held.meter.total()) - calls;
    let played = Played { ending: ending(&world, &ids), cc_writes: cc_writes(&world) - writes, calls };
    assert!(world.app.stop().await, "did not stop in time");
    tokio::time::resume();
    played
}

/// Every way by itself ends as the honest world does.
async fn end_as_the_honest_one(ways: Vec<Way>) {
    if !is_full_run() {
        return;
    }
    assert!(!ways.is_empty());
    let honest = play(&virtuous(json!({}))).await;
    assert_eq!(honest.cc_writes, 2, "an opt-out, and a list that staff chose: {honest:?}");
    assert!(honest.ending["Eve: fields"].as_array().unwrap().iter().all(Value::is_string), "{honest:?}");
    let mut wrong = Vec::new();
    for way in ways {
        let played = play(&way).await;
        println!("{} {}: {} calls of {}", way.control, way.how, played.calls, honest.calls);
        for (what, expected) in &honest.ending {
            if played.ending.get(what) != Some(expected) {
                let found = &played.ending[what];
                wrong.push(format!("{} {}: {what}: {found}, not {expected}", way.control, way.how));
            }
        }
        if played.cc_writes != honest.cc_writes {
            wrong.push(format!("{} {}: {} writes to CC", way.control, way.how, played.cc_writes));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// Tests of their own, so that the worlds are played on all cores.

#[actix::test]
async fn e1_each_world_whose_reads_lag_ends_as_the_honest_one() {
    end_as_the_honest_one(lags()).await;
}

#[actix::test]
async fn e2_each_world_with_gaps_ends_as_the_honest_one() {
    end_as_the_honest_one(gaps()).await;
}

#[actix::test]
async fn e3_each_world_with_other_forms_ends_as_the_honest_one() {
    end_as_the_honest_one(forms()).await;
}

#[actix::test]
async fn e1_e2_e3_each_world_with_one_unreliable_switch_ends_as_the_honest_one() {
    end_as_the_honest_one(switches()).await;
}

/// E1: a page of a query that is older than what a reading has shown moves nobody from list to list.
#[actix::test]
async fn e1_s5_a_page_that_is_older_than_a_reading_moves_no_lists() {
    let world = World::start(&setup()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    // No query of before shows the new contact.
    world.pass(HOUR).await;
    world.control("virtuous/unreliable", &json!({"query_lag_ms": LAGS_MS[3]}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"], "remove": ["Newsletter"]}));
    world.pass(3 * HOUR).await;
    assert_eq!((cc_writes(&world), tags(&world, &ann)), (0, vec!["CC: Events".to_owned()]));
    world.control("virtuous/unreliable", &json!({}));
    settle(&world, "an honest world again").await;
    world.finish().await;
}
