//! Room for calls out: how many may be under way at once, over the whole process and to one host.
//!
//! A host that hangs keeps each call for as long as the time limit, and a socket with it. What waits here has not left this
//! machine: it counts on no budget, and wears out no attempts (B4, E4).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls that may be under way in the whole process.
pub const CALLS_OUT_MAX: usize = 512;
/// The fewest that work can be done with.
pub const CALLS_OUT_MIN: usize = 8;
/// The longest that a call of consent's, or one to the token host, waits for a place.
const PLACE_WAIT: Duration = Duration::from_secs(60);
/// The longest that any other call does: it gives up as never sent, and its turn looks at the customer's opt-outs (W6).
const ORDINARY_WAIT: Duration = Duration::from_secs(2);
/// Hosts that have a share of their own; the settings name three. Further ones have one share together.
const HOSTS_MAX: usize = 16;

/// Which way out a call takes. Each has places of its own: opt-outs wait behind no other call, and a token host that hangs
/// holds up no customer that has its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Everything that is neither of the others.
    #[default]
    Ordinary,
    /// Calls of the consent lane.
    Consent,
    /// Calls to the token host.
    Token,
}

/// The places of all ways.
#[derive(Debug)]
pub struct Room {
    ordinary: Places,
    consent: Places,
    token: Places,
}

/// A place that a call has. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _of_host: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// The places of one way.
#[derive(Debug)]
struct Places {
    all: Arc<Semaphore>,
    /// A host has no more than this, so that a hanging host leaves room for the others.
    of_host: usize,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Room {
    /// Room for so many calls, at least [`CALLS_OUT_MIN`]: a quarter is consent's, an eighth the token host's.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        let calls = calls.max(CALLS_OUT_MIN);
        let (consent, token) = (calls / 4, calls / 8);
        Self {
            ordinary: Places::new(calls - consent - token),
            consent: Places::new(consent),
            token: Places::new(token),
        }
    }

    /// Waits for a place; `None` if none was free in time.
    pub async fn place(&self, way: Way, host: &str) -> Option<Place> {
        let (places, wait) = match way {
            Way::Ordinary => (&self.ordinary, ORDINARY_WAIT),
            Way::Consent => (&self.consent, PLACE_WAIT),
            Way::Token => (&self.token, PLACE_WAIT),
        };
        tokio::time::timeout(wait, places.take(host)).await.ok().flatten()
    }
}

impl Places {
    fn new(all: usize) -> Self {
        let of_host = (all * 2 / 3).max(1);
        Self { all: Arc::new(Semaphore::new(all)), of_host, hosts: Mutex::default() }
    }

    /// The host's share first: a call that waits for it takes no place from the others.
    async fn take(&self, host: &str) -> Option<Place> {
        let of_host = self.share(host).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Place { _of_host: of_host, _of_all: of_all })
    }

    fn share(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = if hosts.len() < HOSTS_MAX || hosts.contains_key(host) { host } else { "" };
        Arc::clone(hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.of_host))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn b4_a_host_that_hangs_keeps_its_share_and_none_of_consent_or_of_others() {
        let room = Room::new(48);
        let mut held = Vec::new();
        let shares = [(Way::Ordinary, 20, 10), (Way::Consent, 8, 4), (Way::Token, 4, 2)];
        for (way, of_one, others) in shares {
            for (host, places) in [("hangs", of_one), ("other", others)] {
                for _ in 0..places {
                    held.push(room.place(way, host).await.unwrap());
                }
                assert!(room.place(way, host).await.is_none(), "{way:?} {host}: and not without end");
            }
        }
        assert_eq!(held.len(), 48);
        held.clear();
        assert!(room.place(Way::Ordinary, "hangs").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn w6_an_ordinary_call_gives_up_soon_and_a_place_that_comes_free_meanwhile_is_its_own() {
        let room = Room::new(8);
        for (way, wait) in
            [(Way::Ordinary, ORDINARY_WAIT), (Way::Consent, PLACE_WAIT), (Way::Token, PLACE_WAIT)]
        {
            let mut held = vec![room.place(way, "hangs").await.unwrap()];
            let full = loop {
                let began = tokio::time::Instant::now();
                match room.place(way, "hangs").await {
                    Some(place) => held.push(place),
                    None => break began.elapsed(),
                }
            };
            assert_eq!(full, wait, "{way:?}");
            let waits = room.place(way, "hangs");
            held.pop();
            assert!(waits.await.is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_no_settings_name_share_one_share() {
        let room = Room::new(0);
        for number in 0..10_000 {
            assert!(room.place(Way::Ordinary, &format!("host{number}")).await.is_some());
        }
        assert_eq!(room.ordinary.hosts.lock().unwrap().len(), HOSTS_MAX + 1);
    }
}
