//! What is remembered of the windows that are open, and of the server's cursors.

use std::collections::{HashMap, HashSet};

use crate::{domain::Stream, store::StoreError, sync::windows::Window};

use super::{known::Known, read::page::Cursors};

/// What is known of the windows that are open, and of the server's cursors.
#[derive(Debug, Default)]
pub struct Windows {
    seen: HashMap<Stream, HashSet<u64>>,
    /// What the server's cursors carry.
    pub cursors: Cursors,
    /// A page showed something new since this was last taken.
    pub has_news: bool,
}

impl Windows {
    /// Hashes of the ids that the open window of a stream has shown, with these. After a restart they come from the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn show(
        &mut self,
        known: Known<'_>,
        stream: Stream,
        window: &Window,
        ids: &[u64],
    ) -> Result<&HashSet<u64>, StoreError> {
        let seen = self.seen.entry(stream).or_default();
        if window.pages == 0 {
            seen.clear();
        } else if seen.is_empty() {
            *seen = known.seen_in_window(stream)?;
        }
        seen.extend(ids);
        Ok(seen)
    }

    /// Forgets what a stream's window has shown: it is over, or begins anew.
    pub fn forget(&mut self, stream: Stream) {
        self.seen.remove(&stream);
    }
}
