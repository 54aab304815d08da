//! Who waits at the brake, and who was let through (B1).

use crate::{
    domain::{Cause, ContactId, Event, Lane, Reason, Rule, Subject, Timestamp, What, Work},
    sync::{Plan, brake::Tally},
};

use super::{
    CustomerStore, StoreError, codec, customers,
    engine::{Changes, Reader},
    keys::{CustomerNo, HEAD, Key, Kind, id_at},
    stored::ClearedV1,
    subjects::{self, Standing, Writer},
};

const CLEARED_V1: u8 = 1;
/// Subjects that one operation lets through at most.
const SUBJECTS_MAX: usize = 256;

/// Who is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetGo {
    /// Those who owe an opt-out: they were few.
    OptOuts,
    /// Everybody: they were few.
    All,
    /// Everybody, because a person said so.
    Accepted,
}

impl CustomerStore {
    /// Counts those who wait at the brake, by what would be written to them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn at_brake(&self) -> Result<Tally, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut tally = Tally::default();
        for id in waiting(&reader, customer, usize::MAX)? {
            if let Some(subject) = subjects::read(&reader, customer, &id)? {
                tally.add(subject.reason.detail);
            }
        }
        Ok(tally)
    }

    /// Puts those who wait at the brake back to work, and lets them through as they are now. Returns how many. Once nobody
    /// waits any more, the brake is lifted.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn let_go(&self, who: LetGo, now: Timestamp) -> Result<u64, StoreError> {
        let customer = self.number;
        // As they are now: who comes later is counted anew.
        let mut ids = waiting(&self.reader(), customer, usize::MAX)?;
        let mut count = 0;
        while !ids.is_empty() {
            let part = ids.split_off(ids.len().saturating_sub(SUBJECTS_MAX));
            count +=
                self.write(move |reader, changes| pass(reader, changes, customer, &part, who, now)).await?;
        }
        if who != LetGo::OptOuts {
            self.update_customer(|record| record.brake.lift()).await?;
        }
        Ok(count)
    }
}

/// Lets these through, in one group with what the record remembers of them.
fn pass(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    ids: &[ContactId],
    who: LetGo,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut writer = Writer::new(reader, customer)?;
    let mut count = 0;
    for id in ids {
        let Some(mut subject) = subjects::read(reader, customer, id)? else { continue };
        let owes = subject.opt_out_owed_since.is_some();
        if !subject.is_at_brake() || (who == LetGo::OptOuts && !owes) {
            continue;
        }
        let before = Standing::of(&subject);
        let cause = if who == LetGo::Accepted { Cause::Decided } else { Cause::BrakePassed };
        let reason = Reason::about(Rule::B1, cause, std::mem::take(&mut subject.reason.detail));
        if who == LetGo::Accepted {
            subject.recent.push(Event { at: now, what: What::Decided, reason: reason.clone() });
        }
        subject.reason = reason;
        let lane = if owes { Lane::Consent } else { Lane::Change };
        subject.work = Some(Work { lane, due: now });
        let cleared = ClearedV1 { revision: subject.revision };
        changes.put(Key::cleared(customer, id), codec::encode(CLEARED_V1, &cleared)?);
        writer.put(changes, Some(&before), &subject)?;
        count += 1;
    }
    writer.finish(changes)?;
    if who != LetGo::Accepted
        && count > 0
        && let Some(mut record) = customers::read(reader, customer)?
    {
        record.brake.add_done(count, now);
        customers::put(changes, &record)?;
    }
    Ok(count)
}

fn waiting(reader: &Reader<'_>, customer: CustomerNo, limit: usize) -> Result<Vec<ContactId>, StoreError> {
    let entries = reader.scan_prefix(Key::of(customer, Kind::Braked)).take(limit);
    entries.map(|entry| Ok(id_at(&entry?.0, HEAD))).filter_map(Result::transpose).collect()
}

/// Whether the brake let a subject through as it is.
pub(super) fn is_cleared(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<bool, StoreError> {
    let Some(value) = reader.get(Key::cleared(customer, &subject.id))? else { return Ok(false) };
    let cleared = codec::decode::<ClearedV1>(CLEARED_V1, &value)?;
    Ok(cleared.revision == subject.revision)
}

/// Forgets that a subject was let through, once nothing is left to be written for which it was.
pub(super) fn forget_when_done(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    subject: &Subject,
    plan: &Plan,
) -> Result<(), StoreError> {
    let goes_on = matches!(plan.step, crate::sync::Step::Apply(_));
    let key = Key::cleared(customer, &subject.id);
    if !goes_on && reader.get(&key)?.is_some() {
        changes.delete(key);
    }
    Ok(())
}
