//! Bodies and signatures that are posted to `/hooks/constant-contact/...`.

#![no_main]

#[path = "../inputs/mod.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::constant_contact::hint(bytes));
