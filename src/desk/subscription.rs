//! Ending Tandem's subscription to events of an organisation whose customer goes (reference/virtuous.md 13.L7).

use std::sync::Arc;

use secrecy::SecretString;

use crate::{
    actors::system::Parts,
    config::CustomerSettings,
    virtuous::{Client, webhook::WebhookId},
};

/// Ends the subscription of a customer whose file is gone, as long as its key is still known. What could not be ended is said,
/// as nobody could list it later.
pub async fn end(parts: &Parts, settings: &CustomerSettings) {
    let known = parts.store.customer(&settings.id).ok().flatten().and_then(|record| {
        let known = parts.store.subscription(record.number).ok().flatten()?;
        Some((record.number, known.id?, known))
    });
    let Some((number, id, known)) = known.filter(|_| settings.virtuous.manage_webhook) else { return };
    let client = Client::new(
        Arc::clone(&parts.transport),
        Arc::clone(&parts.clock),
        &parts.settings.virtuous.api_url,
        &SecretString::from(settings.virtuous.api_key.expose()),
        Arc::new(|_| {}),
    );
    match client.delete_webhook(WebhookId(id)).await {
        Ok(()) => {
            tracing::info!(customer = %settings.id, id, "the subscription to the events of Virtuous is ended");
            let ended = crate::store::Subscription { id: None, active: false, watched_at: None, ..known };
            if let Err(error) = parts.store.save_subscription(number, ended).await {
                tracing::error!(customer = %settings.id, %error, "the store cannot write");
            }
        }
        Err(error) => {
            tracing::warn!(customer = %settings.id, id, %error, "the subscription to the events of Virtuous could not be ended: delete this webhook in Virtuous");
        }
    }
}
