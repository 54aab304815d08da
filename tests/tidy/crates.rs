//! Which crates and which parts of `std` are named where.

use crate::{edges::Reach, fault::Fault, resolve::Found, tree::Tree};

/// What the pure rooms never name: clocks, the environment, chance, actors, the network, files.
const IMPURE: [&str; 27] = [
    "chrono::Utc::now",
    "chrono::Local",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::sync::mpsc",
    "std::hash::RandomState",
    "std::collections::hash_map::RandomState",
    "std::io::stdin",
    "actix",
    "actix_web",
    "actix_rt",
    "tokio",
    "futures_util",
    "reqwest",
    "hyper",
    "sled",
    "fastrand",
    "rand",
    "getrandom",
    "ring::rand",
    "tempfile",
    "tracing",
];
const PURE: [&str; 2] = ["domain", "sync"];

/// Clocks, the environment, chance, actors, the network and files in the pure rooms.
pub fn impure(tree: &Tree, reaches: &[Reach]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for reach in reaches.iter().filter(|reach| PURE.contains(&tree.room(reach.file))) {
        for found in &reach.answer.found {
            let Found::Foreign(path) = found else { continue };
            let path = path.join("::").replacen("core::", "std::", 1);
            let begins = |longer: &str, shorter: &str| {
                longer.strip_prefix(shorter).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            // The families of these crates are impure altogether (`tokio_util`, `actix_http`).
            let is_of_family = ["actix", "tokio"].iter().any(|family| path.starts_with(family));
            if is_of_family || IMPURE.iter().any(|impure| begins(&path, impure)) {
                faults.push(Fault::in_src(
                    &tree.files[reach.file].path,
                    reach.reason.line,
                    format!("`{path}` in `{}`, which is pure", tree.room(reach.file)),
                    "take the value as an argument, and look it up in the caller",
                ));
            }
        }
    }
    faults
}

/// The crates that only one place knows, tests included.
const ALONE: [(&str, &str); 2] = [("sled", "store/engine/"), ("bincode", "store/codec.rs")];

/// sled outside the engine, bincode outside the codec.
pub fn stray(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.files {
        for (name, home) in ALONE.iter().filter(|(_, home)| !file.path.starts_with(home)) {
            let told = file.source.tokens.iter().filter(|token| token.is_word(name));
            faults.extend(told.map(|token| {
                let rule = format!("`{name}` outside src/{home}");
                Fault::in_src(&file.path, token.line, rule, "call the store's own types instead")
            }));
        }
    }
    faults
}
