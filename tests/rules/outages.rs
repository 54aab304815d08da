//! E4: a host that cannot be reached costs nobody anything but time, and the log one line.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tandem::{
    domain::State,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        generator::AccountSpec,
    },
};
use tracing::{Level, Subscriber, field::Field, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use crate::{
    scene::{linked, opted_in, quick, settle, tags},
    world::{HOUR, MINUTE, Setup, World},
};

/// The lines of the log that a service shows.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Listens on this thread, on which all actors of a test run, until the guard is dropped.
    fn listen() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let subscriber = tracing_subscriber::registry().with(lines.clone());
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// Those since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() <= Level::INFO && event.metadata().target().starts_with("tandem") {
            let mut line = event.metadata().level().to_string();
            event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
                line.push_str(&format!(" {field}={value:?}"));
            });
            self.0.lock().unwrap().push(line);
        }
    }
}

/// Eight customers, all in step.
async fn eight(more: Setup) -> (Setup, World) {
    let accounts = (0..8u64).map(|number| {
        let name = if number == 0 { "hope".to_owned() } else { format!("other{number}") };
        AccountSpec::new(&name, 10, 900 + number)
    });
    let setup = Setup { accounts: accounts.collect(), poll_every: "5m", ..more };
    let world = World::start(&setup).await;
    let all = |world: &World| setup.accounts.iter().all(|spec| world.is_settled(&spec.account));
    world.until("all are in step", 4 * HOUR, all).await;
    (setup, world)
}

/// The most that the ledger claims ahead of use.
const BLOCK: u64 = 25;

/// Calls of the day that the ledger has counted.
fn counted(world: &World) -> u64 {
    let deps = &world.app.deps;
    deps.store.ledger(&deps.settings.constant_contact.ledger_key()).unwrap().used
}

#[actix::test]
async fn e4_ten_hours_without_a_network_wear_out_nothing_and_are_counted_on_no_day() {
    let setup = Setup { start: "2026-11-20T02:00:00Z", cc_calls: (1_000, 10_000), ..quick() };
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    let bob = linked(&world, "Bob", &[]).await;
    // Ordinary work and an opt-out wait for Virtuous.
    world.tripwire.unplug(Some("/virtuous"));
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Newsletter"]}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(5 * MINUTE).await;
    assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some(), "{}", world.describe());
    let before = counted(&world);
    world.tripwire.unplug(Some("http://"));
    world.pass(10 * HOUR).await;
    assert!(counted(&world) <= before + BLOCK, "{} after {before}", counted(&world));
    assert_eq!(world.count(State::Failed), 0, "{}", world.describe());
    for id in [&ann, &bob] {
        let subject = world.subject(id).unwrap();
        assert_eq!((subject.attempts, subject.failure), (0, None), "{}", world.describe());
    }
    assert!(world.record().pause.is_none());
    world.tripwire.unplug(None);
    world.until("the opt-out", 2 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    world.until("the tag", 5 * MINUTE, |world| tags(world, &bob) == ["CC: Newsletter"]).await;
    world.pass(Duration::from_secs(1)).await;
    settle(&world, "all goes on").await;
    world.finish().await;
}

#[actix::test]
async fn e4_an_outage_of_a_host_is_one_line_and_its_end_another_and_one_call_at_a_time_tries_it() {
    let (setup, world) = eight(quick()).await;
    let (lines, _listens) = Lines::listen();
    for spec in &setup.accounts {
        world.edit("cc/unsubscribe", &json!({"account": spec.account, "count": 2}));
    }
    let before = world.tripwire.refused();
    world.tripwire.unplug(Some("http://"));
    world.pass(6 * HOUR).await;
    let told = lines.take();
    assert_eq!(told.len(), 2, "{told:#?}");
    for host in ["constant_contact", "virtuous"] {
        let of_host =
            |line: &&String| line.contains(&format!("host=\"{host}\"")) && line.contains("customers=");
        assert_eq!(told.iter().filter(of_host).count(), 1, "{told:#?}");
    }
    // Of each host a try every 30 s at most.
    let tries = world.tripwire.refused() - before;
    assert!((300..=1_500).contains(&tries), "{tries} tries in six hours");
    world.tripwire.unplug(Some("/virtuous"));
    world.pass(2 * HOUR).await;
    let told = lines.take();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("can be reached again") && told[0].contains("customers=8"), "{told:?}");
    world.tripwire.unplug(None);
    let all = |world: &World| setup.accounts.iter().all(|spec| world.is_settled(&spec.account));
    world.until("all are in step", HOUR, all).await;
    let told = lines.take();
    assert_eq!(told.iter().filter(|line| line.contains("can be reached again")).count(), 1, "{told:#?}");
    world.finish().await;
}

#[actix::test]
async fn e4_answers_of_an_outage_are_told_once_a_customer_and_part_not_once_a_try() {
    let (setup, world) = eight(quick()).await;
    let (lines, _listens) = Lines::listen();
    for system in [System::ConstantContact, System::Virtuous] {
        let busy = FaultKind::Status { status: 503, body: ErrorBody::Empty };
        world.fault(Fault { remaining: None, ..Fault::once(system, busy) });
    }
    for spec in &setup.accounts {
        world.edit("cc/unsubscribe", &json!({"account": spec.account, "count": 2}));
    }
    world.pass(HOUR).await;
    let first = lines.take();
    world.pass(8 * HOUR).await;
    let later = lines.take();
    assert!(first.len() <= 8 * 8, "{}: {first:#?}", first.len());
    assert!(later.len() <= 8 * 4, "{}: {later:#?}", later.len());
    world.simulator().constant_contact.faults.clear();
    world.simulator().virtuous.faults.clear();
    let all = |world: &World| setup.accounts.iter().all(|spec| world.is_settled(&spec.account));
    world.until("all are in step", 2 * HOUR, all).await;
    world.finish().await;
}

#[actix::test]
async fn b3_customers_whose_keys_die_are_told_of_by_changes_not_by_tries() {
    let (setup, world) = eight(quick()).await;
    let (lines, _listens) = Lines::listen();
    let refused = FaultKind::Status { status: 401, body: ErrorBody::Array };
    world.fault(Fault { remaining: None, ..Fault::once(System::ConstantContact, refused) });
    world.pass(10 * HOUR).await;
    let told = lines.take();
    assert_eq!(told.len(), 2 * setup.accounts.len(), "doubted, and paused: {told:#?}");
    world.simulator().constant_contact.faults.clear();
    world.pass(HOUR).await;
    let goes_on = |line: &&String| line.contains("goes on by itself");
    assert_eq!(lines.take().iter().filter(goes_on).count(), setup.accounts.len());
    world.finish().await;
}
