//! Reference data of both systems.

use crate::{
    domain::{Book, CcBook, CustomerRecord, CustomerRules, Timestamp, VirtuousBook},
    sync::{Mapping, Planner},
};

use super::{
    CustomerStore, StoreError, codec, customers,
    engine::{Changes, Reader},
    keys::{CustomerNo, Key, Kind},
    stored::{CcBookV1, VirtuousBookV1},
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

impl CustomerStore {
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

    /// Keeps Constant Contact's book after lists, fields or tags changed, with the wish that everybody is planned again, in
    /// one group: a change that takes a tag off many people is then never seen of some of them only (B1).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_changed_book(&self, book: CcBook, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            put_cc_book(changes, customer, &book)?;
            if let Some(mut record) = customers::read(reader, customer)? {
                record.replan_since = Some(now);
                customers::put(changes, &record)?;
            }
            Ok(())
        })
        .await
    }

    /// Keeps a book.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_book(&self, book: Books) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            match book {
                Books::ConstantContact(book) => put_cc_book(changes, customer, &book)?,
                Books::Virtuous(book) => put_virtuous(changes, customer, &book)?,
            }
            Ok(())
        })
        .await
    }
}

fn put_cc_book(changes: &mut Changes, customer: CustomerNo, book: &CcBook) -> Result<(), StoreError> {
    changes.put(Key::of(customer, Kind::CcBook), codec::encode(BOOK_V1, &CcBookV1::from(book))?);
    Ok(())
}

pub(super) fn virtuous(reader: &Reader<'_>, customer: CustomerNo) -> Result<VirtuousBook, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::VirtuousBook))? else {
        return Ok(VirtuousBook::default());
    };
    Ok(codec::decode::<VirtuousBookV1>(BOOK_V1, &value)?.into())
}

pub(super) fn put_virtuous(
    changes: &mut Changes,
    customer: CustomerNo,
    book: &VirtuousBook,
) -> Result<(), StoreError> {
    let value = codec::encode(BOOK_V1, &VirtuousBookV1::from(book))?;
    changes.put(Key::of(customer, Kind::VirtuousBook), value);
    Ok(())
}
