//! A contact, an individual and a method of Virtuous.

#![no_main]

#[path = "../inputs/mod.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::virtuous::contact(bytes));
