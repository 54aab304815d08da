//! The contacts of Virtuous with an address (I2, P6).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, VirtuousContact, email_key, has_email_key, reference_data::QueryTerms},
    virtuous::{VirtuousError, query::QueryPage},
};

/// More hits by one address than a person needs to see.
const HITS_MAX: usize = 20;

/// The contacts that an address was found on.
pub struct Hits {
    /// Those that can be read.
    pub read: Vec<VirtuousContact>,
    /// Those of which the part with the address is not told (E2).
    pub untold: Vec<VirtuousContact>,
    /// How many cannot be read at all.
    pub odd: usize,
}

impl Hits {
    /// The contacts.
    ///
    /// # Errors
    /// If one of them cannot be read, as it may be the very contact that is looked for (I2).
    pub fn all_read(self) -> Result<Vec<VirtuousContact>, VirtuousError> {
        let hidden = self.odd + self.untold.len();
        if hidden > 0 {
            let text = format!("{hidden} of the contacts with an address cannot be read");
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
        let page = QueryPage {
            modified_since: None,
            id_above: None,
            email: Some(address.to_owned()),
            include_archived: true,
            skip: 0,
            take: HITS_MAX,
        };
        let page = virtuous.call(lane, |client| async move { client.query_full(&page, terms).await }).await?;
        let hides = |contact: &VirtuousContact| contact.may_hide_address() && !has_address(contact, key);
        let (untold, read) = page.contacts.into_iter().partition(hides);
        return Ok(Hits { read, untold, odd: page.odd });
    }
    let hits = |read| Hits { read, untold: Vec::new(), odd: 0 };
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
