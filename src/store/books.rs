//! Reference data of both systems.

use crate::domain::{Book, CcBook, VirtuousBook};

use super::{
    Store, StoreError, codec,
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
    Virtuous(VirtuousBook),
}

impl Store {
    /// Both books; empty ones before the first reading.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn book(&self, customer: CustomerNo) -> Result<Book, StoreError> {
        let reader = self.reader();
        let cc = reader.get(Key::of(customer, Kind::CcBook))?;
        let virtuous = reader.get(Key::of(customer, Kind::VirtuousBook))?;
        Ok(Book {
            cc: match cc {
                Some(value) => codec::decode::<CcBookV1>(BOOK_V1, &value)?.into(),
                None => CcBook::default(),
            },
            virtuous: match virtuous {
                Some(value) => codec::decode::<VirtuousBookV1>(BOOK_V1, &value)?.into(),
                None => VirtuousBook::default(),
            },
        })
    }

    /// Keeps a book.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_book(&self, customer: CustomerNo, book: Books) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            match book {
                Books::ConstantContact(book) => {
                    let value = codec::encode(BOOK_V1, &CcBookV1::from(&book))?;
                    changes.put(Key::of(customer, Kind::CcBook), value);
                }
                Books::Virtuous(book) => {
                    let value = codec::encode(BOOK_V1, &VirtuousBookV1::from(&book))?;
                    changes.put(Key::of(customer, Kind::VirtuousBook), value);
                }
            }
            Ok(())
        })
        .await
    }
}
