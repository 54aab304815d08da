//! Tandem's subscription to the events of an organisation ends with its customer (reference/virtuous.md 13.L7).

use std::sync::Arc;

use secrecy::SecretString;

use crate::{
    config::CustomerSettings,
    deps::Deps,
    store::Subscription,
    virtuous::{Client, webhook::WebhookId},
};

/// Ends the subscription of a customer whose file is gone, as long as its key is still known. The log names a subscription that
/// could not be ended: Tandem cannot list it later.
pub async fn end(deps: &Deps, settings: &CustomerSettings) {
    let known = deps.store.customer(&settings.id).ok().flatten().and_then(|record| {
        let known = deps.store.of(record.number).subscription().ok().flatten()?;
        Some((record.number, known.id?, known))
    });
    let Some((number, id, known)) = known else { return };
    let client = Client::new(
        Arc::clone(&deps.transport),
        Arc::clone(&deps.clock),
        &deps.settings.virtuous.api_url,
        &SecretString::from(settings.virtuous.api_key.expose()),
        Arc::new(|_| {}),
    );
    match client.delete_webhook(WebhookId(id)).await {
        Ok(()) => {
            tracing::info!(customer = %settings.id, id, "the subscription to the events of Virtuous is ended");
            let ended = Subscription { id: None, active: false, watched_at: None, ..known };
            if let Err(error) = deps.store.of(number).save_subscription(ended).await {
                tracing::error!(customer = %settings.id, %error, "the store cannot note that the subscription is ended");
            }
        }
        Err(error) => {
            tracing::warn!(customer = %settings.id, id, %error, "the subscription to the events of Virtuous could not be ended: delete this webhook in Virtuous");
        }
    }
}
