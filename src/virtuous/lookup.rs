//! Looking people up: by reference, by id, by address (I2; reference/virtuous.md 4.1 to 4.3).
//! All of these are reads: a repetition costs a call and nothing else.

use std::fmt;

use serde_json::Value;

use super::{
    client::{Client, found, json},
    convert,
    error::VirtuousError,
    paths,
};
use crate::{
    domain::{Individual, VirtuousContact, VirtuousContactId},
    transport::Response,
};

/// A contact as read, with the record itself, of which a whole model is made for a PUT (v13.M3).
#[derive(Clone, PartialEq)]
pub struct ReadContact {
    /// The contact.
    pub contact: VirtuousContact,
    /// The record as sent; stays in this folder.
    pub(super) raw: Value,
}

impl fmt::Debug for ReadContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadContact").field("id", &self.contact.id).finish_non_exhaustive()
    }
}

impl Client {
    /// The contact that carries a reference; `None` if there is none, or while its import is held (reference 3.2.6).
    ///
    /// One call: `GET Contact/{source}/{id}`, or `Contact/Find` if a part of the reference does not fit in a path.
    ///
    /// # Errors
    /// [`VirtuousError`], never `NotFound`; `Odd` when the record cannot be read.
    pub async fn find_by_reference(
        &self,
        source: &str,
        id: &str,
    ) -> Result<Option<ReadContact>, VirtuousError> {
        self.read_contact(&paths::contact_by_reference(source, id)).await
    }

    /// The contact with this id; a merged one is given with the id that it was merged into (I3). One call.
    ///
    /// # Errors
    /// As for [`Client::find_by_reference`].
    pub async fn contact(&self, id: VirtuousContactId) -> Result<Option<ReadContact>, VirtuousError> {
        self.read_contact(&paths::contact(id)).await
    }

    /// An individual with this address and the contact that it belongs to. One call.
    ///
    /// With several of one address it gives any one of them (reference 4.1, GUESS): to know whether
    /// there are several, ask [`Client::query_full`] by address.
    ///
    /// # Errors
    /// As for [`Client::find_by_reference`].
    pub async fn individual_by_email(
        &self,
        address: &str,
    ) -> Result<Option<(VirtuousContactId, Individual)>, VirtuousError> {
        let Some(response) = found(self.get(&paths::individual_by_email(address)).await)? else {
            return Ok(None);
        };
        if is_nothing(&response) {
            return Ok(None);
        }
        let record = json(&response).ok_or_else(|| VirtuousError::odd("an individual"))?;
        convert::individual(&record).map(Some).map_err(|odd| VirtuousError::odd(&odd.to_string()))
    }

    async fn read_contact(&self, path: &str) -> Result<Option<ReadContact>, VirtuousError> {
        let Some(response) = found(self.get(path).await)? else { return Ok(None) };
        if is_nothing(&response) {
            return Ok(None);
        }
        let raw = json(&response).ok_or_else(|| VirtuousError::odd("a contact"))?;
        let contact = convert::contact(&raw).map_err(|odd| VirtuousError::odd(&odd.to_string()))?;
        Ok(Some(ReadContact { contact, raw }))
    }
}

/// A success without a record says "none" too.
fn is_nothing(response: &Response) -> bool {
    matches!(response.body.trim_ascii(), b"" | b"null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::IndividualId,
        virtuous::script::{Script, full_contact},
    };

    #[tokio::test]
    async fn found_and_not_found() {
        let script = Script::new()
            .then(200, full_contact(7, "ann@example.org"))
            .then(404, "")
            .then(200, "")
            .then(200, r#"{"id":"x"}"#);
        let client = script.client();
        let read = client.find_by_reference("Constant Contact", "cc-7").await.unwrap().unwrap();
        assert_eq!(read.contact.id, VirtuousContactId(7));
        assert_eq!(format!("{read:?}"), "ReadContact { id: VirtuousContactId(7), .. }");
        assert_eq!(client.contact(VirtuousContactId(8)).await.unwrap(), None);
        assert_eq!(client.contact(VirtuousContactId(8)).await.unwrap(), None);
        assert!(matches!(client.contact(VirtuousContactId(8)).await, Err(VirtuousError::Odd { .. })));
        assert_eq!(
            script.asked()[..2],
            ["GET /api/Contact/Constant%20Contact/cc-7".to_owned(), "GET /api/Contact/8".to_owned()]
        );
    }

    #[tokio::test]
    async fn an_address_finds_its_person() {
        let individual = full_contact(7, "ann+x@example.org")["contactIndividuals"][0].clone();
        let script = Script::new().then(200, individual).then(404, "");
        let client = script.client();
        let (contact, person) = client.individual_by_email("ann+x@example.org").await.unwrap().unwrap();
        assert_eq!((contact, person.id), (VirtuousContactId(7), IndividualId(70)));
        assert_eq!(client.individual_by_email("b@example.org").await.unwrap(), None);
        assert_eq!(script.asked()[0], "GET /api/ContactIndividual/Find?email=ann%2Bx%40example.org");
    }
}
