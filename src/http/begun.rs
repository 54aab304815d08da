//! Connections that were begun and not yet ended: each state of one use, with what it is bound to. In memory: after a restart the
//! link is opened again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    auth::{Caller, links::STATE_SECS},
    config::Secret,
    domain::{CustomerId, Timestamp},
};

/// Connections under way at once; beyond them the oldest is forgotten.
const BEGUN_MAX: usize = 1_000;

/// A connection that was begun.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Whose.
    pub customer: CustomerId,
    /// What shows Constant Contact that the code is brought by the process that asked for it (PKCE).
    pub verifier: Secret,
    /// The browser that may end it, by its cookie; `None` where the admin token began it, perhaps
    /// without a browser.
    pub browser: Option<Secret>,
    /// The link that it began with, by its signature.
    pub link: Option<String>,
    /// Whose doing it is, for the record of actions.
    pub caller: Caller,
    /// When.
    pub at: Timestamp,
}

/// Connections that were begun, by their state.
#[derive(Debug, Default)]
pub struct Begun(Mutex<BTreeMap<String, Begin>>);

impl Begun {
    /// A connection begins.
    pub fn begin(&self, state: String, begin: Begin) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = begin.at;
        begun.retain(|_, one| one.at <= now && now.as_secs() - one.at.as_secs() <= STATE_SECS);
        if begun.len() >= BEGUN_MAX {
            let oldest = begun.iter().min_by_key(|(_, one)| one.at).map(|(state, _)| state.clone());
            oldest.map(|oldest| begun.remove(&oldest));
        }
        begun.insert(state, begin);
    }

    /// Ends a connection: its state is used up. `None` if there is none, or another browser began it, whose it stays.
    pub fn end(&self, state: &str, browser: Option<&str>) -> Option<Begin> {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_theirs = begun.get(state).is_some_and(|begin| {
            begin.browser.as_ref().is_none_or(|own| browser.is_some_and(|browser| own.matches(browser)))
        });
        if is_theirs { begun.remove(state) } else { None }
    }
}
