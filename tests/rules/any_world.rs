//! E1 to E3 over all worlds: whatever the answers of both systems show, in any mixture of ways, nothing is written to Constant
//! Contact that no person made a cause for, and nothing is written again and again; in an honest world again, both come into step.
//!
//! `TANDEM_WORLDS` sets how many worlds are played, `TANDEM_SEED` which; a usual run plays one.

use std::{collections::BTreeSet, fmt, time::Duration};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Value, json};
use tandem::{
    domain::State,
    simulator::{
        constant_contact::Contact,
        virtuous::{
            form::Form,
            unreliable::{Part, Unreliable},
        },
    },
};

use crate::{
    full::is_full_run,
    scene::{address, calm, cc_writes, contact, in_cc, linked, opted_in, tags},
    unreliable_worlds::equal_writes,
    world::{DAY, HOUR, MINUTE, Setup, World},
};

const WORLDS: usize = 12;
const PLAIN_WORLDS: usize = 1;
const PEOPLE: [&str; 4] = ["Ann", "Bob", "Cid", "Dee"];
const LISTS: [&str; 2] = ["Newsletter", "Events"];
const LAGS_MS: [u64; 5] = [0, 50, 2_000, 60_000, 30 * 60_000];

/// What an edit gives Tandem a cause for in Constant Contact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    Nothing,
    OptOut,
    List,
}

/// What a person or staff do to somebody of [`PEOPLE`] with one of [`LISTS`].
#[derive(Clone, Copy)]
struct Doing {
    control: &'static str,
    /// To whom it can be done.
    may: fn(&Contact) -> bool,
    /// The control's words beside the contact: of the person's name and the list.
    words: fn(&str, &str) -> Value,
    gives: Gives,
}

/// The control alone tells which it is.
impl fmt::Debug for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.control)
    }
}

const fn by_person(
    control: &'static str,
    may: fn(&Contact) -> bool,
    words: fn(&str, &str) -> Value,
) -> Doing {
    Doing { control, may, words, gives: Gives::Nothing }
}

const fn by_staff(control: &'static str, words: fn(&str, &str) -> Value, gives: Gives) -> Doing {
    Doing { control, may: |_| true, words, gives }
}

fn is_living(who: &Contact) -> bool {
    who.deleted_at.is_none()
}

fn is_active(who: &Contact) -> bool {
    is_living(who) && !who.is_unsubscribed()
}

fn is_out(who: &Contact) -> bool {
    is_living(who) && who.is_unsubscribed()
}

fn alone(_: &str, _: &str) -> Value {
    json!({})
}

fn tag(_: &str, list: &str) -> Value {
    json!({"tag": format!("CC: {list}")})
}

/// Every edit.
static DOINGS: [Doing; 12] = [
    by_person("cc/move-lists", is_active, |_, list| json!({"add": [list]})),
    by_person("cc/move-lists", is_active, |_, list| json!({"remove": [list]})),
    by_person("cc/unsubscribe", is_active, alone),
    by_person("cc/resubscribe", is_out, |_, _| json!({"proof": "confirmed"})),
    by_person("cc/bounce", is_active, |_, _| json!({"code": "B"})),
    by_person("cc/delete", is_living, alone),
    by_person("cc/edit", is_living, |first, _| json!({"first_name": first})),
    by_staff("virtuous/opt-out", alone, Gives::OptOut),
    by_staff("virtuous/opt-in", alone, Gives::Nothing),
    by_staff("virtuous/unsubscribe-link", alone, Gives::OptOut),
    by_staff("virtuous/tag", tag, Gives::List),
    by_staff("virtuous/untag", tag, Gives::List),
];

#[derive(Debug, Clone)]
struct Edit {
    doing: Doing,
    person: usize,
    list: usize,
    wait: Duration,
}

#[derive(Debug, Clone)]
struct Case {
    virtuous: Unreliable,
    cc_lag_ms: u64,
    edits: Vec<Edit>,
}

/// One in four worlds has a way at all.
fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.25)
}

fn unreliable() -> impl Strategy<Value = Unreliable> {
    let lags = (select(&LAGS_MS[..]), select(&LAGS_MS[..]));
    let gaps = (any::<u64>(), select(vec![0_u16, 10, 300]), prop::option::of(select(&Part::ALL[..])));
    let forms = prop::sample::subsequence(Form::ALL.to_vec(), 0..=3);
    let effects = (rarely(), rarely(), rarely(), rarely(), rarely());
    let shows = (rarely(), rarely(), rarely(), rarely(), rarely());
    (lags, gaps, forms, effects, shows).prop_map(|(lags, gaps, forms, effects, shows)| {
        let mut all = Unreliable { lag_ms: lags.0, query_lag_ms: lags.1, forms, ..Unreliable::default() };
        (all.gaps.seed, all.gaps.per_mille, all.gaps.part) = gaps;
        (all.tags_without_effect, all.methods_without_effect, all.fields_without_effect) =
            (effects.0, effects.1, effects.2);
        (all.method_answers_empty, all.method_answers_old) = (effects.3, effects.4 && !effects.3);
        (all.methods_shuffled, all.methods_undated, all.link_leaves_dates) = (shows.0, shows.1, shows.2);
        (all.references_hidden, all.archived_untold, all.private_untold) = (shows.3, shows.4, shows.4);
        all
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let waits = [Duration::from_secs(1), 2 * MINUTE, 20 * MINUTE, 2 * HOUR];
    (select(&DOINGS[..]), 0..PEOPLE.len(), 0..LISTS.len(), select(waits.to_vec()))
        .prop_map(|(doing, person, list, wait)| Edit { doing, person, list, wait })
}

fn case() -> impl Strategy<Value = Case> {
    (unreliable(), select(&LAGS_MS[..]), vec(edit(), 3..12)).prop_map(|(virtuous, cc_lag_ms, edits)| Case {
        virtuous,
        cc_lag_ms,
        edits,
    })
}

/// What Constant Contact has of a person, as far as Tandem could change it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    permission: Value,
    lists: BTreeSet<String>,
    is_deleted: bool,
    address: Option<String>,
}

/// What staff gave Tandem a cause for, of one person.
#[derive(Debug, Default)]
struct Causes {
    opt_out: bool,
    lists: BTreeSet<String>,
}

struct Play {
    world: World,
    ids: Vec<String>,
    held: Vec<Held>,
    causes: Vec<Causes>,
}

impl Play {
    async fn start(case: &Case) -> Self {
        let world = World::start(&Setup { query_every: "5m", ..calm() }).await;
        let mut ids = Vec::new();
        for (number, first) in PEOPLE.into_iter().enumerate() {
            ids.push(linked(&world, first, &LISTS[..number % 3]).await);
        }
        world.control("virtuous/unreliable", &serde_json::to_value(&case.virtuous).unwrap());
        world.control("cc/unreliable", &json!({"lag_ms": case.cc_lag_ms}));
        let causes = PEOPLE.map(|_| Causes::default()).into();
        let mut play = Self { world, ids, held: Vec::new(), causes };
        play.held = play.all();
        play
    }

    fn all(&self) -> Vec<Held> {
        let simulator = self.world.simulator();
        let account = simulator.constant_contact.account(crate::world::HOPE).unwrap();
        let name = |id| account.list(id).map(|list| list.name.to_string()).unwrap_or_default();
        let held = |id: &String| {
            let one = account.roster.get(crate::world::uuid(id)).unwrap();
            Held {
                permission: json!(one.permission()),
                lists: one.lists.iter().map(|id| name(*id)).collect(),
                is_deleted: one.deleted_at.is_some(),
                address: one.email.as_ref().map(|email| email.address.to_string()),
            }
        };
        self.ids.iter().map(held).collect()
    }

    /// Carries an edit out where it can be; what it changes in Constant Contact is no write of Tandem's.
    fn edit(&mut self, edit: &Edit) {
        let id = self.ids[edit.person].clone();
        let (list, doing) = (LISTS[edit.list], edit.doing);
        if !(doing.may)(&in_cc(&self.world, &id)) {
            return;
        }
        let causes = &mut self.causes[edit.person];
        causes.opt_out |= doing.gives == Gives::OptOut;
        causes.lists.extend((doing.gives == Gives::List).then(|| list.to_owned()));
        let mut body = (doing.words)(PEOPLE[edit.person], list);
        body["contact"] = json!(id);
        self.check();
        self.world.edit(doing.control, &body);
        self.held = self.all();
    }

    /// Nothing in Constant Contact is otherwise than the people left it, but for what staff gave a cause for (P1, S5).
    fn check(&self) {
        for ((before, now), (first, causes)) in
            self.held.iter().zip(self.all()).zip(PEOPLE.into_iter().zip(&self.causes))
        {
            let is_told = causes.opt_out && now.permission == "unsubscribed";
            let moved: BTreeSet<String> = before.lists.symmetric_difference(&now.lists).cloned().collect();
            let allowed = (now.permission == before.permission || is_told)
                && (moved.is_subset(&causes.lists) || is_told && now.lists.is_subset(&before.lists))
                && (now.is_deleted, &now.address) == (before.is_deleted, &before.address);
            assert!(
                allowed,
                "{first}: {before:?} became {now:?}, and staff did {causes:?}: {}",
                self.world.describe()
            );
        }
    }
    /// Lets time pass, and looks every now and then.
    async fn pass(&self, time: Duration) {
        let step = 30 * MINUTE;
        let mut left = time;
        while !left.is_zero() {
            let now = left.min(step);
            self.world.pass(now).await;
            self.check();
            left -= now;
        }
    }

    /// Both sides are in step, or a person is asked.
    async fn check_converged(&self) {
        for (id, first) in self.ids.iter().zip(PEOPLE) {
            let state = self.world.state(id);
            let is_settled = matches!(state, Some(State::InSync | State::Excluded | State::Review));
            if !is_settled {
                println!("{first}: {:#}", contact(&self.world, id).await);
            }
            assert!(is_settled, "{first} is {state:?}: {}", self.world.describe());
            let who = in_cc(&self.world, id);
            let is_out = who.deleted_at.is_some() || who.is_unsubscribed();
            if state == Some(State::Review) || self.world.opt_ins(&address(first)).is_empty() {
                continue;
            }
            if is_out {
                assert_eq!(opted_in(&self.world, first), [false], "{first}: {}", self.world.describe());
            }
            if who.deleted_at.is_some() {
                continue;
            }
            let on: Vec<String> = self.all()[PEOPLE.iter().position(|name| *name == first).unwrap()]
                .lists
                .iter()
                .map(|name| format!("CC: {name}"))
                .collect();
            assert_eq!(tags(&self.world, id), on, "{first}: {}", self.world.describe());
        }
    }

    async fn finish(self) {
        assert!(self.world.app.stop().await, "did not stop in time");
        tokio::time::resume();
    }
}

async fn play(case: &Case) {
    let mut play = Play::start(case).await;
    let (began, writes) = (play.world.now(), cc_writes(&play.world));
    for edit in &case.edits {
        play.edit(edit);
        play.pass(edit.wait).await;
    }
    play.pass(DAY - play.world.now().since(began)).await;
    let equal = equal_writes(&play.world, began.as_millis());
    assert_eq!(equal, None, "{}", play.world.describe());
    let has_cause = play.causes.iter().any(|causes| causes.opt_out || !causes.lists.is_empty());
    assert!(
        has_cause || cc_writes(&play.world) == writes,
        "written without a cause: {}",
        play.world.describe()
    );
    for control in ["virtuous/unreliable", "cc/unreliable"] {
        play.world.control(control, &json!({}));
    }
    // What waits longest is written once a day (E3).
    play.pass(2 * DAY + HOUR).await;
    play.check_converged().await;
    play.finish().await;
}

#[expect(clippy::disallowed_methods, reason = "a test reads its own settings")]
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[actix::test]
async fn e1_e2_e3_no_world_makes_tandem_write_without_a_cause_or_without_end() {
    let seed = setting("TANDEM_SEED").unwrap_or(1);
    let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let usual = if is_full_run() { WORLDS } else { PLAIN_WORLDS };
    let from = setting("TANDEM_WORLD").unwrap_or(0);
    for number in 0..setting("TANDEM_WORLDS").unwrap_or(usual) {
        let case = case().new_tree(&mut runner).unwrap().current();
        if number < from {
            continue;
        }
        println!("TANDEM_SEED={seed}, world {number}: {case:?}");
        play(&case).await;
    }
}
