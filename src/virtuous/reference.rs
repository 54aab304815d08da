//! References on existing contacts (I2; reference/virtuous.md 9).

use serde_json::json;

use super::{client::Client, error::VirtuousError, paths};
use crate::domain::VirtuousContactId;

impl Client {
    /// Writes a reference onto a contact, beside its others. One call.
    ///
    /// What a repetition does is not documented, so after an unknown outcome the contact is read first; a `Conflict`
    /// can mean that it, or another contact, has the reference.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if the contact is gone.
    pub async fn add_reference(
        &self,
        contact: VirtuousContactId,
        source: &str,
        id: &str,
    ) -> Result<(), VirtuousError> {
        let body = json!({"contactId": contact.0, "referenceSource": source, "referenceId": id});
        self.post(paths::CONTACT_REFERENCE, &body).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtuous::script::Script;

    #[tokio::test]
    async fn a_reference_is_written() {
        let script = Script::new().then(200, "{}");
        script.client().add_reference(VirtuousContactId(4), "Constant Contact", "cc-4").await.unwrap();
        assert_eq!(script.asked(), ["POST /api/ContactReference"]);
        assert_eq!(
            script.body(0),
            json!({"contactId": 4, "referenceSource": "Constant Contact", "referenceId": "cc-4"})
        );
    }
}
