//! Settings files.

use std::path::Path;

use tandem::config::{CustomerSettings, Environment, Settings};

/// The secret of the seeds, and the keys that hold secrets.
const SECRET: &str = "a-secret-token";
const SECRET_KEYS: [&str; 6] =
    ["refresh_token", "api_key", "webhook_token", "webhook_secret", "admin_token", "client_secret"];

/// Whether the secret stands as the value of secret keys alone: a text that is no secret where it stands may be told.
fn is_secret_everywhere(text: &str) -> bool {
    let is_of_key = |line: &str| {
        let key = line.split('=').next().unwrap_or_default();
        SECRET_KEYS.contains(&key.trim()) && line.matches(SECRET).count() == 1
    };
    text.lines().filter(|line| line.contains(SECRET)).all(is_of_key)
}

/// A file as process settings and as a customer. What is wrong is told with the file's name and no secret.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // Secrets from files would be read from this machine.
    if text.contains("file:") || text.contains("env:") {
        return;
    }
    let (file, environment) = (Path::new("settings.toml"), Environment::default());
    let is_secret = is_secret_everywhere(&text);
    if let Err(errors) = Settings::from_toml(&text, file, &environment) {
        assert!(!is_secret || !errors.to_string().contains(SECRET));
    }
    if let Err(errors) = CustomerSettings::from_toml(&text, file, &environment) {
        assert!(!is_secret || !errors.to_string().contains(SECRET));
    }
}
