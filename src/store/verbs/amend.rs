//! An operator's decision about one subject.

use crate::{
    domain::{ContactId, Subject},
    store::{engine::StoreError, handle::CustomerStore, tables::loaded::Loaded},
};

impl CustomerStore {
    /// Changes one subject by an operator's decision; `None` if there is no such subject.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn amend(
        &self,
        id: ContactId,
        change: impl FnOnce(&mut Subject) + Send + 'static,
    ) -> Result<Option<Subject>, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut loaded = Loaded::new(reader, customer);
            let Some(subject) = loaded.get(&id)? else { return Ok(None) };
            change(subject);
            let amended = subject.clone();
            loaded.changed(&id);
            loaded.write(changes)?;
            Ok(Some(amended))
        })
        .await
    }
}
