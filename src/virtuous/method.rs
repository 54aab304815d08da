//! ContactMethods: an address and its opt-in (P2, P6; reference/virtuous.md 5).

use std::fmt;

use serde_json::json;

use super::{
    client::{Client, found, json as body_of, needed_json},
    convert,
    error::VirtuousError,
    paths,
};
use crate::domain::{EmailMethod, MethodId};

/// The whole model that a PUT takes: what it leaves out may be cleared, so it is always made of a method just read.
#[derive(Clone, PartialEq, Eq)]
pub struct MethodModel {
    /// `type`.
    pub kind: String,
    /// `value`: the address.
    pub value: String,
    /// `isOptedIn`.
    pub opted_in: bool,
    /// `setAsPrimary`: the `isPrimary` that was read, so that the write does not move it.
    pub set_as_primary: bool,
}

impl MethodModel {
    /// The model that changes nothing.
    #[must_use]
    pub fn of(read: &EmailMethod) -> Self {
        Self {
            kind: read.kind.clone(),
            value: read.value.clone(),
            opted_in: read.opted_in,
            set_as_primary: read.primary,
        }
    }

    /// The same with another opt-in (P2).
    #[must_use]
    pub fn with_opt_in(self, opted_in: bool) -> Self {
        Self { opted_in, ..self }
    }

    /// The same with another address (P6): the consent stays with the person.
    #[must_use]
    pub fn with_value(self, value: String) -> Self {
        Self { value, ..self }
    }
}

impl fmt::Debug for MethodModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodModel").field("opted_in", &self.opted_in).finish_non_exhaustive()
    }
}

impl Client {
    /// A method by its id, whatever its type; `None` if there is none. One call, a read.
    ///
    /// # Errors
    /// [`VirtuousError`], never `NotFound`; `Odd` when the id or the opt-in cannot be read.
    pub async fn method(&self, id: MethodId) -> Result<Option<EmailMethod>, VirtuousError> {
        let Some(response) = found(self.get(&paths::method(id)).await)? else { return Ok(None) };
        let record = needed_json(&response, "a contact method")?;
        convert::method(&record).map(Some).map_err(|odd| VirtuousError::odd(&odd.to_string()))
    }

    /// Replaces a method, and gives it as the server normalised it, if the answer can be read.
    ///
    /// One call. Idempotent: the same model again leaves the same method; but last write wins without an ETag, so a
    /// repetition after a while must read again first (P2).
    ///
    /// # Errors
    /// [`VirtuousError`]; `Conflict` can mean that the address sits on another contact (P6), `NotFound` that the method
    /// is gone.
    pub async fn put_method(
        &self,
        id: MethodId,
        model: &MethodModel,
    ) -> Result<Option<EmailMethod>, VirtuousError> {
        let body = json!({
            "type": model.kind,
            "value": model.value,
            "isOptedIn": model.opted_in,
            "setAsPrimary": model.set_as_primary,
        });
        let response = self.put(&paths::method(id), &body).await?;
        Ok(body_of(&response).and_then(|record| convert::method(&record).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtuous::script::{Script, full_contact};

    #[tokio::test]
    async fn an_opt_out_sends_the_whole_model() {
        let record = full_contact(4, "Ann@Example.org")["contactIndividuals"][0]["contactMethods"][0].clone();
        let mut after = record.clone();
        after["isOptedIn"] = json!(false);
        let script = Script::new().then(200, record).then(200, after).then(200, "").then(404, "");
        let client = script.client();
        let read = client.method(MethodId(400)).await.unwrap().unwrap();
        let model = MethodModel::of(&read).with_opt_in(false);
        assert!(!format!("{model:?}").contains("Example"));
        let written = client.put_method(MethodId(400), &model).await.unwrap().unwrap();
        assert!(!written.opted_in);
        assert_eq!(script.asked()[1], "PUT /api/ContactMethod/400");
        assert_eq!(
            script.body(1),
            json!({"type": "Home Email", "value": "Ann@Example.org", "isOptedIn": false, "setAsPrimary": true})
        );
        // Done, though the answer shows nothing.
        assert_eq!(client.put_method(MethodId(400), &model).await, Ok(None));
        assert_eq!(client.method(MethodId(9)).await, Ok(None));
    }

    #[tokio::test]
    async fn a_taken_address_is_a_conflict() {
        let script =
            Script::new().then(409, r#"{"error":{"code":"CONFLICT","message":"a@b.example is taken"}}"#);
        let model = MethodModel {
            kind: "Home Email".into(),
            value: "a@b.example".into(),
            opted_in: true,
            set_as_primary: true,
        };
        assert_eq!(
            script.client().put_method(MethodId(1), &model).await,
            Err(VirtuousError::Conflict { text: "CONFLICT".into() })
        );
    }
}
