//! B4: what a panic says may quote a person's data, and stands nowhere. A process of its own, as the hook is one for the whole process.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tandem::{
    panics,
    store::{Mode, Options, Store, StoreError},
};

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const WORDS: &str = "ann@example.org";

fn panics() -> ! {
    panic!("the address is {WORDS}")
}

#[tokio::test]
async fn b4_a_panic_is_told_by_its_place_and_number_and_never_by_its_words() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    panics::tell_places_only();
    // In an operation of the store, and in a scan on a thread of its own.
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let operation =
        store.engine().submit_blocking(|_| -> Result<(_, ()), StoreError> { panics() }).unwrap_err();
    let scan = store.apart(|| -> Result<(), StoreError> { panics() }).await.unwrap_err();
    assert!(std::panic::catch_unwind(|| panics()).is_err());
    let place = panics::caught();
    assert!(
        place.starts_with("at tests/panics.rs:") && place.ends_with("panic 3 of this process"),
        "{place}"
    );
    assert!(operation.to_string().contains("tests/panics.rs:"), "{operation}");
    let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(told.matches("tests/panics.rs:").count(), 3, "a line each: {told}");
    for said in [told, operation.to_string(), scan.to_string()] {
        assert!(!said.contains(WORDS), "{said}");
    }
    store.stop().unwrap();
}
