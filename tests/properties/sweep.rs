//! The sweep over an account that changes under it (D1, D2): pages by position, as Constant Contact gives them.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};
use tandem::sync::windows::{ATTEMPTS_MAX, Cursor, PageFacts, Sweep};

use crate::{config, generate::at};

/// What happens to the account between two pages.
#[derive(Debug, Clone)]
enum Between {
    /// The one at this place is removed for good.
    Erase(usize),
    /// A new one comes at the end.
    Add,
    /// The one at this place moves to the end, as after a change where pages go by time.
    Move(usize),
    /// The reader is thrown back: its cursor is refused.
    Restart,
    /// A record of the next page cannot be read.
    Odd,
    Nothing,
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        2 => (0..40usize).prop_map(Between::Erase),
        2 => Just(Between::Add),
        1 => (0..40usize).prop_map(Between::Move),
        1 => Just(Between::Restart),
        1 => Just(Between::Odd),
        8 => Just(Between::Nothing),
    ]
}

proptest! {
    #![proptest_config(config())]

    /// A sweep is complete only if it showed exactly as many as both its first and its last page counted and every record
    /// could be read; at rest it shows everybody; and it comes to an end.
    #[test]
    fn d2_a_sweep_never_deletes_on_an_incomplete_read(
        size in 0..30u32,
        page in 1..8usize,
        changes in vec(between(), 0..40),
        counts_told in any::<bool>(),
    ) {
        let mut account: Vec<u32> = (0..size).collect();
        let mut known: BTreeSet<u32> = account.iter().copied().collect();
        let mut changes = changes.into_iter();
        let mut cursor = Cursor::default();
        let (mut place, mut shown, mut first, mut odd_seen) = (0, BTreeSet::new(), None, false);
        // Whether the account moved since the first page of this reading.
        let mut moved = false;
        let mut next_id = size;
        for read in 0..10_000 {
            prop_assert!(read < 9_999, "does not come to an end");
            let mut odd = 0;
            match changes.next().unwrap_or(Between::Nothing) {
                Between::Erase(which) if !account.is_empty() => {
                    account.remove(which % account.len());
                    moved = true;
                }
                Between::Move(which) if !account.is_empty() => {
                    let which = which % account.len();
                    let last = account.remove(which);
                    account.push(last);
                    moved = true;
                }
                Between::Add => {
                    account.push(next_id);
                    moved = true;
                    next_id += 1;
                }
                Between::Restart if place > 0 => {
                    let window = cursor.window(at(0));
                    cursor.restart(window);
                    (place, odd_seen) = (0, false);
                }
                Between::Odd => odd = 1,
                Between::Erase(_) | Between::Move(_) | Between::Restart | Between::Nothing => {}
            }
            if place == 0 {
                shown = BTreeSet::new();
                first = Some(account.len() as u64);
                moved = false;
            }
            odd_seen |= odd > 0;
            let here: Vec<u32> = account.iter().copied().skip(place).take(page).skip(odd).collect();
            shown.extend(here.iter().copied());
            known.extend(here);
            place += page;
            let next = (place < account.len()).then_some("/v3/contacts?cursor=x");
            let count = counts_told.then_some(account.len() as u64);
            let window = cursor.window(at(0));
            let attempt = window.attempt;
            let facts = PageFacts { next, distinct: shown.len() as u64, count };
            let outcome = cursor.sweep_page(window, &facts, odd, at(0));
            match outcome {
                Sweep::More => prop_assert!(next.is_some() && cursor.open.is_some()),
                Sweep::Complete => {
                    let whole = Some(shown.len() as u64);
                    prop_assert!(!odd_seen && counts_told && first == whole && count == whole);
                    // At rest nobody who is there is missed. Otherwise one who moved may hide another from all counts,
                    // which is why whoever was not shown is looked at alone.
                    let missing: Vec<_> = known.difference(&shown).filter(|id| account.contains(id)).collect();
                    prop_assert!(missing.is_empty() || moved, "{missing:?}");
                    prop_assert!(cursor.open.is_none());
                    break;
                }
                Sweep::Incomplete => {
                    prop_assert!(next.is_none());
                    prop_assert_eq!(cursor.open.is_some(), attempt < ATTEMPTS_MAX);
                    prop_assert_eq!(cursor.short_windows, u32::from(attempt >= ATTEMPTS_MAX));
                    (place, odd_seen) = (0, false);
                    if attempt >= ATTEMPTS_MAX {
                        break;
                    }
                }
            }
        }
    }
}
