//! Keeps reference data.

use crate::{
    domain::{CcBook, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            books::{self, Books},
            customers,
        },
    },
};

impl CustomerStore {
    /// Keeps a book.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_book(&self, book: Books) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            match book {
                Books::ConstantContact(book) => books::put_cc_book(changes, customer, &book)?,
                Books::Virtuous(book) => books::put_virtuous(changes, customer, &book)?,
            }
            Ok(())
        })
        .await
    }

    /// Keeps Constant Contact's book after lists, fields or tags changed, with the mark that every subject is to be planned again, in
    /// one group: the brake then never sees a part of a change that takes a tag off many people (B1).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_changed_book(&self, book: CcBook, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            books::put_cc_book(changes, customer, &book)?;
            if let Some(mut record) = customers::read(reader, customer)? {
                record.replan_since = Some(now);
                customers::put(changes, &record)?;
            }
            Ok(())
        })
        .await
    }
}
