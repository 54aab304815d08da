//! How many subscribers stand where, and how much work waits.

use std::collections::BTreeMap;

use crate::domain::{Counts, Lane, State};

/// Subscribers by state.
#[must_use]
pub fn states(counts: &Counts) -> BTreeMap<State, u64> {
    State::ALL.iter().map(|state| (*state, of_state(counts, *state))).collect()
}

/// Waiting work by lane.
#[must_use]
pub fn lanes(counts: &Counts) -> BTreeMap<Lane, u64> {
    Lane::ALL.iter().map(|lane| (*lane, counts.lanes[usize::from(lane.to_u8())])).collect()
}

/// Subscribers in a state.
#[must_use]
pub fn of_state(counts: &Counts, state: State) -> u64 {
    counts.states[usize::from(state.to_u8())]
}

/// Counts in a line, by name.
#[must_use]
pub fn line<K: ToString>(counts: &BTreeMap<K, u64>) -> String {
    let counts = by_name(counts);
    counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// Values with their names, in the order of the names.
#[must_use]
pub fn by_name<K: ToString, V: Copy>(values: &BTreeMap<K, V>) -> Vec<(String, V)> {
    let mut named: Vec<_> = values.iter().map(|(key, value)| (key.to_string(), *value)).collect();
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    named
}
