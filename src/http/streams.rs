//! How many pages are live at once: each holds a connection (B4).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Streams at once.
pub(super) const STREAMS_MAX: usize = 32;

/// How many streams are open.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<AtomicUsize>);

/// The place of a stream; its drop is the stream's end.
#[derive(Debug)]
pub struct Place(Streams);

impl Streams {
    /// A place; `None` while all are taken.
    pub(super) fn enter(&self) -> Option<Place> {
        let open = self.0.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.clone());
        (open < STREAMS_MAX).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
