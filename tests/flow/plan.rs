//! B2: the dry run says what would come, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tandem::{
    domain::State,
    operator::{Verb, questions::import_start::ImportStart},
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
};

use crate::{
    full::is_full_run,
    week,
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

fn number(plan: &Value, key: &str) -> u64 {
    plan[key].as_u64().unwrap_or_else(|| panic!("{key} in {plan}"))
}

/// Virtuous as it stands: contacts, the opt-in of every email method, and writes that were taken, by route.
struct Standing {
    ids: BTreeSet<i64>,
    /// A contact and an address, and whether mail to it is welcome.
    opt_ins: BTreeMap<(i64, String), bool>,
    /// A contact and a tag.
    tags: BTreeSet<(i64, String)>,
    writes: usize,
}

impl Standing {
    fn of(world: &World) -> Self {
        world.organisation(|held| {
            let contacts = held.book.contacts();
            let mut opt_ins = BTreeMap::new();
            for one in contacts {
                for method in one.methods().filter(|method| method.is_email()) {
                    // One address may stand there twice.
                    *opt_ins.entry((one.id, method.value.to_lowercase())).or_default() |= method.opted_in;
                }
            }
            Self {
                ids: contacts.iter().map(|contact| contact.id).collect(),
                opt_ins,
                tags: contacts
                    .iter()
                    .flat_map(|held_by| held.tag_names(&held_by.tags).map(|tag| (held_by.id, tag.to_owned())))
                    .collect(),
                writes: held.meter.writes().len(),
            }
        })
    }

    /// Tags of new contacts come with their row.
    fn knows(&self, contact: i64) -> bool {
        self.ids.contains(&contact)
    }

    /// What was written since, by the names of the plan.
    fn written(&self, world: &World) -> BTreeMap<&'static str, u64> {
        let now = Self::of(world);
        let turned = |to: bool| {
            let is_so = |(id, opted_in): &(&(i64, String), &bool)| {
                **opted_in == to && self.opt_ins.get(id) == Some(&!to)
            };
            now.opt_ins.iter().filter(is_so).count() as u64
        };
        let taken = |method: &str, path: &str| {
            world.organisation(|held| {
                let writes = held.meter.writes()[self.writes..].iter();
                let fits = writes.filter(|write| write.method == method && write.path.starts_with(path));
                fits.filter(|write| (200..300).contains(&write.status)).count() as u64
            })
        };
        BTreeMap::from([
            ("create", now.ids.difference(&self.ids).count() as u64),
            ("opt_out", turned(false)),
            ("opt_in", turned(true)),
            (
                "tag",
                now.tags.difference(&self.tags).filter(|(contact, _)| self.knows(*contact)).count() as u64,
            ),
            ("untag", self.tags.difference(&now.tags).count() as u64),
            ("note", taken("POST", "/api/ContactNote")),
        ])
    }
}

fn planned(plan: &Value) -> BTreeMap<&'static str, u64> {
    ["create", "opt_out", "opt_in", "tag", "untag", "note"].map(|key| (key, number(plan, key))).into()
}

#[actix::test]
async fn b2_before_the_import_everybody_is_planned_and_what_is_planned_is_then_done() {
    let world = World::start(&Setup { auto_start: false, ..Setup::new(300, 4) }).await;
    world.pass(10 * MINUTE).await;
    let plan = world.plan().await;
    let of = |key| number(&plan, key);
    // The contacts of Virtuous are read (I2): who is there is linked, and not created.
    assert!(of("create") > 0 && of("update") > 0 && of("not_looked_up") == 0, "{plan}");
    assert!(of("calls_virtuous") > 0 && plan["hours"].as_f64().unwrap() > 0.0, "{plan}");
    let of_rule = |rule| {
        let reasons = plan["reasons"].as_array().unwrap().iter().filter(|one| one["rule"] == rule);
        reasons.map(|one| number(one, "count")).sum::<u64>()
    };
    assert_eq!(of_rule("C1"), of("create"), "{plan}");
    let samples = plan["samples"].as_array().unwrap();
    assert!(samples.iter().any(|sample| sample["what"] == json!(["create"])), "{plan}");
    assert!(samples.iter().any(|sample| sample["what"] == json!(["held"])), "{plan}");
    assert!(plan["missing_tags"].is_array() && plan["brake"].is_null());
    assert_eq!(world.writes(), 0);
    let (before, read) = (Standing::of(&world), world.record().scan);
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.until_settled("the import", 4 * HOUR).await;
    assert!(read.is_some() && world.record().scan == read, "a fresh reading is not repeated");
    assert_eq!(before.written(&world), planned(&plan), "{}", world.describe());
    // Of an archived contact the opt-out is planned and written; after that it is left out (I3).
    let archived = 1;
    let waits = [
        (State::Review, of("review")),
        (State::Held, of("held")),
        (State::Excluded, of("excluded") + archived),
    ];
    for (state, count) in waits {
        assert_eq!(world.count(state), count, "{state}: {}", world.describe());
    }
    world.finish().await;
}

#[actix::test]
async fn b2_what_a_week_asks_for_is_planned_and_then_done() {
    if !is_full_run() {
        return;
    }
    let setup = Setup { cc: "bounces_every = \"20m\"\nsweep_every = \"1h\"", ..week::setup(150, 42) };
    let world = week::prepared(&setup).await;
    assert_eq!(planned(&world.plan().await).values().sum::<u64>(), 0);
    // Virtuous takes nothing for a while; what is read is planned.
    for method in ["POST", "PUT", "DELETE"] {
        for path in ["/api/ContactMethod", "/api/ContactTag", "/api/ContactNote", "/api/ContactReference"] {
            let out = FaultKind::Status { status: 503, body: ErrorBody::default() };
            let fault = Fault::once(System::Virtuous, out).on(path);
            world.fault(Fault { method: Some(method.to_owned()), remaining: None, ..fault });
        }
    }
    let before = Standing::of(&world);
    let week = week::play(&world, 42);
    world.pass(3 * HOUR).await;
    let plan = world.plan().await;
    assert_eq!(before.written(&world).values().sum::<u64>(), 0);
    world.simulator().virtuous.faults.clear();
    week::until_over(&world, &week).await;
    assert_eq!(before.written(&world), planned(&plan), "{plan} {}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn b2_the_plan_of_a_paused_customer_is_what_is_written_when_it_goes_on() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(300, 5)).await;
    assert_eq!(number(&world.plan().await, "update"), 0);
    world.edit("cc/delete", &json!({"count": 100}));
    world.edit("cc/unsubscribe", &json!({"count": 10}));
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    let before = world.writes();
    let planned = world.plan().await;
    let held = world.record().brake.held.unwrap();
    assert_eq!(planned["brake"]["count"].as_u64(), Some(held.count), "{planned}");
    assert_eq!(number(&planned, "update"), held.count, "{planned}");
    assert!(number(&planned, "opt_out") > 0 && number(&planned, "untag") > 0 && number(&planned, "note") > 0);
    assert_eq!(world.writes(), before);
    world.decide(Verb::Accept, "brake", None).await.unwrap();
    world.until_settled("the deletions", 2 * HOUR).await;
    let planned = world.plan().await;
    assert_eq!((number(&planned, "update"), &planned["brake"]), (0, &Value::Null), "{planned}");
    world.finish().await;
}
