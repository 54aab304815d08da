//! A week of edits of every kind: both sides agree afterwards, and a person is asked exactly what the rules say.

use std::collections::BTreeSet;

use tandem::{
    domain::{State, Stream},
    service::Service,
    simulator::week::{self, Week},
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

/// Slow readings by ordinary settings, and a day for the tags.
const CC: &str = "bounces_every = \"1h\"\nsweep_every = \"6h\"\nlists_every = \"2 polls\"";

pub fn setup(contacts: usize, seed: u64) -> Setup {
    Setup { cc: CC, poll_every: "15m", query_every: "15m", tags: tags(), ..Setup::new(contacts, seed) }
}

/// The tag of the list that will be renamed, as staff have made it (S4).
fn tags() -> Vec<String> {
    vec![format!("CC: {}", week::NEW_NAME)]
}

/// A world in step.
pub async fn prepared(setup: &Setup) -> World {
    let world = World::start(setup).await;
    world.until_settled("the first sync", 4 * HOUR).await;
    world.pass(2 * HOUR).await;
    world
}

/// Plays the week, which has every kind of edit.
pub fn play(world: &World, seed: u64) -> Week {
    let now = world.now();
    let week = week::play(&mut world.simulator(), HOPE, seed, now).unwrap();
    assert_eq!(week.bounced.len(), 7);
    assert!(!week.deleted.is_empty() && !week.disappeared.is_empty() && !week.moved.is_empty(), "{week:?}");
    assert!(
        !week.bare.is_empty() && week.bare.len() == week.proved.len() && week.taken.is_some(),
        "{week:?}"
    );
    assert!(week.renamed_list.is_some() && week.deleted_list.is_some() && week.household.is_some());
    world.rename(week.renamed_list.clone());
    week
}

/// Waits until all was read again and is in step.
pub async fn until_over(world: &World, week: &Week) {
    let began = world.now();
    let is_over = |world: &World| {
        let read = |stream| {
            let cursor = world.app.deps.store.of(world.record().number).cursor(stream).unwrap();
            cursor.open.is_none() && cursor.completed_at.is_some_and(|at| at > began)
        };
        [Stream::Lists, Stream::Bounces, Stream::Sweep].into_iter().all(read)
            && week.still_opted_in(&world.simulator(), HOPE) == 0
            && world.is_settled(HOPE)
    };
    world.until("the week", 2 * DAY, is_over).await;
    world.pass(HOUR).await;
    // By then every stream was read, which the metrics and `customer show` tell.
    let told: Vec<_> =
        world.app.snapshot().await.customers[0].poll_lag.iter().map(|(name, _)| *name).collect();
    assert_eq!(told, Stream::ALL.map(Stream::as_str));
    world.until("the week, again", DAY, is_over).await;
}

/// Who waits for a person, and by which rule.
pub fn reviews(world: &World) -> BTreeSet<(String, String)> {
    let subjects = world.subjects().into_iter().filter(|subject| subject.state == State::Review);
    subjects.map(|subject| (subject.id.to_string(), subject.reason.rule.to_string())).collect()
}

/// Who waited before, and whom the rules send there by the week.
pub fn expected(before: &BTreeSet<(String, String)>, week: &Week) -> BTreeSet<(String, String)> {
    let asked = week.reviews().into_iter().map(|(id, rule)| (id.to_string(), rule.to_owned()));
    before.iter().cloned().chain(asked).collect()
}

#[actix::test]
async fn a_week_of_every_kind_of_edit_ends_in_agreement_and_asks_what_the_rules_say() {
    if !is_full_run() {
        return;
    }
    let world = prepared(&setup(300, 41)).await;
    let before = reviews(&world);
    let week = play(&world, 41);
    until_over(&world, &week).await;
    assert_eq!(reviews(&world), expected(&before, &week), "{}", world.describe());
    assert!(world.record().brake.held.is_none());
    // Two of one household: only who unsubscribed is opted out (I4).
    let (first, second) = week.household.unwrap();
    let address = world.subject(&first.to_string()).unwrap().cc.email.unwrap();
    assert_eq!(world.opt_ins(&address), [false]);
    assert_eq!(world.opt_ins("spouse@example.net"), [true]);
    let contact = |id: &str| world.referenced(id).map(|held| held.id);
    assert_eq!(contact(&first.to_string()), contact(&second.to_string()));
    // Nothing is written any more.
    let writes = world.writes();
    world.pass(12 * HOUR + MINUTE).await;
    assert_eq!(world.writes(), writes);
    world.finish().await;
}
