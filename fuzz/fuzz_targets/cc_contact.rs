//! A single contact of Constant Contact.

#![no_main]

#[path = "../inputs/mod.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::constant_contact::contact(bytes));
