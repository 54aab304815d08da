//! The fuzz targets' functions over mutated seeds, on stable: a smoke for CI. The real thing is in `fuzz/`.
//!
//! The number of the run is printed; a failing run is repeated with it in `TANDEM_SEED`.

#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

use std::{fs, path::Path};

#[path = "flow/full.rs"]
mod full;
#[path = "../fuzz/inputs/mod.rs"]
mod inputs;

/// How often each seed is mutated.
fn rounds() -> usize {
    if full::is_full_run() { 4_000 } else { 400 }
}

/// Random bytes that begin as something sensible.
fn mutate(random: &mut fastrand::Rng, seed: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 16] = [
        b"null", b"{}", b"[]", b"{", b"}", b"[", b"]", b"\"", b"\\u", b"\\ud83d", b",", b":", b"1e999",
        b"-1", b"\xff", b"@",
    ];
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..=6) {
        let (from, to) = (random.usize(0..=bytes.len()), random.usize(0..=bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match random.u8(0..5) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, WORDS[random.usize(..WORDS.len())].iter().copied())),
            2 => drop(
                bytes.splice(from..to.min(from + 12), WORDS[random.usize(..WORDS.len())].iter().copied()),
            ),
            3 => {
                let copy = bytes[from..to].to_vec();
                let at = random.usize(0..=bytes.len());
                drop(bytes.splice(at..at, copy));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = random.u8(..);
                }
            }
        }
    }
    bytes
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no seeds");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn every_parser_survives_anything() {
    let number = std::env::var_os("TANDEM_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let number = number.unwrap_or_else(|| fastrand::u64(..));
    println!("TANDEM_SEED={number}");
    let mut random = fastrand::Rng::with_seed(number);
    for (name, target) in inputs::ALL {
        println!("{name}");
        let seeds = seeds(name);
        for seed in &seeds {
            target(seed);
            for _ in 0..rounds() / seeds.len() {
                target(&mutate(&mut random, seed));
            }
        }
    }
}

/// Every target has a binary for libFuzzer, and each of these a function here.
#[test]
fn every_target_is_driven() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let name_of = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut targets: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| name_of(entry.unwrap())).collect();
    targets.sort();
    let names: Vec<_> = inputs::ALL.iter().map(|(name, _)| format!("{name}.rs")).collect();
    assert_eq!(targets, names);
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    assert!(inputs::ALL.iter().all(|(name, _)| manifest.contains(&format!("name = \"{name}\""))));
}
