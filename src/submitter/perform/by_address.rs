//! The contacts of Virtuous with an address (I2, P6).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, VirtuousContact, email_key, has_email_key, reference_data::QueryTerms},
    virtuous::{
        VirtuousError,
        query::{ContactPage, QueryPage},
    },
};

/// Hits by one address that one call gives.
const HITS_TAKE: usize = 20;
/// Calls for the hits by one address: an opt-out goes to as many contacts (P2). Further ones are for staff.
const PAGES_MAX: usize = 10;

/// The contacts that an address was found on.
#[derive(Default)]
pub struct Hits {
    /// Those that can be read.
    pub read: Vec<VirtuousContact>,
    /// Those of which the part with the address is not told (E2).
    pub untold: Vec<VirtuousContact>,
    /// How many cannot be read at all.
    pub odd: usize,
    /// Whether there are more than were asked for.
    pub more: bool,
}

impl Hits {
    fn add(&mut self, page: ContactPage, key: &str) {
        for contact in page.contacts {
            let is_same = |known: &VirtuousContact| known.id == contact.id;
            if self.read.iter().chain(&self.untold).any(is_same) {
                continue;
            }
            let hides = contact.may_hide_address() && !has_address(&contact, key);
            if hides { self.untold.push(contact) } else { self.read.push(contact) }
        }
        self.odd += page.odd;
    }

    /// The contacts.
    ///
    /// # Errors
    /// If one of them cannot be read, as it may be the very contact that is looked for (I2).
    pub fn all_read(self) -> Result<Vec<VirtuousContact>, VirtuousError> {
        let hidden = self.odd + self.untold.len();
        if hidden > 0 || self.more {
            let text = format!("{hidden} or more of the contacts with an address cannot be read");
            return Err(VirtuousError::Odd { text });
        }
        Ok(self.read)
    }
}

/// All contacts with an address. Where the organisation's queries cannot ask by address, the contact that `Find` gives.
///
/// # Errors
/// The call's.
pub async fn by_address(
    virtuous: &VirtuousAccess,
    terms: &QueryTerms,
    lane: Lane,
    address: &str,
) -> Result<Hits, VirtuousError> {
    if terms.email_is.is_some() {
        let key = &email_key(address);
        let (mut hits, mut skip) = (Hits::default(), 0);
        for _ in 0..PAGES_MAX {
            let page = QueryPage {
                email: Some(address.to_owned()),
                include_archived: true,
                skip,
                take: HITS_TAKE,
                ..QueryPage::default()
            };
            let read =
                virtuous.call(lane, |client| async move { client.query_full(&page, terms).await }).await?;
            skip += read.raw_count;
            let is_last = read.is_last(HITS_TAKE, None, skip as u64);
            hits.add(read, key);
            if is_last {
                return Ok(hits);
            }
        }
        hits.more = true;
        return Ok(hits);
    }
    let hits = |read| Hits { read, ..Hits::default() };
    let found = virtuous.call(lane, |client| async move { client.individual_by_email(address).await });
    let Some((contact, _)) = found.await? else { return Ok(hits(Vec::new())) };
    let read = virtuous.call(lane, |client| async move { client.contact(contact).await }).await?;
    Ok(hits(read.map(|read| read.contact).into_iter().collect()))
}

/// Whether a contact that is there still has a method with this address, as compared.
#[must_use]
pub fn has_address(contact: &VirtuousContact, key: &str) -> bool {
    let mut methods = contact.individuals.iter().flat_map(|one| &one.emails);
    contact.merged_into.is_none() && methods.any(|method| has_email_key(&method.value, key))
}
