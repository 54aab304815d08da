//! Sends a message by mail.

use std::{error::Error as _, io, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        client::{Tls, TlsParameters},
    },
};

use super::undelivered::Undelivered;
use crate::{
    config::AlertSettings,
    domain::{QueuedAlert, this_machine::is_this_machine},
};

/// The longest wait for one answer of the server.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// The longest that one mail takes.
const WITHIN: Duration = Duration::from_secs(45);
/// The port for mails with a password (RFC 6409), and the port between servers.
const PORTS: [u16; 2] = [587, 25];

/// Says that no person wrote it, so that no machine answers (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends it to one address. Gives what was answered.
pub(super) async fn send(
    settings: &AlertSettings,
    to: &str,
    alert: &QueuedAlert,
) -> Result<String, Undelivered> {
    let mail =
        mail(settings, to, alert).ok_or_else(|| Undelivered::because("it is no mail that can be sent"))?;
    let relay = relay(settings).map_err(|error| Undelivered::because(words(&error)))?;
    match tokio::time::timeout(WITHIN, relay.send(mail)).await {
        Ok(Ok(_)) => Ok("the mail server took it".to_owned()),
        Ok(Err(error)) => {
            let is_of_receiver = error.status().is_some_and(|code| is_of_mailbox(code.into()));
            Err(Undelivered { is_of_receiver, ..Undelivered::because(words(&error)) })
        }
        Err(_) => Err(Undelivered::because(format!("the mail server took longer than {WITHIN:?}"))),
    }
}

/// Whether a code concerns one mailbox (RFC 5321, 4.2.3); all others concern the server, and no other receiver is tried for a while.
const fn is_of_mailbox(code: u16) -> bool {
    matches!(code, 450..=452 | 550..=553)
}

/// The mail: its headers are the same at every try.
fn mail(settings: &AlertSettings, to: &str, alert: &QueuedAlert) -> Option<Message> {
    let from: Mailbox = settings.mail_from.parse().ok()?;
    let message_id = format!("<{}@{}>", alert.id, from.email.domain());
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, to.parse().ok()?))
        .subject(alert.subject.as_str())
        .date(alert.at.to_datetime().into())
        .message_id(Some(message_id))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(alert.body.clone())
        .ok()
}

/// The way to the mail server. What names a nonprofit leaves this machine by TLS only; a server on this machine, which often has no
/// certificate that anybody could check, is spoken to without.
fn relay(settings: &AlertSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    let text = settings.smtp_url.expose();
    let url = url::Url::parse(text).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(text)?.timeout(Some(ANSWER_WITHIN));
    if text.starts_with("smtps:") {
        return Ok(builder.build());
    }
    let has_password = url.as_ref().is_some_and(|url| url.password().is_some());
    let port = url.and_then(|url| url.port()).unwrap_or(PORTS[usize::from(!has_password)]);
    let tls = if is_this_machine(&host) { Tls::None } else { Tls::Required(TlsParameters::new(host)?) };
    Ok(builder.port(port).tls(tls).build())
}

/// An error in words. What the server said is left out: it may quote an address or the user.
fn words(error: &Error) -> String {
    if let Some(code) = error.status() {
        let hint = match u16::from(code) {
            530 | 534 | 535 | 538 => ": it refuses the user or the password of alerts.smtp_url",
            550..=554 => ": it refuses the sender, the receiver or the mail",
            _ => "",
        };
        return format!("the mail server answered {code}{hint}");
    }
    if error.is_timeout() {
        return "the mail server gives no answer".to_owned();
    }
    // A handshake that fails is an error of the connection, whose data make no sense.
    if error.is_tls() || cause(error) == Some(io::ErrorKind::InvalidData) {
        return "no TLS with the mail server: look at its certificate, or whether its port wants smtps://"
            .to_owned();
    }
    match cause(error) {
        Some(io::ErrorKind::ConnectionRefused) => {
            "the mail server refuses the connection: look at its port".to_owned()
        }
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            "the mail server ended the connection".to_owned()
        }
        Some(_) => "the mail server cannot be reached: look at its name and the network".to_owned(),
        None if error.is_client() => {
            "the mail server does not offer what is needed: TLS, or a sign-in".to_owned()
        }
        None => "the mail server's answer is none of a mail server".to_owned(),
    }
}

/// The error of the connection below, if there is one.
fn cause(error: &Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
#[path = "mail_test.rs"]
mod tests;
