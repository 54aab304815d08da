//! Plays the week.

use super::{
    Week,
    people::{People, taken_address},
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        compare::VirtuousSnapshot,
        constant_contact::{BounceCode, ContactSeed, EditError, OptOut, Permission, Profile, Proof, Source},
        virtuous::model::{NewIndividual, NewMethod},
    },
};

/// From so many contacts on the week is a whole one.
const WHOLE_FROM: usize = 2_000;
/// What the renamed list is called afterwards.
pub const NEW_NAME: &str = "Friends of the House";
const CODES: [BounceCode; 7] =
    [BounceCode::B, BounceCode::S, BounceCode::D, BounceCode::F, BounceCode::X, BounceCode::Z, BounceCode::V];

/// What staff make ready before anything is synced: the tag of the list's new name (S4).
pub fn prepare(simulator: &mut Simulator, organisation: &str) {
    if let Some(organisation) = simulator.virtuous.organisation_mut(organisation) {
        organisation.add_tag(&format!("CC: {NEW_NAME}"), "Staff");
    }
}

/// How many of so many in a whole week an account of this size has: of each kind at least one.
fn share(whole: usize, contacts: usize) -> usize {
    (whole * contacts.min(WHOLE_FROM)).div_ceil(WHOLE_FROM).max(1)
}

/// Plays a week of edits on an account that is in step. A small account has a smaller week with the same kinds.
///
/// # Errors
/// When the account or the organisation is unknown.
pub fn play(simulator: &mut Simulator, account: &str, seed: u64, now: Timestamp) -> Result<Week, EditError> {
    let unknown = || EditError::UnknownAccount(account.to_owned());
    let mut random = fastrand::Rng::with_seed(seed);
    let book = simulator.constant_contact.account(account).ok_or_else(unknown)?;
    let organisation = simulator.virtuous.organisation(account).ok_or_else(unknown)?;
    let contacts = book.roster.iter().filter(|contact| contact.deleted_at.is_none()).count();
    let mut people = People::choose(book, organisation, &mut random);
    let taken_address = taken_address(book, organisation);
    let mut week = lists(simulator, account, now)?;
    let of = |whole| share(whole, contacts);
    household(simulator, account, &mut people, &mut week, now)?;
    let cc = &mut simulator.constant_contact;
    let again = people.opted_out(of(20) * 2);
    for (number, id) in again.into_iter().enumerate() {
        let (proof, ids) = if number.is_multiple_of(2) {
            (Proof::Nothing, &mut week.bare)
        } else {
            (Proof::Confirmed, &mut week.proved)
        };
        cc.resubscribe(account, id, proof, now)?;
        ids.push(id);
    }
    let campaign = cc.add_campaign(account, "Weekly news", now)?.campaign_activity_id;
    for (code, (id, _)) in CODES.into_iter().zip(people.mailable(CODES.len())) {
        cc.add_bounce(account, id, code, campaign, now)?;
        week.bounced.push((code, id));
    }
    if let (Some(address), Some((id, _))) = (taken_address, people.mailable(1).pop()) {
        cc.change_email(account, id, &address, now)?;
        week.taken = Some(id);
    }
    for (number, (id, _)) in people.mailable(of(19)).into_iter().enumerate() {
        cc.change_email(account, id, &format!("moved.{number}@example.net"), now)?;
        week.moved.push(id);
    }
    for (id, _) in people.mailable(of(30)) {
        cc.delete_contact(account, id, now)?;
        week.deleted.push(id);
    }
    for (id, _) in people.mailable(of(5)) {
        cc.erase_contact(account, id)?;
        week.disappeared.push(id);
    }
    Ok(week)
}

/// Deletes the list with the fewest members, and renames the next one: not so many that the brake is met (B1).
fn lists(simulator: &mut Simulator, account: &str, now: Timestamp) -> Result<Week, EditError> {
    let cc = &mut simulator.constant_contact;
    let held = cc.account(account).ok_or_else(|| EditError::UnknownAccount(account.to_owned()))?;
    let living = held.lists.iter().filter(|list| list.deleted_at.is_none());
    let members = |id| held.roster.iter().filter(|contact| contact.lists.contains(&id)).count();
    let mut smallest: Vec<_> =
        living.map(|list| (members(list.list_id), list.list_id, list.name.to_string())).collect();
    smallest.retain(|(members, ..)| *members > 0);
    smallest.sort();
    let mut smallest = smallest.into_iter();
    let mut week = Week::default();
    if let Some((_, list, name)) = smallest.next() {
        cc.delete_list(account, list, now)?;
        week.deleted_list = Some(name);
    }
    if let Some((_, list, name)) = smallest.next() {
        cc.rename_list(account, list, NEW_NAME, now)?;
        week.renamed_list = Some(name);
    }
    Ok(week)
}

/// Somebody's spouse, whom staff know as one of the household, subscribes; then the first of the two unsubscribes.
fn household(
    simulator: &mut Simulator,
    account: &str,
    people: &mut People,
    week: &mut Week,
    now: Timestamp,
) -> Result<(), EditError> {
    let Some((first, held)) = people.mailable(1).pop() else { return Ok(()) };
    let address = "spouse@example.net".to_owned();
    let spouse = NewIndividual {
        first_name: "Robin".to_owned(),
        last_name: "Spouse".to_owned(),
        methods: vec![NewMethod::email(&address, true)],
        ..NewIndividual::default()
    };
    if let Some(organisation) = simulator.virtuous.organisation_mut(account) {
        organisation.staff_add_individual(held, &spouse, now);
        // What staff did is no change by Tandem; what it did until here was compared before the week began.
        if organisation.baseline.is_some() {
            organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
        }
    }
    let profile =
        Profile { first_name: Some("Robin".into()), last_name: Some("Spouse".into()), ..Profile::default() };
    let seed = ContactSeed {
        email: Some(address),
        permission: Permission::Implicit,
        profile,
        ..ContactSeed::default()
    };
    let cc = &mut simulator.constant_contact;
    let second = cc.add_contact(account, seed, now)?;
    cc.unsubscribe(account, first, OptOut::by(Source::Contact), now)?;
    week.household = Some((first, second));
    Ok(())
}
