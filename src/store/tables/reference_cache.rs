//! Decoded reference data, kept while the store holds the same bytes. Every turn of a customer needs it, and it seldom
//! changes: lists and tags of one customer may be thousands of names.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{CustomerRules, ReferenceData},
    store::{engine::Bytes, tables::keys::CustomerNo},
    sync::Mapping,
};

/// At most so many customers' data is kept decoded; the store itself holds everybody's.
const KEPT: usize = 64;

/// What the store holds of both systems, undecoded; `None` before the first reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Encoded {
    /// Constant Contact's.
    pub cc: Option<Bytes>,
    /// Virtuous'.
    pub virtuous: Option<Bytes>,
}

/// Decoded reference data by customer. A lookup compares the bytes, so that no writer has to tell of a change.
#[derive(Debug, Default)]
pub(in crate::store) struct ReferenceCache {
    entries: Mutex<BTreeMap<CustomerNo, Entry>>,
}

#[derive(Debug)]
struct Entry {
    encoded: Encoded,
    data: Arc<ReferenceData>,
    mapping: Option<(CustomerRules, Arc<Mapping>)>,
}

impl ReferenceCache {
    /// The data decoded from exactly these bytes.
    pub fn data(&self, customer: CustomerNo, encoded: &Encoded) -> Option<Arc<ReferenceData>> {
        let entries = self.lock();
        let entry = entries.get(&customer).filter(|entry| entry.encoded == *encoded)?;
        Some(Arc::clone(&entry.data))
    }

    /// Keeps what the bytes decode to. When the cache is full, the customer with the lowest number makes way.
    pub fn keep(&self, customer: CustomerNo, encoded: Encoded, data: &Arc<ReferenceData>) {
        let mut entries = self.lock();
        if entries.len() >= KEPT && !entries.contains_key(&customer) {
            entries.pop_first();
        }
        entries.insert(customer, Entry { encoded, data: Arc::clone(data), mapping: None });
    }

    /// The mapping of this data under these rules, made once.
    pub fn mapping(
        &self,
        customer: CustomerNo,
        data: &Arc<ReferenceData>,
        rules: &CustomerRules,
    ) -> Arc<Mapping> {
        let mut entries = self.lock();
        let entry = entries.get_mut(&customer).filter(|entry| Arc::ptr_eq(&entry.data, data));
        let known = entry.as_ref().and_then(|entry| entry.mapping.as_ref());
        if let Some((_, mapping)) = known.filter(|(made_by, _)| made_by == rules) {
            return Arc::clone(mapping);
        }
        let mapping = Arc::new(Mapping::new(data, rules));
        if let Some(entry) = entry {
            entry.mapping = Some((rules.clone(), Arc::clone(&mapping)));
        }
        mapping
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CustomerNo, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{CcReferenceData, ListId, Timestamp, VirtuousReferenceData, reference_data::List},
        store::{engine::Options, handle::Store, tables::reference_data::NewReferenceData},
    };

    fn read(name: &str) -> NewReferenceData {
        let list = List { name: name.to_owned(), ..List::default() };
        let lists = BTreeMap::from([(ListId::new("l"), list)]);
        NewReferenceData::ConstantContact(CcReferenceData { lists, ..CcReferenceData::default() })
    }

    #[tokio::test]
    async fn what_is_kept_is_shared_until_the_store_holds_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options::default()).unwrap().of(1);
        store.save_reference_data(read("News")).await.unwrap();
        let first = store.reference_data().unwrap();
        assert!(Arc::ptr_eq(&first, &store.reference_data().unwrap()));
        store.save_reference_data(read("Gala")).await.unwrap();
        assert_eq!(store.reference_data().unwrap().cc.lists[&ListId::new("l")].name, "Gala");
        let virtuous =
            VirtuousReferenceData { read_at: Some(Timestamp::EPOCH), ..VirtuousReferenceData::default() };
        store.save_reference_data(NewReferenceData::Virtuous(Box::new(virtuous))).await.unwrap();
        assert_eq!(store.reference_data().unwrap().cc.lists[&ListId::new("l")].name, "Gala");
    }

    #[test]
    fn a_mapping_is_made_anew_for_other_rules_and_other_data() {
        let (cache, rules) = (ReferenceCache::default(), CustomerRules::default());
        let encoded = Encoded { cc: None, virtuous: None };
        let data = Arc::new(ReferenceData::default());
        cache.keep(1, encoded.clone(), &data);
        let first = cache.mapping(1, &data, &rules);
        assert!(Arc::ptr_eq(&first, &cache.mapping(1, &data, &rules)));
        let others = CustomerRules { cc_tags: !rules.cc_tags, ..rules.clone() };
        assert!(!Arc::ptr_eq(&first, &cache.mapping(1, &data, &others)));
        cache.keep(1, encoded, &Arc::new(ReferenceData::default()));
        assert!(!Arc::ptr_eq(&first, &cache.mapping(1, &data, &rules)));
    }

    #[test]
    fn no_more_than_a_fixed_number_of_customers_is_kept() {
        let cache = ReferenceCache::default();
        let encoded = Encoded { cc: None, virtuous: None };
        for number in 0..200 {
            cache.keep(number, encoded.clone(), &Arc::default());
        }
        assert_eq!(cache.lock().len(), KEPT);
        assert!(cache.data(199, &encoded).is_some());
    }
}
