//! Contacts that may have been merged, which must be known before a reading is kept (I3, S5).

use std::collections::BTreeSet;

use crate::{
    domain::{ContactId, CustomerRules, VirtuousContact},
    store::{
        engine::{Reader, StoreError},
        handle::CustomerStore,
        tables::{keys::CustomerNo, links, subjects},
    },
    sync::merges::{self, LinkedSubscriber, MergeSuspect},
};

impl CustomerStore {
    /// Contacts that may have been merged into contacts that were read, without Tandem's knowledge (I3, S5); see
    /// [`suspects_into`](crate::sync::merges::suspects_into).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn merge_suspects(
        &self,
        contacts: &[VirtuousContact],
        rules: &CustomerRules,
    ) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        let reader = self.reader();
        let mut suspects = BTreeSet::new();
        for contact in contacts.iter().filter(|contact| merges::could_hide_merge(contact, rules)) {
            let ids = links::concerned(&reader, self.number, contact, &rules.reference_source)?;
            // A merge shows by a second subscriber.
            if ids.len() < 2 {
                continue;
            }
            let linked = linked_subscribers(&reader, self.number, &ids)?;
            let found = merges::suspects_into(contact, &linked, rules).into_iter();
            suspects.extend(found.filter(|suspect| !merges::is_told(*suspect, contacts)));
        }
        Ok(suspects)
    }
}

fn linked_subscribers(
    reader: &Reader<'_>,
    customer: CustomerNo,
    ids: &[ContactId],
) -> Result<Vec<LinkedSubscriber>, StoreError> {
    let mut linked = Vec::new();
    for id in ids {
        if let Some(subject) = subjects::read(reader, customer, id)?
            && let Some(person) = subject.virtuous.linked().cloned()
        {
            linked.push(LinkedSubscriber { person, segments: subject.base.segments });
        }
    }
    Ok(linked)
}
