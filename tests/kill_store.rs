//! A process that is killed at a random moment keeps all that it acknowledged, and tears nothing.
//!
//! The child is this test binary again. Four threads of it each count upwards: operation `n` of a thread puts a set of
//! keys that all carry `n`, adds entry `n` to a rolling window and removes the one that falls out; when it is
//! acknowledged the child prints it. The parent kills the child after a random number of lines, reads what was still
//! in the pipe, opens the store and compares. A kill keeps the page cache, so this says nothing about power cuts.
//!
//! `SEED=n` repeats the moments as far as the scheduler allows.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test may stop at the first surprise")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use tandem::store::engine::{Changes, Engine, Mode, Options, Reader, StoreError};

const CHILD: &str = "TANDEM_KILL_STORE_CHILD";
const KILLS: usize = 20;
const THREADS: u32 = 4;
/// Keys that change together, by thread: the first writes pages, the others little.
const SETS: [u32; THREADS as usize] = [400, 3, 10, 1];
const WINDOW: u32 = 8;

fn options() -> Options {
    let lock_wait = Duration::from_secs(10);
    Options { cache_bytes: 8 << 20, mode: Mode::Threaded, lock_wait, ..Options::default() }
}

fn key(thread: u32, kind: u8, id: u32) -> Vec<u8> {
    [&thread.to_be_bytes()[..], &[kind], &id.to_be_bytes()].concat()
}

/// The number that a thread has reached; fails if its entries do not fit together.
fn reached(reader: &Reader<'_>, thread: u32) -> Result<u32, StoreError> {
    let numbers: Vec<u32> = reader
        .scan_prefix(&key(thread, 1, 0)[..5])
        .map(|entry| entry.map(|(_, value)| u32::from_be_bytes(value[..4].try_into().unwrap())))
        .collect::<Result<_, _>>()?;
    let Some(&number) = numbers.first() else { return Ok(0) };
    assert_eq!(numbers.len(), SETS[thread as usize] as usize, "thread {thread}: entries are missing");
    assert!(numbers.iter().all(|&other| other == number), "thread {thread}: torn at {number}");
    let window: Vec<_> = reader
        .scan_prefix(&key(thread, 2, 0)[..5])
        .map(|entry| entry.map(|(key, _)| u32::from_be_bytes(key[5..].try_into().unwrap())))
        .collect::<Result<_, _>>()?;
    let expected: Vec<_> = (number.saturating_sub(WINDOW - 1).max(1)..=number).collect();
    assert_eq!(window, expected, "thread {thread}: the window does not fit to {number}");
    Ok(number)
}

fn advance(reader: &Reader<'_>, thread: u32) -> Result<(Changes, u32), StoreError> {
    let number = reached(reader, thread)? + 1;
    let mut changes = Changes::new();
    for id in 0..SETS[thread as usize] {
        changes.put(key(thread, 1, id), [&number.to_be_bytes()[..], &[7; 250]].concat());
    }
    changes.put(key(thread, 2, number), b"");
    if number > WINDOW {
        changes.delete(key(thread, 2, number - WINDOW));
    }
    Ok((changes, number))
}

/// Does nothing unless the parent started it.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let engine = Engine::open(Path::new(&dir), options()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let engine = &engine;
            scope.spawn(move || {
                loop {
                    let number = engine.submit_blocking(move |reader| advance(reader, thread)).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "\nacknowledged {thread} {number}").and_then(|()| out.flush()).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_killed_process_keeps_what_it_acknowledged() {
    let seed = std::env::var_os("SEED")
        .map_or_else(|| fastrand::u64(..), |seed| seed.to_string_lossy().parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut left = random.u32(..120);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if left == 0 {
                child.kill().unwrap();
            }
            left = left.saturating_sub(1);
            // The last line may have been cut by the kill.
            let line = line.unwrap_or_default();
            let Some(rest) = line.strip_prefix("acknowledged ") else { continue };
            let Some((thread, number)) = rest.split_once(' ') else { continue };
            if let (Ok(thread), Ok(number)) = (thread.parse::<u32>(), number.parse::<u32>()) {
                acknowledged.insert(thread, number);
            }
        }
        let _ = child.kill();
        child.wait().unwrap();

        let engine = Engine::open(dir.path(), Options { mode: Mode::Inline, ..options() }).unwrap();
        for (&thread, &number) in &acknowledged {
            let found = reached(&engine.reader(), thread).unwrap();
            assert!(found >= number, "SEED={seed}, kill {kill}: thread {thread} had {number}, found {found}");
        }
        engine.stop().unwrap();
    }
    println!("{KILLS} kills, {acknowledged:?} acknowledged");
    assert_eq!(acknowledged.len(), THREADS as usize);
}
