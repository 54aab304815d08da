//! `[alerts]`: whom Tandem tells by itself that something needs a person, and how.

use std::time::Duration;

use lettre::{Address, message::Mailbox};

use super::{reader::Section, secret::Secret};
use crate::domain::this_machine::is_this_machine;

/// Receivers of mails at most: each further one is a list at the mail server's.
const MAIL_TO_MAX: usize = 20;

/// Where alerts go, and when. Without an address nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSettings {
    /// Where messages are posted; empty: nowhere. A secret, since services put their token into the address.
    pub webhook_url: Secret,
    /// What messages to the webhook are signed with; empty: they are not.
    pub webhook_secret: Secret,
    /// Addresses that get mails; none: no mails.
    pub mail_to: Vec<String>,
    /// What mails say they come from.
    pub mail_from: String,
    /// The mail server, with a user and a password if it wants them.
    pub smtp_url: Secret,
    /// How long an opt-out may wait before it is an alert.
    pub opt_out_older_than: Duration,
    /// How often what goes on is told again.
    pub repeat_every: Duration,
}

/// Reads the section.
pub(super) fn read(section: &mut Section<'_>) -> AlertSettings {
    // `None`: what is given is wrong, and was told.
    let (webhook_url, smtp_url) = (webhook_url(section), smtp_url(section));
    let is_given = |secret: &Option<Secret>| secret.as_ref().is_none_or(|secret| !secret.is_empty());
    let (has_webhook, has_smtp) = (is_given(&webhook_url), is_given(&smtp_url));
    let settings = AlertSettings {
        webhook_url: webhook_url.unwrap_or_default(),
        webhook_secret: section.secret("webhook_secret"),
        mail_to: section.texts("mail_to"),
        mail_from: section.text("mail_from", "").trim().to_owned(),
        smtp_url: smtp_url.unwrap_or_default(),
        opt_out_older_than: section.duration("opt_out_older_than", "15m"),
        repeat_every: section.duration("repeat_every", "24h"),
    };
    if !has_webhook && !settings.webhook_secret.is_empty() {
        section.problem("webhook_url", "alerts.webhook_secret is set and this is not: say where messages go");
    }
    check_mail(section, &settings, has_smtp);
    settings
}

/// The three settings of mails come together.
fn check_mail(section: &Section<'_>, settings: &AlertSettings, has_smtp: bool) {
    let AlertSettings { mail_to, mail_from, .. } = settings;
    for address in mail_to {
        if address.parse::<Address>().is_err() {
            let example = "for example mail_to = [\"night@example.org\"]";
            section.problem("mail_to", format!("expected mail addresses, {example}; found {address:?}"));
        }
    }
    if mail_to.len() > MAIL_TO_MAX {
        let message = format!(
            "expected {MAIL_TO_MAX} addresses at most; give an address that your mail server sends on to all"
        );
        section.problem("mail_to", message);
    }
    if !mail_from.is_empty() && mail_from.parse::<Mailbox>().is_err() {
        let example = "for example mail_from = \"Tandem <tandem@example.org>\"";
        section.problem("mail_from", format!("expected a mail address, {example}; found {mail_from:?}"));
    }
    let given =
        [("mail_to", !mail_to.is_empty()), ("mail_from", !mail_from.is_empty()), ("smtp_url", has_smtp)];
    let Some((known, _)) = given.iter().find(|(_, is_given)| *is_given) else { return };
    for (missing, _) in given.iter().filter(|(_, is_given)| !is_given) {
        let message = format!(
            "alerts.{known} is set and this is not: mails need alerts.mail_to, alerts.mail_from and alerts.smtp_url"
        );
        section.problem(missing, message);
    }
}

/// An address of which no other machine on the way learns what is wrong with which nonprofit.
fn webhook_url(section: &mut Section<'_>) -> Option<Secret> {
    let secret = section.secret("webhook_url");
    if secret.is_empty() {
        return Some(secret);
    }
    let url = url::Url::parse(secret.expose()).ok().filter(url::Url::has_host);
    let problem = match url {
        Some(url) if url.scheme() == "https" && url.fragment().is_none() => return Some(secret),
        Some(url) if url.scheme() == "http" && url.host_str().is_some_and(is_this_machine) => {
            return Some(secret);
        }
        Some(url) if url.scheme() == "http" => {
            "expected an https address: over http every machine on the way could read which nonprofit is unwell; http is taken for this \
             machine itself (127.0.0.1, localhost)"
        }
        _ => "expected an https address, for example webhook_url = \"https://alerts.example.org/tandem\"",
    };
    section.problem("webhook_url", problem);
    None
}

/// The mail server. Whether it encrypts is no choice where a password is sent.
fn smtp_url(section: &mut Section<'_>) -> Option<Secret> {
    let secret = section.secret("smtp_url");
    if secret.is_empty() {
        return Some(secret);
    }
    let is_right = url::Url::parse(secret.expose()).is_ok_and(|url| {
        let has_whole_user = url.username().is_empty() == url.password().is_none();
        let has_no_rest = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        matches!(url.scheme(), "smtp" | "smtps") && has_host && has_whole_user && has_no_rest
    });
    if is_right {
        return Some(secret);
    }
    section.problem(
        "smtp_url",
        "expected smtp://USER:PASSWORD@HOST:587 (STARTTLS), smtps://USER:PASSWORD@HOST (TLS) or smtp://HOST:25 for a server that wants no \
         password; a character such as @ or / in the password is written as %40 or %2F",
    );
    None
}

impl AlertSettings {
    /// Whether there is a place that is told anything.
    #[must_use]
    pub fn tells_anyone(&self) -> bool {
        !self.webhook_url.is_empty() || !self.mail_to.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{ConfigErrors, Environment, Settings};

    fn read(lines: &str) -> Result<Settings, ConfigErrors> {
        let environment = Environment::of(&[("SMTP", "smtps://tandem:p%40ss@mail.example.org")]);
        Settings::from_toml(&format!("[alerts]\n{lines}"), Path::new("tandem.toml"), &environment)
    }

    #[track_caller]
    fn refuses(lines: &str, expected: &[&str]) {
        let told = read(lines).unwrap_err();
        let told: Vec<_> = told.0.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains("s3cret"), "{told}");
        }
    }

    #[test]
    fn alerts_are_off_until_a_place_is_named() {
        let alerts = read("").unwrap().alerts;
        assert!(!alerts.tells_anyone());
        assert_eq!((alerts.opt_out_older_than.as_secs(), alerts.repeat_every.as_secs()), (900, 86_400));
        let hook = read("webhook_url = \"http://127.0.0.1:9/x\"").unwrap().alerts;
        assert!(hook.tells_anyone() && hook.webhook_secret.is_empty());
        let mail =
            "mail_to = [\"a@example.org\"]\nmail_from = \"Tandem <t@example.org>\"\nsmtp_url = \"env:SMTP\"";
        let mail = read(mail).unwrap().alerts;
        assert!(mail.tells_anyone() && mail.smtp_url.expose().starts_with("smtps:"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_no_secret_is() {
        let three = "mails need alerts.mail_to, alerts.mail_from and alerts.smtp_url";
        refuses(
            "mail_to = [\"a@example.org\"]",
            &[
                &format!("alerts.mail_from: alerts.mail_to is set and this is not: {three}"),
                &format!("alerts.smtp_url: alerts.mail_to is set and this is not: {three}"),
            ],
        );
        refuses("smtp_url = \"smtp://u:s3cret@h\"", &["alerts.mail_to: alerts.smtp_url", "alerts.mail_from"]);
        let mail = "mail_to = [\"a@example.org\"]\nmail_from = \"t@example.org\"\nsmtp_url = ";
        for wrong in [
            "http://u:s3cret@h",
            "smtp://s3cret@h",
            "smtp://u:s3/cret@h",
            "smtp:s3cret",
            "smtp://h?tls=s3cret",
        ] {
            refuses(&format!("{mail}\"{wrong}\""), &["alerts.smtp_url: expected smtp://"]);
        }
        let from = "smtp_url = \"smtp://h\"\nmail_to = [\"a@example.org\"]\nmail_from = ";
        refuses(
            &format!("{from}\"t@example.org\\r\\nBcc: x@example.org\""),
            &["alerts.mail_from: expected a mail"],
        );
        let to = "smtp_url = \"smtp://h\"\nmail_from = \"t@example.org\"\nmail_to = ";
        refuses(
            &format!("{to}[\"a@example.org\", \"nobody\"]"),
            &["alerts.mail_to: expected mail addresses"],
        );
        refuses(
            "webhook_url = \"http://example.org/s3cret\"",
            &["over http every machine on the way could read"],
        );
        refuses("webhook_url = \"ftp://s3cret\"", &["alerts.webhook_url: expected an https address"]);
        refuses("webhook_secret = \"s3cret\"", &["alerts.webhook_url: alerts.webhook_secret is set"]);
    }
}
