//! `tandem key rotate` is killed at random moments: no secret is lost, none is in clear, and the next rotation goes on.
#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::future::join_all;
use tandem::{
    auth::KeyFiles,
    clock::Stopwatch,
    domain::Timestamp,
    store::{Mode, Options, Store},
};

const CUSTOMERS: u32 = 200;

fn kills() -> u32 {
    if std::env::var_os("TANDEM_FULL").is_some() { 20 } else { 6 }
}

fn open(folder: &Path) -> Store {
    let options = Options { mode: Mode::Threaded, ..Options::default() };
    Store::open_sealed(&folder.join("data/store"), options, KeyFiles::new(folder.join("data/key"))).unwrap()
}

fn token(number: u32) -> String {
    format!("refresh-token-of-customer-{number}")
}

fn rotate(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tandem"))
        .current_dir(folder)
        .env_clear()
        .args(["key", "rotate"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Every grant opens; gives how many files hold a key.
fn all_is_there(folder: &Path) -> usize {
    let store = open(folder);
    assert_eq!(store.sealing_problem(), None);
    for record in store.customers().unwrap() {
        let kept = store.of(record.number).token().unwrap().unwrap();
        assert_eq!(kept.refresh, token(record.number));
    }
    store.stop().unwrap();
    let names = fs::read_dir(folder.join("data")).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("key")).count()
}

fn is_in_clear(folder: &Path) -> bool {
    let part = b"refresh-token-of";
    let holds = |path: &Path| fs::read(path).unwrap().windows(part.len()).any(|bytes| bytes == part);
    let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.any(|path| if path.is_dir() { is_in_clear(&path) } else { holds(&path) })
}

#[test]
fn a_kill_at_any_moment_of_a_rotation_loses_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tandem.toml"), "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:9\"\n")
        .unwrap();
    let store = open(folder.path());
    let now = Timestamp::from_secs(1_800_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(join_all((0..CUSTOMERS).map(async |number| {
        let number = store.enrol(format!("customer-{number}").parse().unwrap(), now).await.unwrap().number;
        assert!(store.of(number).save_token(token(number), None, None, now).await.unwrap());
    })));
    store.stop().unwrap();
    drop(store);
    let whole = Stopwatch::start();
    assert!(rotate(folder.path()).wait().unwrap().success());
    let whole = whole.elapsed();
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut keys = all_is_there(folder.path());
    for kill in 0..kills() {
        let moment = Duration::from_micros(random.u64(..u64::try_from(whole.as_micros()).unwrap()));
        let since = Stopwatch::start();
        let mut child = rotate(folder.path());
        while since.elapsed() < moment && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        let found = all_is_there(folder.path());
        assert!(found >= keys, "kill {kill} of seed {seed}: a former key is gone");
        keys = found;
    }
    assert!(rotate(folder.path()).wait().unwrap().success());
    all_is_there(folder.path());
    assert!(!is_in_clear(&folder.path().join("data")), "seed {seed}");
}
