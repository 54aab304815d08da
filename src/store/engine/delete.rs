//! Deletes that cost nothing where there is nothing.

use super::{changes::Changes, error::StoreError, reader::Reader};

impl Changes {
    /// Removes a key if the store has it. A key that is not there adds no change to the group.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn delete_if_there(&mut self, reader: &Reader<'_>, key: impl AsRef<[u8]>) -> Result<(), StoreError> {
        if reader.get(key.as_ref())?.is_some() {
            self.delete(key);
        }
        Ok(())
    }
}
