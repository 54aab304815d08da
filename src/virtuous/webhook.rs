//! Tandem's own subscription to the organisation's events (reference/virtuous.md 11.1). There is no list of them, so the
//! id has to be kept; an inactive one drops its events, so Tandem never turns it off for an outage of its own.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    client::{Client, found, needed_json},
    error::VirtuousError,
    lenient::{as_flag, as_text},
    paths,
    wire::integer_of,
};

/// The id of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub i64);

/// A subscription as read.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events go. Holds the customer's hook token, so it is not for logs.
    pub payload_url: String,
    /// Whether events are sent.
    pub active: bool,
    /// Whether both events of contacts are subscribed.
    pub about_contacts: bool,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("active", &self.active).finish_non_exhaustive()
    }
}

impl Client {
    /// Subscribes to contacts that are created and changed; gives the subscription, and the secret if the answer shows one: the
    /// pages disagree on which side makes it (reference/virtuous.md 11.1, CONFLICT). One call.
    ///
    /// Not idempotent: a repetition makes a second subscription that no call can list, and every event comes twice
    /// (which does no harm: events are hints).
    ///
    /// # Errors
    /// [`VirtuousError`]; `Odd` when the answer shows no id.
    pub async fn create_webhook(
        &self,
        payload_url: &str,
        secret: &SecretString,
    ) -> Result<(Webhook, Option<SecretString>), VirtuousError> {
        let response = self.post(paths::WEBHOOK, &model(payload_url, secret)).await?;
        let record = needed_json(&response, "a webhook")?;
        let shown = record.get("secret").and_then(as_text).filter(|secret| !secret.is_empty());
        Ok((read(&record)?, shown.map(SecretString::from)))
    }

    /// A subscription by its id; `None` if there is none. One call, a read.
    ///
    /// # Errors
    /// [`VirtuousError`], never `NotFound`.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, VirtuousError> {
        let Some(response) = found(self.get(&paths::webhook(id.0)).await)? else { return Ok(None) };
        read(&needed_json(&response, "a webhook")?).map(Some)
    }

    /// Ends a subscription; a subscription that is gone is ended. One call, idempotent.
    ///
    /// # Errors
    /// [`VirtuousError`], never `NotFound`.
    pub async fn delete_webhook(&self, id: WebhookId) -> Result<(), VirtuousError> {
        found(self.delete(&paths::webhook(id.0)).await).map(drop)
    }

    /// Replaces a subscription, the secret included: the address moved, or the secret is exchanged. One call,
    /// idempotent.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if it is gone.
    pub async fn replace_webhook(
        &self,
        id: WebhookId,
        payload_url: &str,
        secret: &SecretString,
    ) -> Result<(), VirtuousError> {
        self.put(&paths::webhook(id.0), &model(payload_url, secret)).await.map(drop)
    }
}

/// The whole model: a PUT replaces everything. Other events would only cost work.
fn model(payload_url: &str, secret: &SecretString) -> Value {
    let mut model = json!({
        "payloadUrl": payload_url,
        "secret": secret.expose_secret(),
        "active": true,
        "contactCreate": true,
        "contactUpdate": true,
    });
    for other in [
        "giftCreate",
        "giftUpdate",
        "giftDelete",
        "projectCreate",
        "projectUpdate",
        "projectDelete",
        "formSubmission",
        "contactNoteCreate",
        "contactNoteUpdate",
        "contactNoteDelete",
        "eventCreate",
        "eventUpdate",
        "eventDelete",
    ] {
        model[other] = json!(false);
    }
    model
}

fn read(record: &Value) -> Result<Webhook, VirtuousError> {
    let flag = |key: &str| record.get(key).and_then(as_flag).unwrap_or(false);
    Ok(Webhook {
        id: WebhookId(integer_of(record, &["id"]).ok_or_else(|| VirtuousError::odd("a webhook"))?),
        payload_url: record.get("payloadUrl").and_then(as_text).unwrap_or_default(),
        active: flag("active"),
        about_contacts: flag("contactCreate") && flag("contactUpdate"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtuous::script::Script;

    #[tokio::test]
    async fn a_subscription_is_made_and_watched() {
        let record = json!({"id": "5", "payloadUrl": "https://t.example/h", "active": true,
            "contactCreate": "true", "contactUpdate": true});
        let script = Script::new().then(200, &record).then(200, &record).then(404, "").then(200, "");
        let client = script.client();
        let secret = SecretString::from("s");
        let (made, shown) = client.create_webhook("https://t.example/h", &secret).await.unwrap();
        assert!(shown.is_none());
        assert!(made.active && made.about_contacts);
        assert!(!format!("{made:?}").contains("t.example"));
        assert_eq!(client.webhook(made.id).await.unwrap(), Some(made));
        assert_eq!(client.webhook(WebhookId(6)).await.unwrap(), None);
        client.replace_webhook(WebhookId(5), "https://t.example/h", &secret).await.unwrap();
        assert_eq!(script.asked()[3], "PUT /api/Webhook/5");
        let sent = script.body(3);
        assert_eq!(
            (&sent["secret"], &sent["contactUpdate"], &sent["giftCreate"]),
            (&json!("s"), &json!(true), &json!(false))
        );
    }
}
