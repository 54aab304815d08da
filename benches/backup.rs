//! What a backup of 100,000 people costs those who are served beside it: how long an opt-out and a hint take to be durable, with
//! and without it, and what memory it takes.
//!
//! Goals (issue 17): the 99th percentiles at most 1.5 times those without it, at most 64 MiB more memory.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may stop at the first surprise")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tandem::{
    care::{Pace, back_up},
    clock::{Clock, Stopwatch, SystemClock},
    config::Settings,
    domain::{CcView, ContactId, CustomerRules, Observation, Permission, Stage},
    store::{CustomerStore, HintAbout, Options, Page, Store},
};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 100_000;
const ROUNDS: usize = 3;
const FOR: Duration = Duration::from_secs(10);

fn id(number: usize) -> ContactId {
    ContactId::new(&format!("{number:08x}-96f0-11ef-b2a0-fa163eafb85e"))
}

async fn observe(store: &CustomerStore, numbers: &[usize], permission: Permission, print: u64) {
    let now = SystemClock.now();
    let row = |number: &usize| {
        let email = Some(format!("person{number}@example.org"));
        let view = CcView { email, permission, seen_at: now, ..CcView::default() };
        Observation::whole(id(*number), view, print)
    };
    let page = Page::apart(numbers.iter().map(row).collect());
    store.observe(page, Arc::new(CustomerRules::default()), Stage::Live, now).await.unwrap();
}

/// Latencies, sorted.
#[derive(Default)]
struct Latencies(Vec<Duration>);

impl Latencies {
    fn at(&mut self, per_cent: usize) -> Duration {
        self.0.sort_unstable();
        self.0[(self.0.len() - 1) * per_cent / 100]
    }
}

/// Opt-outs and hints in turn, each as soon as the one before is durable, beside readings of pages, until it is told to end.
async fn serve(store: &CustomerStore, ends: impl Fn(Duration) -> bool) -> (Latencies, Latencies) {
    let (mut outs, mut hints) = (Latencies::default(), Latencies::default());
    let begun = Stopwatch::start();
    for number in 0.. {
        if ends(begun.elapsed()) {
            break;
        }
        let took = Stopwatch::start();
        observe(store, &[number * 37 % PEOPLE], Permission::Unsubscribed, number as u64 + 10).await;
        outs.0.push(took.elapsed());
        let took = Stopwatch::start();
        let about = HintAbout::Email(format!("person{}@example.org", number % PEOPLE));
        store.keep_hints(vec![about], SystemClock.now()).await.unwrap();
        hints.0.push(took.elapsed());
        if number % 20 == 0 {
            // An import beside it: pages of people change.
            let page: Vec<usize> = (0..200).map(|one| (number * 211 + one) % PEOPLE).collect();
            observe(store, &page, Permission::Explicit, number as u64 + 5).await;
        }
    }
    (outs, hints)
}

/// Memory of the process, in MiB.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    (pages * 4096) >> 20
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), Options::default()).unwrap();
    let settings = Settings::defaults_in(dir.path()).store;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let record = runtime.block_on(store.enrol("hope".parse().unwrap(), SystemClock.now())).unwrap();
    let hope = store.of(record.number);
    runtime.block_on(async {
        for page in (0..PEOPLE).collect::<Vec<_>>().chunks(500) {
            observe(&hope, page, Permission::Explicit, 1).await;
        }
        serve(&hope, |since| since > FOR / 5).await;
    });
    for round in 0..ROUNDS {
        let (mut outs, mut hints) = runtime.block_on(serve(&hope, |since| since > FOR));
        let ended = Arc::new(AtomicBool::new(false));
        let before = memory();
        let (backing, done, of) = (store.clone(), Arc::clone(&ended), settings.clone());
        let backup = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let made = runtime.block_on(back_up(&backing, &of, None, (Pace::Quiet, SystemClock.now())));
            done.store(true, Ordering::Relaxed);
            made.unwrap()
        });
        let most = std::cell::Cell::new(before);
        let (mut outs_beside, mut hints_beside) = runtime.block_on(serve(&hope, |_| {
            most.set(most.get().max(memory()));
            ended.load(Ordering::Relaxed)
        }));
        let made = backup.join().unwrap();
        let ratio = |beside: Duration, alone: Duration| beside.as_secs_f64() / alone.as_secs_f64();
        println!(
            "round {round}: opt-outs p99 {:.2?} alone, {:.2?} beside ({:.2} times); hints p99 {:.2?} alone, {:.2?} beside ({:.2} \
             times); {} opt-outs beside; backup: {} records, {} bytes in {:.1?}; memory {} MiB, {} MiB at most",
            outs.at(99),
            outs_beside.at(99),
            ratio(outs_beside.at(99), outs.at(99)),
            hints.at(99),
            hints_beside.at(99),
            ratio(hints_beside.at(99), hints.at(99)),
            outs_beside.0.len(),
            made.records,
            made.bytes,
            made.took,
            before,
            most.get(),
        );
    }
    store.stop().unwrap();
}
