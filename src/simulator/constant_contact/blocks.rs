//! Contacts in blocks of their order, so that a page of a large account costs a few blocks and not the account.

use super::{
    contact_query::{ContactQuery, Latest},
    model::Contact,
};

/// Contacts of a block.
const BLOCK: usize = 2_048;

#[derive(Debug, Default)]
struct Block {
    latest: Option<Latest>,
    /// How many of it the last query admits.
    admitted: Option<usize>,
}

/// What is known of each block; what changed is looked at anew.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    /// The last query: the next page mostly asks for the same.
    query: Option<ContactQuery>,
}

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) rows: Vec<&'a Contact>,
    /// Contacts that the query admits, on any page.
    pub(super) matching: usize,
}

impl Blocks {
    /// Everything is looked at anew.
    pub(super) fn forget(&mut self) {
        self.blocks.clear();
    }

    /// The block of a contact is looked at anew.
    pub(super) fn touch(&mut self, position: usize) {
        if let Some(block) = self.blocks.get_mut(position / BLOCK) {
            *block = Block::default();
        }
    }

    /// The rows of a page, from the end of the order to its beginning. `of` gives the contact at a place of the order.
    pub(super) fn page<'a>(
        &mut self,
        order: &[u32],
        of: impl Fn(u32) -> Option<&'a Contact>,
        query: &ContactQuery,
        (offset, limit): (usize, usize),
    ) -> Found<'a> {
        if self.query.as_ref() != Some(query) {
            self.query = Some(query.clone());
            self.blocks.iter_mut().for_each(|block| block.admitted = None);
        }
        self.blocks.resize_with(order.len().div_ceil(BLOCK), Block::default);
        let mut found = Found::default();
        for (block, places) in self.blocks.iter_mut().zip(order.chunks(BLOCK)).rev() {
            let contacts = || places.iter().rev().filter_map(|place| of(*place));
            let latest = *block.latest.get_or_insert_with(|| latest(contacts()));
            let admitted = *block.admitted.get_or_insert_with(|| {
                if query.may_admit(latest) { contacts().filter(|one| query.admit(one)).count() } else { 0 }
            });
            let before = found.matching;
            found.matching += admitted;
            let missing = limit - found.rows.len();
            if found.matching > offset && missing > 0 {
                let shown = contacts().filter(|one| query.admit(one)).skip(offset.saturating_sub(before));
                found.rows.extend(shown.take(missing));
            }
        }
        found
    }
}

fn latest<'a>(contacts: impl Iterator<Item = &'a Contact>) -> Latest {
    contacts.fold(Latest::default(), |latest, one| Latest {
        updated: latest.updated.max(Some(one.updated_at)),
        opted_out: latest.opted_out.max(one.email.as_ref().and_then(|email| email.opt_out_date)),
    })
}
