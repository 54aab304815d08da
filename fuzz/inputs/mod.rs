//! Everything in Tandem that reads bytes from outside, as functions of these bytes. The targets give them to libFuzzer;
//! `tests/fuzz_smoke.rs` drives the same functions on stable, from the seeds in `fuzz/seeds`.

#![allow(dead_code, reason = "each target drives one of them")]

mod answer;
pub mod constant_contact;
pub mod settings;
pub mod stored;
pub mod virtuous;

/// What takes bytes.
pub type Input = fn(&[u8]);

/// Every target by its name.
pub const ALL: [(&str, Input); 13] = [
    ("cc_contact", constant_contact::contact),
    ("cc_error", constant_contact::error),
    ("cc_hint", constant_contact::hint),
    ("cc_page", constant_contact::page),
    ("cc_reference", constant_contact::reference),
    ("cc_token", constant_contact::token),
    ("settings", settings::settings),
    ("stored", stored::stored),
    ("virtuous_contact", virtuous::contact),
    ("virtuous_error", virtuous::error),
    ("virtuous_event", virtuous::event),
    ("virtuous_page", virtuous::page),
    ("virtuous_reference", virtuous::reference),
];
