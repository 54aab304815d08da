//! A panic is told by its place in the source and a number, never by its words: those may quote what a person is called (B4).

use std::{
    cell::RefCell,
    fmt,
    panic::{self, Location},
    sync::atomic::{AtomicU64, Ordering},
};

/// Panics that this process met.
static MET: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The panic that this thread met last, until it is caught.
    static LAST: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// Where a panic was, and its number in this process, by which its own line of the log is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    file: String,
    line: u32,
    number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}, panic {} of this process", self.file, self.line, self.number)
    }
}

/// Has each panic of the process told by its place alone, in the log, from here on.
pub fn tell_places_only() {
    panic::set_hook(Box::new(|panic| {
        let place = meet(panic.location());
        tracing::error!(%place, "a bug: the code panicked. What it said is left out, as it may quote a person's data; what becomes of it is told where it is caught");
    }));
}

fn meet(location: Option<&Location<'_>>) -> Place {
    let (file, line) = location.map_or(("an unknown place", 0), |at| (at.file(), at.line()));
    let number = MET.fetch_add(1, Ordering::Relaxed) + 1;
    let place = Place { file: file.to_owned(), line, number };
    LAST.with_borrow_mut(|last| *last = Some(place.clone()));
    place
}

/// The place of the panic that was just caught on this thread, for the log.
#[must_use]
pub fn caught() -> String {
    let last = LAST.with_borrow_mut(Option::take);
    last.map_or_else(|| "at a place that is not known".to_owned(), |place| format!("at {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_a_panic_is_known_by_its_place_once() {
        let place = meet(Some(Location::caller()));
        let shown = caught();
        assert_eq!(shown, format!("at {place}"));
        assert!(shown.contains("src/panics.rs:") && place.number > 0, "{shown}");
        assert_eq!(caught(), "at a place that is not known");
        assert!(meet(None).number > place.number);
    }
}
