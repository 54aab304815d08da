//! Bodies and signatures that are posted to `/hooks/constant-contact/...`.
//! `tests/fuzz_smoke.rs` drives the same functions on stable.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem::constant_contact::{
    hints::{self, HINTS_MAX},
    signature::verify_signature,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(hints) = hints::parse(bytes) {
        assert!((1..=HINTS_MAX + 1).contains(&hints.len()));
    }
    let header = String::from_utf8_lossy(bytes);
    assert!(!verify_signature(b"a secret that nobody knows", bytes, &header));
});
