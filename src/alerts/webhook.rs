//! Posts a message to the webhook.

use std::{sync::Arc, time::Duration};

use data_encoding::HEXLOWER;
use ring::hmac;

use super::undelivered::Undelivered;
use crate::{
    config::AlertSettings,
    domain::QueuedAlert,
    transport::{Method, Request, Transport, TransportError},
};

/// The longest that one post takes.
const WITHIN: Duration = Duration::from_secs(20);
/// What is read of the answer: only its status counts.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Posts it. Gives what was answered.
pub(super) async fn send(
    transport: &Arc<dyn Transport>,
    settings: &AlertSettings,
    alert: &QueuedAlert,
) -> Result<String, Undelivered> {
    let answer = transport.send(request(settings, alert));
    // The transport's own limit does not cover its wait for a place.
    let Ok(answered) = tokio::time::timeout(2 * WITHIN, answer).await else {
        return Err(TransportError::Timeout(WITHIN).into());
    };
    match answered {
        Ok(response) if response.is_success() => Ok(format!("it answered {}", response.status)),
        Ok(response) => {
            let not_before = response.retry_after(None);
            Err(Undelivered {
                not_before,
                ..Undelivered::because(format!("it answered {}", response.status))
            })
        }
        // A success whose body is long has arrived all the same.
        Err(TransportError::TooLarge { .. }) => Ok("it took it".to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// What goes out: the signature is of the raw body, which holds the message's id and time.
fn request(settings: &AlertSettings, alert: &QueuedAlert) -> Request {
    let body = alert.body.clone().into_bytes();
    let mut request = Request::new(Method::Post, settings.webhook_url.expose().to_owned())
        .header("x-tandem-id", alert.id.as_str());
    if !settings.webhook_secret.is_empty() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, settings.webhook_secret.expose().as_bytes());
        let signature = HEXLOWER.encode(hmac::sign(&key, &body).as_ref());
        request = request.header("x-tandem-signature", signature);
    }
    let request = request.json(body);
    Request { within: Some(WITHIN), answer_bytes_max: ANSWER_BYTES_MAX, ..request }
}

impl From<TransportError> for Undelivered {
    fn from(error: TransportError) -> Self {
        Self::because(error.to_string())
    }
}
