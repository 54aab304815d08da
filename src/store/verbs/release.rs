//! Lets subjects through that wait at the brake (B1).

use crate::{
    domain::{ContactId, Timestamp},
    store::{
        engine::{Changes, StoreError},
        handle::CustomerStore,
        tables::{braked, customers, loaded::Loaded},
    },
    sync::{damping, release::Release},
};

/// Subjects that one operation lets through at most.
const SUBJECTS_MAX: usize = 256;

impl CustomerStore {
    /// Puts the subjects that wait at the brake now back to work, and lets their braked writes through. Returns how many. A subject
    /// that comes later is counted anew. Once all are released, the brake is lifted; a person's decision begins the day's run anew.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn release(&self, release: Release, now: Timestamp) -> Result<u64, StoreError> {
        let customer = self.number;
        let mut ids = braked::waiting(&self.reader(), customer)?;
        let mut count = 0;
        while !ids.is_empty() {
            let part = ids.split_off(ids.len().saturating_sub(SUBJECTS_MAX));
            count += self
                .write(move |reader, changes| {
                    release_part(&mut Loaded::new(reader, customer), changes, &part, release, now)
                })
                .await?;
        }
        if release.lifts() {
            self.update_customer(move |record| {
                record.brake.lift();
                if !release.counts() {
                    record.brake.forget_day();
                }
            })
            .await?;
        }
        Ok(count)
    }
}

/// Releases these, in one group with what the record remembers of them.
fn release_part(
    loaded: &mut Loaded<'_>,
    changes: &mut Changes,
    ids: &[ContactId],
    release: Release,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let (reader, customer) = (loaded.reader(), loaded.customer());
    let mut first = 0;
    for id in ids {
        let Some(subject) = loaded.get(id)? else { continue };
        if release.apply(subject, now) {
            first += u64::from(release.counts() && damping::counts_at_brake(subject, now));
            braked::put_cleared(changes, customer, subject)?;
            loaded.changed(id);
        }
    }
    let count = loaded.write(changes)?;
    if first > 0
        && let Some(mut record) = customers::read(reader, customer)?
    {
        record.brake.add_done(first, now);
        customers::put(changes, &record)?;
    }
    Ok(count)
}
