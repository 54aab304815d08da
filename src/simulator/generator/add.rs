//! Sign-ups of this moment.

use super::{cc, people};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::{EditError, Permission},
        ids::Uuid,
    },
};

/// Adds so many mailable contacts to an account in Constant Contact, as sign-ups of this moment.
///
/// # Errors
/// When the account is unknown.
pub fn add_subscribers(
    simulator: &mut Simulator,
    account: &str,
    count: usize,
    seed: u64,
    now: Timestamp,
) -> Result<Vec<Uuid>, EditError> {
    let held = simulator.constant_contact.account_mut(account)?;
    let lists: Vec<Uuid> =
        held.lists.iter().filter(|list| list.deleted_at.is_none()).map(|list| list.list_id).collect();
    let fields: Vec<Uuid> = held.custom_fields.iter().map(|field| field.custom_field_id).collect();
    let first = held.roster.len();
    let mut random = fastrand::Rng::with_seed(seed);
    (first..first + count)
        .map(|number| {
            let mut person = people::invent_one(&mut random, number, Some(Permission::Implicit), now);
            person.created = now;
            simulator.constant_contact.add_contact(account, cc::seed_of(&person, &lists, &fields), now)
        })
        .collect()
}
