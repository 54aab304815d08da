//! Settings as they are in force, key by key, and where each comes from.

mod customer;
mod value;

use toml::Table;

use super::{
    alerts::AlertSettings,
    customer::CustomerSettings,
    environment::Environment,
    process::{ConstantContactSettings, HttpSettings, Settings, StoreSettings, TlsFiles, VirtuousSettings},
};
use value::{DOTS, Rows, Value};

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The key with its section.
    pub key: &'static str,
    /// The value in force; a secret as dots.
    pub value: String,
    /// Where it comes from: `file`, `environment NAME`, `default`.
    pub from: String,
    /// What tells one secret from another.
    mark: String,
}

/// The process settings; `text` is that of the file that they were read from.
#[must_use]
pub fn shown_process(settings: &Settings, text: &str, environment: &Environment) -> Vec<Shown> {
    let table = text.parse().unwrap_or_default();
    let shown = |(key, value): (&'static str, Value)| {
        let by_variable = variables(key).into_iter().find(|name| environment.get(name).is_some());
        let from = by_variable.map_or_else(|| from_file(&table, key), |name| format!("environment {name}"));
        Shown::new(key, value, from)
    };
    process(settings).into_iter().map(shown).collect()
}

/// A customer's settings; `text` is that of its file.
#[must_use]
pub fn shown_customer(settings: &CustomerSettings, text: &str) -> Vec<Shown> {
    let table = text.parse().unwrap_or_default();
    let shown = |(key, value)| Shown::new(key, value, from_file(&table, key));
    customer::rows(settings).into_iter().map(shown).collect()
}

/// What differs between two files of a customer, a line for each key; secrets are only said to be others.
#[must_use]
pub fn changed(before: &CustomerSettings, now: &CustomerSettings) -> Vec<String> {
    let (before, now) = (shown_customer(before, ""), shown_customer(now, ""));
    let pairs = before.into_iter().zip(now);
    pairs
        .filter(|(before, now)| (&before.value, &before.mark) != (&now.value, &now.mark))
        .map(|(before, now)| match before.mark.is_empty() && now.mark.is_empty() {
            true => format!("{} = {}, before {}", now.key, now.value, before.value),
            false => format!("{} is another one", now.key),
        })
        .collect()
}

impl Shown {
    fn new(key: &'static str, value: Value, from: String) -> Self {
        let (value, mark) = match value {
            Value::Plain(text) => (text, String::new()),
            Value::Secret(mark) => (DOTS.to_owned(), mark),
        };
        Self { key, value, from, mark }
    }

    /// Whether it is a secret that is set.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        !self.mark.is_empty()
    }
}

/// Whether the file gives a key; of a secret also as what.
fn from_file(table: &Table, key: &str) -> String {
    let mut parts = key.split('.');
    let first = parts.next().and_then(|part| table.get(part));
    let found = parts.try_fold(first, |at, part| Some(at?.as_table()?.get(part))).flatten();
    let referred = found
        .and_then(toml::Value::as_str)
        .filter(|text| ["env:", "file:"].iter().any(|scheme| text.starts_with(scheme)));
    match (found, referred) {
        (None, _) => "default".to_owned(),
        (Some(_), None) => "file".to_owned(),
        (Some(_), Some(text)) => format!("file, as {text}"),
    }
}

/// The variables that may set a key of the process settings.
fn variables(key: &str) -> Vec<String> {
    match key.split_once('.') {
        Some((section, key)) => vec![format!("TANDEM_{}__{}", section.to_uppercase(), key.to_uppercase())],
        None => ["TANDEM_", "TANDEM__"].map(|prefix| format!("{prefix}{}", key.to_uppercase())).to_vec(),
    }
}

fn process(settings: &Settings) -> Rows {
    let Settings {
        file: _,
        data_dir,
        key_file,
        customers_dir,
        http,
        store,
        constant_contact,
        virtuous,
        alerts,
    } = settings;
    let HttpSettings { listen, public_url, admin_token, max_connections, tls } = http;
    let StoreSettings { backup_dir, backup_every, backup_keep, timeline_keep } = store;
    let ConstantContactSettings {
        api_url,
        auth_url,
        client_id,
        client_secret,
        calls_per_second,
        calls_per_day,
    } = constant_contact;
    let VirtuousSettings { api_url: virtuous_url, calls_per_hour } = virtuous;
    let path = |path: &std::path::Path| Value::text(&path.display().to_string());
    let file = |of: fn(&TlsFiles) -> &std::path::PathBuf| {
        tls.as_ref().map(of).map_or_else(|| Value::text(""), |file| path(file))
    };
    let mut rows = vec![
        ("data_dir", path(data_dir)),
        ("customers_dir", path(customers_dir)),
        ("key_file", path(key_file)),
        ("http.listen", Value::text(&listen.to_string())),
        ("http.public_url", Value::text(public_url)),
        ("http.admin_token", Value::secret(admin_token)),
        ("http.max_connections", Value::any(max_connections)),
        ("http.tls_cert", file(|tls| &tls.cert)),
        ("http.tls_key", file(|tls| &tls.key)),
        ("store.backup_dir", path(backup_dir)),
        ("store.backup_every", Value::duration(*backup_every)),
        ("store.backup_keep", Value::any(backup_keep)),
        ("store.timeline_keep", Value::duration(*timeline_keep)),
        ("constant_contact.api_url", Value::text(api_url)),
        ("constant_contact.auth_url", Value::text(auth_url)),
        ("constant_contact.client_id", Value::text(client_id)),
        ("constant_contact.client_secret", Value::secret(client_secret)),
        ("constant_contact.calls_per_second", Value::any(calls_per_second)),
        ("constant_contact.calls_per_day", Value::any(calls_per_day)),
        ("virtuous.api_url", Value::text(virtuous_url)),
        ("virtuous.calls_per_hour", Value::any(calls_per_hour)),
    ];
    rows.extend(of_alerts(alerts));
    rows
}

fn of_alerts(settings: &AlertSettings) -> Rows {
    let AlertSettings {
        webhook_url,
        webhook_secret,
        mail_to,
        mail_from,
        smtp_url,
        opt_out_older_than,
        repeat_every,
    } = settings;
    vec![
        ("alerts.webhook_url", Value::secret(webhook_url)),
        ("alerts.webhook_secret", Value::secret(webhook_secret)),
        ("alerts.mail_to", Value::Plain(format!("{mail_to:?}"))),
        ("alerts.mail_from", Value::text(mail_from)),
        ("alerts.smtp_url", Value::secret(smtp_url)),
        ("alerts.opt_out_older_than", Value::duration(*opt_out_older_than)),
        ("alerts.repeat_every", Value::duration(*repeat_every)),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse_duration;

    const CUSTOMER: &str = include_str!("testdata/hope.toml");

    fn of_file(text: &str) -> CustomerSettings {
        CustomerSettings::from_toml(text, Path::new("hope.toml"), &Environment::default()).unwrap()
    }

    fn value_of(shown: &[Shown], key: &str) -> (String, String) {
        let found = shown.iter().find(|shown| shown.key == key);
        found.map(|shown| (shown.value.clone(), shown.from.clone())).unwrap()
    }

    #[test]
    fn every_key_is_shown_as_the_file_would_say_it() {
        for (text, shown) in [
            (CUSTOMER, shown_customer(&of_file(CUSTOMER), CUSTOMER)),
            (include_str!("testdata/tandem.toml"), {
                let text = include_str!("testdata/tandem.toml");
                let settings = Settings::from_toml(text, Path::new("tandem.toml"), &Environment::default());
                shown_process(&settings.unwrap(), text, &Environment::default())
            }),
        ] {
            let table: Table = text.parse().unwrap();
            for (section, value) in &table {
                let Some(inner) = value.as_table() else {
                    assert_eq!(value_of(&shown, section).1, "file", "{section}");
                    continue;
                };
                for (key, value) in inner {
                    let (shown, from) = value_of(&shown, &format!("{section}.{key}"));
                    assert_eq!(from, "file", "{section}.{key}");
                    let is_same = match value {
                        toml::Value::String(text)
                            if !["signature_header", "backup_dir"].contains(&key.as_str()) =>
                        {
                            // "24h" is shown as "1d".
                            let duration = |text: &str| parse_duration(text.trim_matches('"'));
                            let is_as_long = duration(text).is_some() && duration(text) == duration(&shown);
                            is_as_long || shown == format!("{text:?}")
                        }
                        toml::Value::Integer(_) | toml::Value::Boolean(_) => shown == value_text(value),
                        _ => true,
                    };
                    assert!(is_same, "{section}.{key}: {shown}");
                }
            }
        }
    }

    fn value_text(value: &toml::Value) -> String {
        match value {
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            _ => String::new(),
        }
    }

    #[test]
    fn a_setting_says_where_it_comes_from_and_a_secret_is_dots() {
        let text =
            "data_dir = \"data\"\n[constant_contact]\nclient_secret = \"env:CC\"\nclient_id = \"app\"\n";
        let environment = Environment::of(&[("CC", "s3cret"), ("TANDEM_HTTP__LISTEN", "127.0.0.1:9")]);
        let settings = Settings::from_toml(text, Path::new("tandem.toml"), &environment).unwrap();
        let shown = shown_process(&settings, text, &environment);
        let of = |key| value_of(&shown, key);
        let pair = |value: &str, from: &str| (value.to_owned(), from.to_owned());
        assert_eq!(of("data_dir"), pair("\"data\"", "file"));
        assert_eq!(of("http.listen"), pair("\"127.0.0.1:9\"", "environment TANDEM_HTTP__LISTEN"));
        assert_eq!(of("constant_contact.client_secret"), pair(DOTS, "file, as env:CC"));
        assert_eq!(of("http.admin_token"), pair("\"\"", "default"));
        assert_eq!(of("store.backup_keep"), pair("7", "default"));
        assert!(!format!("{:?}", shown.iter().map(|one| &one.value).collect::<Vec<_>>()).contains("s3cret"));
    }

    #[test]
    fn what_differs_between_two_files_is_named_and_a_secret_is_only_another_one() {
        let before = of_file("[virtuous]\napi_key = \"k1\"\n");
        let now = of_file(
            "name = \"Hope\"\n[constant_contact]\npoll_every = \"15m\"\n[virtuous]\napi_key = \"k2\"\n[import]\nwindow = \"\"\n",
        );
        assert_eq!(changed(&before, &before), Vec::<String>::new());
        assert_eq!(
            changed(&before, &now),
            [
                "name = \"Hope\", before \"hope\"",
                "constant_contact.poll_every = \"15m\", before \"1h\"",
                "virtuous.api_key is another one",
                "import.window = \"\", before \"20:00-06:00\"",
            ]
        );
    }
}
