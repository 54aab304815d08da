//! Deliveries that are posted to `/hooks/virtuous/...`.

#![no_main]

#[path = "../inputs/mod.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::virtuous::event(bytes));
