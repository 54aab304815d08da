//! How many pages are live at once: each holds a connection, and a browser has few of them for one host (B4).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::auth::session::{Holder, SessionId};

/// Streams at once.
pub(super) const STREAMS_MAX: usize = 64;
/// Streams of one holder at once: a browser has six connections for a host without HTTP/2.
pub(super) const OF_HOLDER_MAX: usize = 4;

/// On whose behalf a page is live.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LiveHolder {
    /// A browser that is signed in.
    Session(SessionId),
    /// What a program shows.
    Token(Holder),
    /// This machine, without any.
    Here,
}

/// The streams that are open, by their holder. A holder without any is not remembered.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<LiveHolder, usize>>>);

/// The place of a stream; its drop is the stream's end.
#[derive(Debug)]
pub struct Place {
    streams: Streams,
    holder: LiveHolder,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The holder has as many streams as it may.
    OfHolder,
    /// All together are as many as there may be.
    AtAll,
}

impl Streams {
    /// A place.
    pub(super) fn enter(&self, holder: &LiveHolder) -> Result<Place, NoPlace> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.get(holder).is_some_and(|count| *count >= OF_HOLDER_MAX) {
            return Err(NoPlace::OfHolder);
        }
        if open.values().sum::<usize>() >= STREAMS_MAX {
            return Err(NoPlace::AtAll);
        }
        *open.entry(holder.clone()).or_default() += 1;
        Ok(Place { streams: self.clone(), holder: holder.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.holder) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: usize) -> LiveHolder {
        LiveHolder::Token(Holder::Token(format!("{number:08x}")))
    }

    #[test]
    fn b4_a_holder_has_four_streams_and_leaves_the_others_theirs() {
        let streams = Streams::default();
        let mut held: Vec<Place> =
            (0..OF_HOLDER_MAX).map(|_| streams.enter(&LiveHolder::Here).unwrap()).collect();
        assert_eq!(streams.enter(&LiveHolder::Here).unwrap_err(), NoPlace::OfHolder);
        held.extend((OF_HOLDER_MAX..STREAMS_MAX).map(|number| streams.enter(&token(number)).unwrap()));
        assert_eq!(streams.enter(&token(1)).unwrap_err(), NoPlace::AtAll);
        held.pop();
        held.push(streams.enter(&token(1)).unwrap());
        held.clear();
        assert!(streams.0.lock().unwrap().is_empty(), "nothing is remembered of them");
    }
}
