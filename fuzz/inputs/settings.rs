//! Settings files.

use std::path::Path;

use tandem::config::{CustomerSettings, Environment, Settings};

/// A file as process settings and as a customer. What is wrong is told with the file's name and no secret.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // Secrets from files would be read from this machine.
    if text.contains("file:") || text.contains("env:") {
        return;
    }
    let (file, environment) = (Path::new("settings.toml"), Environment::default());
    if let Err(errors) = Settings::from_toml(&text, file, &environment) {
        assert!(!errors.to_string().contains("a-secret-token"));
    }
    if let Err(errors) = CustomerSettings::from_toml(&text, file, &environment) {
        assert!(!errors.to_string().contains("a-secret-token"));
    }
}
