//! Moves a cursor alone.

use crate::{
    domain::Stream,
    store::{engine::StoreError, handle::CustomerStore, tables::streams},
    sync::windows::Cursor,
};

impl CustomerStore {
    /// Moves a stream's cursor alone, for streams that bring no subjects.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn set_cursor(&self, stream: Stream, cursor: Cursor) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            // What a window showed so far does not count for the next window, also after a restart (W2, D2).
            streams::forget_seen(reader, changes, customer, stream)?;
            streams::put_cursor(changes, customer, stream, &cursor)
        })
        .await
    }
}
