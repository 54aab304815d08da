//! When the customers of a process begin their first turns: a few at once, many spread, so that they do not all call at the same
//! moment (B4).

use std::{collections::HashMap, time::Duration};

use xxhash_rust::xxh3::xxh3_64;

use crate::domain::CustomerId;

/// Customers that begin at once.
const AT_ONCE: usize = 50;
/// The time between two further ones.
const STEP: Duration = Duration::from_millis(75);
/// The time within which all have begun.
const ALL_WITHIN: Duration = Duration::from_secs(60);

/// How long each customer waits for its first turn. Those that owe an opt-out do not wait: places and permits bound them (W6). The order
/// of the others is that of a hash of the ids, the same at each start, so that neighbours by name do not begin together.
#[must_use]
pub fn waits<'a>(
    customers: impl IntoIterator<Item = &'a CustomerId>,
    owes: impl Fn(&CustomerId) -> bool,
) -> HashMap<CustomerId, Duration> {
    let mut order: Vec<&CustomerId> = customers.into_iter().collect();
    order.sort_by_cached_key(|id| (xxh3_64(id.as_str().as_bytes()), id.as_str().to_owned()));
    let later = u32::try_from(order.len().saturating_sub(AT_ONCE)).unwrap_or(u32::MAX);
    let step = STEP.min(ALL_WITHIN / later.max(1));
    let wait = |place: usize| {
        let place = u32::try_from((place + 1).saturating_sub(AT_ONCE)).unwrap_or(u32::MAX);
        step.saturating_mul(place)
    };
    let waits = order.into_iter().enumerate();
    waits.map(|(place, id)| (id.clone(), if owes(id) { Duration::ZERO } else { wait(place) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(customers: usize) -> Vec<(Duration, CustomerId)> {
        let ids: Vec<CustomerId> =
            (0..customers).map(|number| format!("c{number}").parse().unwrap()).collect();
        let mut waits: Vec<_> = waits(&ids, |_| false).into_iter().map(|(id, wait)| (wait, id)).collect();
        waits.sort();
        waits
    }

    #[test]
    fn b4_few_customers_start_at_once_and_many_within_a_minute() {
        assert!(of(0).is_empty());
        assert!(of(AT_ONCE).iter().all(|(wait, _)| wait.is_zero()), "nothing is slower for a few");
        assert!(of(200).last().unwrap().0 <= Duration::from_secs(12));
        for many in [1_000, 10_000] {
            let waits = of(many);
            assert!(waits.last().unwrap().0 <= ALL_WITHIN && waits.last().unwrap().0 >= ALL_WITHIN * 9 / 10);
            for second in 1..60 {
                let begun = waits.iter().filter(|(wait, _)| wait.as_secs() == second).count();
                assert!(begun.abs_diff(many / 60) <= 3, "{begun} of {many} in second {second}");
            }
        }
        let names: Vec<_> = of(1_000).into_iter().map(|(_, id)| id).collect();
        assert_eq!(
            names,
            of(1_000).into_iter().map(|(_, id)| id).collect::<Vec<_>>(),
            "the same at each start"
        );
        assert!(!names.is_sorted(), "not by name");
    }

    #[test]
    fn w6_who_owes_an_opt_out_starts_first() {
        let (_, last) = of(1_000).into_iter().next_back().unwrap();
        let ids: Vec<_> = of(1_000).into_iter().map(|(_, id)| id).collect();
        assert_eq!(waits(&ids, |id| *id == last)[&last], Duration::ZERO);
        assert!(waits(&ids, |_| true).values().all(Duration::is_zero));
    }
}
