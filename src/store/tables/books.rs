//! Reference data of both systems, and the planner that is made of them.

use std::sync::Arc;

use crate::{
    domain::{Book, CcBook, CustomerRecord, CustomerRules, VirtuousBook},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::{CcBookV1, VirtuousBookV1},
        },
    },
    sync::{Mapping, Planner},
};

const BOOK_V1: u8 = 1;

/// Which book to keep.
#[derive(Debug, Clone)]
pub enum Books {
    /// Constant Contact's.
    ConstantContact(CcBook),
    /// Virtuous'.
    Virtuous(Box<VirtuousBook>),
}

/// A planner that operations on the writer thread share.
pub type SharedPlanner = Arc<Planner>;

impl CustomerStore {
    /// Both books; empty ones before the first reading.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn book(&self) -> Result<Book, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let cc = reader.get(Key::of(customer, Kind::CcBook))?;
        Ok(Book {
            cc: match cc {
                Some(value) => codec::decode::<CcBookV1>(BOOK_V1, &value)?.into(),
                None => CcBook::default(),
            },
            virtuous: virtuous(&reader, customer)?,
        })
    }

    /// Everything that a customer's decisions rest on, as the store has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn planner(&self, record: &CustomerRecord, rules: &CustomerRules) -> Result<Planner, StoreError> {
        let book = self.book()?;
        Ok(Planner {
            rules: rules.clone(),
            mapping: Mapping::new(&book, rules),
            stage: record.stage,
            scanned_at: record
                .scan
                .as_ref()
                .filter(|scan| scan.done_at.is_some())
                .map(|scan| scan.started_at),
            partial_names_refused: record.partial_names_refused,
            confirmed_until: record.confirmed_until,
        })
    }
}

pub(in crate::store) fn virtuous(
    reader: &Reader<'_>,
    customer: CustomerNo,
) -> Result<VirtuousBook, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::VirtuousBook))? else {
        return Ok(VirtuousBook::default());
    };
    Ok(codec::decode::<VirtuousBookV1>(BOOK_V1, &value)?.into())
}

pub(in crate::store) fn put_virtuous(
    changes: &mut Changes,
    customer: CustomerNo,
    book: &VirtuousBook,
) -> Result<(), StoreError> {
    let value = codec::encode(BOOK_V1, &VirtuousBookV1::from(book))?;
    changes.put(Key::of(customer, Kind::VirtuousBook), value);
    Ok(())
}

pub(in crate::store) fn put_cc_book(
    changes: &mut Changes,
    customer: CustomerNo,
    book: &CcBook,
) -> Result<(), StoreError> {
    changes.put(Key::of(customer, Kind::CcBook), codec::encode(BOOK_V1, &CcBookV1::from(book))?);
    Ok(())
}
