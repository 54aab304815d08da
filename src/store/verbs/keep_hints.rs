//! Keeps hints, durable before they are acknowledged (W5).

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    domain::Timestamp,
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            hints::{self, Hint, HintAbout},
            keys::Key,
        },
    },
    sync::waiting,
};

impl CustomerStore {
    /// Keeps hints; the same hint twice is one, of the later time. Those that a customer has no room for are one wish for a poll:
    /// a customer that is paused follows none, and would fill the disk (B4).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_hints(&self, about: Vec<HintAbout>, now: Timestamp) -> Result<(), StoreError> {
        let (customer, rooms) = (self.number, Arc::clone(&self.hint_rooms));
        self.write(move |reader, changes| {
            let mut left = rooms.left(customer, || hints::kept(reader, customer))?;
            let mut is_over = false;
            for about in BTreeSet::from_iter(about) {
                let takes_room = about.takes_room();
                let key = Hint { about, received_at: now }.key(customer);
                if takes_room && hints::read(reader, &key)?.is_none() {
                    if left == 0 {
                        is_over = true;
                        continue;
                    }
                    left -= 1;
                }
                keep(reader, changes, key, now)?;
            }
            if is_over {
                let wish = Hint { about: HintAbout::Nobody, received_at: now };
                keep(reader, changes, wish.key(customer), now)?;
            }
            rooms.set(customer, left);
            Ok(())
        })
        .await
    }
}

fn keep(reader: &Reader<'_>, changes: &mut Changes, key: Key, now: Timestamp) -> Result<(), StoreError> {
    let before = hints::read(reader, &key)?;
    let before = before.map(|stored| Timestamp::from_millis(stored.received_at));
    hints::put(changes, key, waiting::received_at(now, before), now)
}

#[cfg(test)]
#[path = "hints_test.rs"]
mod tests;
