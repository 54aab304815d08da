//! The contacts of Virtuous with an address (I2, P6).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, VirtuousContact, email_key, has_email_key, reference_data::QueryTerms},
    virtuous::{VirtuousError, query::QueryPage},
};

/// More hits by one address than a person needs to see.
const HITS_MAX: usize = 20;

/// All contacts with an address. Where the organisation's queries cannot ask by address, the contact that `Find` gives.
///
/// # Errors
/// The call's; also if one of the contacts cannot be read, as it may be the very contact that is looked for (I2).
pub async fn by_address(
    virtuous: &VirtuousAccess,
    terms: &QueryTerms,
    lane: Lane,
    address: &str,
) -> Result<Vec<VirtuousContact>, VirtuousError> {
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
        if page.odd > 0 || page.contacts.iter().any(hides) {
            let text = format!("{} of the contacts with an address cannot be read", page.odd);
            return Err(VirtuousError::Odd { text });
        }
        return Ok(page.contacts);
    }
    let found = virtuous.call(lane, |client| async move { client.individual_by_email(address).await });
    let Some((contact, _)) = found.await? else { return Ok(Vec::new()) };
    let read = virtuous.call(lane, |client| async move { client.contact(contact).await }).await?;
    Ok(read.map(|read| read.contact).into_iter().collect())
}

/// Whether a contact that is there still has a method with this address, as compared.
#[must_use]
pub fn has_address(contact: &VirtuousContact, key: &str) -> bool {
    let mut methods = contact.individuals.iter().flat_map(|one| &one.emails);
    contact.merged_into.is_none() && methods.any(|method| has_email_key(&method.value, key))
}
