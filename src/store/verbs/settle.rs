//! Keeps what came of work: findings on the subjects, the timeline, when they are due again; one synced group.

use crate::{
    domain::{
        ContactId, Effect, Finding, Lane, OwnOptOut, Person, Settlement, Subject, Timestamp,
        VirtuousContactId, Work,
    },
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{
            braked, customers, household, keys::Key, links, loaded::Loaded, own_opt_outs as table, timeline,
        },
        verbs::basis::Basis,
    },
    sync::{
        Planner, consent, household as sync_household, own_opt_outs, release, requeue, settle,
        shared_writes::SharedWrites, unsure,
    },
};

/// Subjects that one operation writes at most, so that a group stays well under a segment of the log.
pub(in crate::store) const SUBJECTS_MAX: usize = 256;

/// Settles a part of a batch, as a step of an operation.
pub(in crate::store) fn settle_part(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    part: &[Settlement],
) -> Result<(), StoreError> {
    let mut loaded = Loaded::new(reader, basis.customer);
    let mut unsubscribed = 0;
    for settlement in part {
        let counts = settle_one(&mut loaded, changes, settlement, basis.planner, basis.now)?;
        unsubscribed += u64::from(counts);
    }
    loaded.write(changes)?;
    count_at_brake(reader, changes, basis, unsubscribed)
}

/// Settles one subject. Tells whether an opt-out of it counts at the brake.
fn settle_one(
    loaded: &mut Loaded<'_>,
    changes: &mut Changes,
    settlement: &Settlement,
    planner: &Planner,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (reader, customer, id) = (loaded.reader(), loaded.customer(), &settlement.id);
    let Some(subject) = loaded.get(id)? else { return Ok(false) };
    let household = household::household(reader, customer, subject, &planner.rules)?;
    for person in settlement.findings.iter().filter_map(reading_of) {
        table::forget_all(changes, customer, own_opt_outs::went_in(subject, person));
    }
    let before = subject.clone();
    let counts = !household.cleared && settlement.findings.iter().any(is_unsubscribed);
    let settled = settle::settle(subject, settlement, planner, &household, now);
    let (outs, ins) = own_opt_outs::written(subject, now);
    table::put_all(changes, customer, &outs)?;
    table::put_all(changes, customer, &own_opt_outs_beside(&before, subject, settlement))?;
    table::forget_all(changes, customer, ins);
    timeline::append(reader, changes, customer, id, &settled.events)?;
    if !release::stays_cleared(&settled.plan) {
        braked::forget_cleared(reader, changes, customer, id)?;
    }
    if !unsure::stays_unsure(&settlement.findings, &settled.plan) {
        changes.delete(Key::intent(customer, id));
    }
    let shared = SharedWrites::of(subject, &settlement.findings);
    let wakes = !household.living.is_empty() && sync_household::moves_fields(&before.base.fields, subject);
    let contact = subject.virtuous.linked().map(|linked| linked.contact);
    loaded.changed(id);
    if let Some(contact) = contact.filter(|_| wakes) {
        wake_others(loaded, id, contact, now)?;
    }
    shared.map_or(Ok(()), |shared| show_others(loaded, id, &shared, now))?;
    Ok(counts)
}

/// Whether an opt-out reached Constant Contact (P1).
fn is_unsubscribed(finding: &Finding) -> bool {
    matches!(finding, Finding::Done { effect: Effect::Unsubscribe { .. }, .. })
}

/// Counts opt-outs that went to Constant Contact by themselves towards the brake's run (B1).
fn count_at_brake(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    count: u64,
) -> Result<(), StoreError> {
    if count == 0 {
        return Ok(());
    }
    let Some(mut record) = customers::read(reader, basis.customer)? else { return Ok(()) };
    record.brake.add_unsubscribed(count, basis.now);
    customers::put(changes, &record)
}

/// Opt-outs of Tandem's that no answer to the linked contact shows: those of further contacts, and those that a reading shows after
/// a lost or an old answer (E5).
fn own_opt_outs_beside(before: &Subject, after: &Subject, settlement: &Settlement) -> Vec<OwnOptOut> {
    let at = after.base.consent.filter(|base| !base.opted_in).and_then(|base| base.at);
    let is_claimed = settlement.unsure || consent::is_opt_out_in_doubt(before);
    let of = |finding: &Finding| {
        let read = reading_of(finding).filter(|_| is_claimed);
        let mut outs = read.map(|person| own_opt_outs::claimed(before, after, person)).unwrap_or_default();
        outs.extend(own_opt_outs::written_to_hit(before, finding, at));
        outs.extend(own_opt_outs::noted(before, finding));
        outs
    };
    settlement.findings.iter().flat_map(of).collect()
}

const fn reading_of(finding: &Finding) -> Option<&Person> {
    match finding {
        Finding::Found(person)
        | Finding::Differs(person)
        | Finding::Hit(person)
        | Finding::HitSeen(person) => Some(person),
        _ => None,
    }
}

/// Has the other subscribers of the contact planned again, as they may be heard now (F1).
fn wake_others(
    loaded: &mut Loaded<'_>,
    of: &ContactId,
    contact: VirtuousContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for id in links::linked(loaded.reader(), loaded.customer(), contact)? {
        let Some(other) = loaded.get(&id)?.filter(|other| other.id != *of && requeue::is_at_rest(other))
        else {
            continue;
        };
        other.work = Some(Work { lane: Lane::Change, due: now });
        loaded.changed(&id);
    }
    Ok(())
}

/// Shows the other subscribers of the contact what was written (I4).
fn show_others(
    loaded: &mut Loaded<'_>,
    of: &ContactId,
    shared: &SharedWrites,
    now: Timestamp,
) -> Result<(), StoreError> {
    for id in links::linked(loaded.reader(), loaded.customer(), shared.contact())? {
        if id == *of {
            continue;
        }
        let (reader, customer) = (loaded.reader(), loaded.customer());
        if let Some(other) = loaded.get(&id)? {
            let handed_on = household::handed_on(reader, customer, other)?;
            shared.show(other, &handed_on, now);
            loaded.changed(&id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AgreedConsent, EmailMethod, Gaps, IndividualId, LinkedBy, MethodId, VirtuousView};

    fn person(contact: i64, opted_in: bool) -> Person {
        let method = EmailMethod {
            id: MethodId(contact * 10),
            kind: "Home Email".to_owned(),
            value: "ann@example.org".to_owned(),
            opted_in,
            primary: true,
            created_at: None,
            modified_at: None,
        };
        Person {
            contact: VirtuousContactId(contact),
            individual: IndividualId(contact),
            linked_by: LinkedBy::Email,
            has_reference: false,
            gaps: Gaps::default(),
            emails: vec![method],
            tags: Vec::new(),
            fields: Vec::new(),
            archived: false,
            private: false,
            merged_into: None,
            seen_at: Timestamp::from_secs(0),
            late: Vec::new(),
            others: Vec::new(),
        }
    }

    #[test]
    fn e5_what_a_second_look_at_a_further_contact_shows_is_remembered_and_forgotten_too() {
        let at = Some(Timestamp::from_secs(5));
        let mut before = Subject::new(ContactId::new("c-1"), Timestamp::from_secs(0));
        before.cc.email = Some("ann@example.org".to_owned());
        before.virtuous = VirtuousView::Candidates(vec![person(7, true), person(8, true)]);
        let mut after = before.clone();
        after.base.consent = Some(AgreedConsent { opted_in: false, at });
        let findings = vec![Finding::HitSeen(person(7, false))];
        let id = before.id.clone();
        let settlement =
            Settlement { id, lane: Lane::Consent, revision: 0, unsure: true, contact: None, findings };
        let own = OwnOptOut { method: MethodId(70), at, modified_at: None };
        assert_eq!(own_opt_outs_beside(&before, &after, &settlement), [own]);
        let seen = Finding::HitSeen(person(7, true));
        before.virtuous = VirtuousView::Candidates(vec![person(7, false), person(8, true)]);
        let went_in = |read| own_opt_outs::went_in(&before, read).collect::<Vec<_>>();
        assert_eq!(reading_of(&seen).map(went_in), Some(vec![MethodId(70)]));
    }
}
