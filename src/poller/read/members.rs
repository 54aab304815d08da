//! The members of a list, page by page (W3).

use std::collections::HashSet;

use crate::{
    constant_contact::{Answer, ContactsPage, PagePath, streams},
    domain::{Lane, ListId},
    poller::{observe::hash_of, reach::Reach},
    turn::TurnError,
};

use super::{
    page::{self, Cursors},
    trail::Trail,
};

/// More pages than a list can have: a next that never ends is refused.
const PAGES_MAX: usize = 10_000;

/// A list that is being read.
pub struct Members {
    next: Option<PagePath>,
    pages: usize,
    trail: Trail,
    seen: HashSet<u64>,
}

impl Members {
    /// Begins with the first page.
    #[must_use]
    pub fn of(list: &ListId, reach: &Reach<'_>) -> Self {
        Self {
            next: Some(streams::members::first(list, reach.include)),
            pages: 0,
            trail: Trail::default(),
            seen: HashSet::new(),
        }
    }

    /// Reads the next page; `None` after the last.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it. A list that is not read to its end because the process stops explains nothing: it
    /// drifts still when the next process compares.
    pub async fn next(
        &mut self,
        reach: &Reach<'_>,
        cursors: &mut Cursors,
    ) -> Result<Option<Answer<ContactsPage>>, TurnError> {
        let Some(path) = self.next.take() else { return Ok(None) };
        if reach.stops() {
            return Err(TurnError::NotNow(reach.now()));
        }
        let answer = page::read(reach, Lane::Change, &path, self.pages > 0, cursors).await;
        let answer = answer.map_err(|error| reach.cc.turn_error(error))?;
        self.pages += 1;
        self.next.clone_from(&answer.value.next);
        let before = self.seen.len();
        self.seen.extend(answer.value.records().map(|record| hash_of(&record.id)));
        let is_new = self.seen.len() > before;
        let circles = self.trail.circles(self.next.as_ref().map(PagePath::as_str), is_new);
        if circles || (self.next.is_some() && self.pages >= PAGES_MAX) {
            // Part of a list would pass for all of it (W7).
            return Err(TurnError::Outside("the pages of a list's members come to no end".to_owned()));
        }
        Ok(Some(answer))
    }
}

#[cfg(test)]
#[path = "members_test.rs"]
mod tests;
