//! What capture costs, from the bytes of a page to subjects and work that are synced to disk: new contacts, and the same
//! pages again, which write the cursor and nothing else.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may stop at the first surprise")]

use std::{
    fmt::Write as _,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tandem::{
    constant_contact::{ContactsPage, PagePath},
    domain::{CustomerRules, Stage, Stream, Timestamp},
    store::{Observed, Page, SeenPage, Store, engine::Options},
    sync::windows::{PageFacts, Progress},
};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const API: &str = "https://api.cc.email";
const CUSTOMER: u32 = 1;
const CONTACTS: usize = 500;
/// Pages of one window: a whole account of real size.
const PAGES: usize = 53;

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

/// A page in the API's shape (reference/constant-contact.md 3.3), about 1.3 KB a contact.
fn body(first: usize, next: Option<&str>, total: usize) -> Vec<u8> {
    let mut text = String::from("{\"contacts\":[");
    for number in first..first + CONTACTS {
        if number > first {
            text.push(',');
        }
        let spread = number.wrapping_mul(2_654_435_761) & 0xffff_ffff;
        let (permission, out) = match number % 10 {
            0..=2 => (
                "unsubscribed",
                r#""opt_out_source":"Contact","opt_out_date":"2025-03-04T10:11:12Z","opt_out_reason":"Too many emails","#,
            ),
            3 => ("explicit", ""),
            _ => ("implicit", ""),
        };
        write!(
            text,
            r#"{{"contact_id":"{spread:08x}-96f0-11ef-b2a0-fa163eafb85e","email_address":{{"address":"person.number{number}@example.org","permission_to_send":"{permission}","created_at":"2024-10-30T18:56:35Z","updated_at":"2024-10-30T18:56:35Z","opt_in_source":"Account","opt_in_date":"2024-10-30T18:56:35Z",{out}"confirm_status":"off"}},"first_name":"Dana","last_name":"Lee-Number{number}","job_title":"Cellist","company_name":"City Orchestra","birthday_month":11,"birthday_day":24,"anniversary":"2006-11-15","update_source":"Account","create_source":"Account","created_at":"2024-10-30T18:56:35Z","updated_at":"2026-11-20T10:04:11Z","custom_fields":[{{"custom_field_id":"c1f0e650-96f0-11ef-b2a0-fa163eafb85e","value":"Skiing"}},{{"custom_field_id":"c2f0e650-96f0-11ef-b2a0-fa163eafb85e","value":"2016-04-23"}}],"phone_numbers":[{{"phone_number_id":"d1f0e650-96f0-11ef-b2a0-fa163eafb85e","phone_number":"555-0{number}","kind":"mobile","created_at":"2024-10-30T18:56:35Z","updated_at":"2024-10-30T18:56:35Z"}}],"street_addresses":[{{"street_address_id":"e1f0e650-96f0-11ef-b2a0-fa163eafb85e","kind":"home","street":"{number} Main Street","city":"Waltham","state":"MA","postal_code":"02451","country":"United States"}}],"list_memberships":["a1f0e650-96f0-11ef-b2a0-fa163eafb85e","a2f0e650-96f0-11ef-b2a0-fa163eafb85e"],"taggings":[]}}"#
        )
        .unwrap();
    }
    let link = next.map_or_else(|| "{}".to_owned(), |href| format!("{{\"next\":{{\"href\":\"{href}\"}}}}"));
    write!(text, "],\"contacts_count\":{total},\"_links\":{link}}}").unwrap();
    text.into_bytes()
}

/// The pages of one window, whose contacts begin with this number.
fn window(first: usize) -> Vec<Vec<u8>> {
    let page = |number: usize| {
        let next = (number + 1 < PAGES).then(|| format!("/v3/contacts?cursor=page{}", number + 1));
        body(first + number * CONTACTS, next.as_deref(), PAGES * CONTACTS)
    };
    (0..PAGES).map(page).collect()
}

/// A store with the customer's poller, as `actors/poller/contacts.rs` uses it.
struct Poller {
    store: Store,
    rules: Arc<CustomerRules>,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl Poller {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { store, rules: Arc::default(), runtime, _dir: dir }
    }

    /// Reads one page: its records, without those whose bytes are known, and the cursor.
    async fn read(&self, bytes: Vec<u8>, number: usize) -> Observed {
        let at = PagePath::first("/v3/contacts", &[("limit", "500"), ("cursor", &number.to_string())]);
        let page = ContactsPage::decode(bytes, &at, API).unwrap();
        let mut observations = Vec::new();
        let mut ids = Vec::with_capacity(page.len());
        for record in page.records() {
            ids.push(xxhash_rust::xxh3::xxh3_64(record.id.to_string().as_bytes()));
            if self.store.of(CUSTOMER).fingerprint(&record.id).unwrap() == Some(record.fingerprint) {
                continue;
            }
            observations.push(record.observe(now()).unwrap());
        }
        let mut cursor = self.store.of(CUSTOMER).cursor(Stream::Changes).unwrap();
        let window = cursor.window(now());
        let distinct = ((number + 1) * CONTACTS) as u64;
        let facts = PageFacts { next: page.next.as_ref().map(PagePath::as_str), distinct, count: page.total };
        let progress = cursor.page(window, &facts, now());
        let seen =
            (progress == Progress::More).then(|| SeenPage { page: u32::try_from(number).unwrap(), ids });
        let kept =
            Page { observations, cursors: vec![(Stream::Changes, cursor)], seen, answered: Vec::new() };
        self.store.of(CUSTOMER).observe(kept, self.rules.clone(), Stage::Live, now()).await.unwrap()
    }

    /// Reads a window, and returns how long it took, what was new or changed, and how many keys were written.
    fn window(&self, pages: Vec<Vec<u8>>) -> (Duration, Observed, u64) {
        let before = self.store.engine().metrics().snapshot().keys;
        #[expect(clippy::disallowed_methods, reason = "a bench measures")]
        let begun = Instant::now();
        let mut observed = Observed::default();
        self.runtime.block_on(async {
            for (number, bytes) in pages.into_iter().enumerate() {
                let page = self.read(bytes, number).await;
                observed.new += page.new;
                observed.changed += page.changed;
            }
        });
        let took = begun.elapsed();
        (took, observed, self.store.engine().metrics().snapshot().keys - before)
    }
}

fn capture(criterion: &mut Criterion) {
    let contacts = (PAGES * CONTACTS) as u64;
    let mut group = criterion.benchmark_group("capture");
    group
        .throughput(Throughput::Elements(contacts))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(8));

    group.bench_function("new contacts, synced", |bencher| {
        bencher.iter_custom(|times| {
            let mut total = Duration::ZERO;
            for _ in 0..times {
                // The first reading of an account, in a store of its own.
                let (took, observed, _) = Poller::new().window(window(0));
                assert_eq!((observed.new, observed.changed), (contacts, 0));
                total += took;
            }
            total
        });
    });

    let poller = Poller::new();
    let pages = window(0);
    poller.window(pages.clone());
    group.bench_function("unchanged contacts, synced", |bencher| {
        bencher.iter_custom(|times| {
            let mut total = Duration::ZERO;
            for _ in 0..times {
                let (took, observed, keys) = poller.window(pages.clone());
                assert_eq!(observed, Observed::default());
                // Each page writes the cursor; all but the last note the ids that they showed, which the last one
                // forgets again. Not one subject, index entry or count is written.
                assert_eq!(keys, (PAGES + 2 * (PAGES - 1)) as u64);
                total += took;
            }
            total
        });
    });
    group.finish();

    // A single page, as most polls bring: the cursor, and nothing else.
    let single = body(0, None, CONTACTS);
    poller.window(vec![single.clone()]);
    let (_, _, keys) = poller.window(vec![single.clone()]);
    assert_eq!(keys, 1, "an unchanged page writes its cursor only");
    let at = PagePath::first("/v3/contacts", &[]);
    criterion.bench_function("look at a page of 500 contacts", |bencher| {
        bencher.iter(|| {
            let page = ContactsPage::decode(single.clone(), &at, API).unwrap();
            black_box(page.records().count())
        });
    });
    criterion.bench_function("decode a page of 500 contacts", |bencher| {
        bencher.iter(|| {
            let page = ContactsPage::decode(single.clone(), &at, API).unwrap();
            black_box(page.observe_all(now()))
        });
    });
}

criterion_group!(benches, capture);
criterion_main!(benches);
