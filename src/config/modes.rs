//! Which files that hold secrets others on this machine may read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::process::Settings;

/// Keys whose values are secrets, in the process settings and in customers' files.
const SECRETS: [&str; 8] = [
    "admin_token",
    "client_secret",
    "refresh_token",
    "api_key",
    "webhook_token",
    "webhook_secret",
    "webhook_url",
    "smtp_url",
];
/// A file that its owner alone may read.
const PRIVATE_FILE: u32 = 0o600;
/// A folder that its owner alone may enter.
const PRIVATE_FOLDER: u32 = 0o700;

/// A file or folder with secrets in it that is open to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenToOthers {
    /// The file or folder.
    pub path: PathBuf,
    /// Its mode.
    pub mode: u32,
    /// The mode that it should have.
    pub wanted: u32,
}

/// The folder that a file is in: the current one for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The data folder, the settings file and the customers' files with secrets in them, and the files that they take secrets from, as far as
/// their modes let others in.
#[must_use]
pub fn open_to_others(settings: &Settings) -> Vec<OpenToOthers> {
    let mut found = Vec::new();
    look(&settings.data_dir, PRIVATE_FOLDER, &mut found);
    look(&settings.key_file, PRIVATE_FILE, &mut found);
    if let Some(tls) = &settings.http.tls {
        look(&tls.key, PRIVATE_FILE, &mut found);
    }
    look_into(&settings.file, &mut found);
    let entries = fs::read_dir(&settings.customers_dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files.iter().for_each(|file| look_into(file, &mut found));
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found.dedup();
    found
}

/// Looks at a settings file if a secret stands in it, and at the files that it names for secrets. What cannot be read here is told where
/// it is needed.
fn look_into(file: &Path, found: &mut Vec<OpenToOthers>) {
    let text = fs::read_to_string(file).unwrap_or_default();
    // Most files are private and name none: not all of a large host are parsed once more at its start.
    if !is_open(file, PRIVATE_FILE) && !text.contains("file:") {
        return;
    }
    let Ok(table) = text.parse::<Table>() else { return };
    let sections = table.values().filter_map(Value::as_table).chain([&table]);
    for (_, value) in sections.flatten().filter(|(key, _)| SECRETS.contains(&key.as_str())) {
        match value.as_str().map(str::trim) {
            None | Some("") => {}
            Some(text) if text.starts_with("env:") => {}
            Some(text) => match text.strip_prefix("file:") {
                Some(path) => {
                    look(&folder_of(file).join(path.trim()), PRIVATE_FILE, found);
                }
                None => look(file, PRIVATE_FILE, found),
            },
        }
    }
}

fn look(path: &Path, wanted: u32, found: &mut Vec<OpenToOthers>) {
    if is_open(path, wanted) {
        found.push(OpenToOthers { path: path.to_owned(), mode: mode_of(path).unwrap_or_default(), wanted });
    }
}

/// Whether a file or folder that is there lets in more than it should.
fn is_open(path: &Path, wanted: u32) -> bool {
    mode_of(path).is_some_and(|mode| mode & !wanted != 0)
}

#[cfg(unix)]
fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::Environment;

    #[test]
    fn only_what_holds_a_secret_and_is_open_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode: u32| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let file = write("tandem.toml", "[http]\nadmin_token = \"env:TOKEN\"\n", 0o644);
        let secret = write("secret", "k", 0o640);
        let open = write("customers/open.toml", "[virtuous]\napi_key = \"k\"\n", 0o604);
        write("customers/private.toml", "[virtuous]\napi_key = \"k\"\n", 0o600);
        write(
            "customers/plain.toml",
            "[virtuous]\napi_key = \"\"\n[constant_contact]\nrefresh_token = \"file:../secret\"\n",
            0o644,
        );
        fs::create_dir(dir.path().join("tandem-data")).unwrap();
        fs::set_permissions(dir.path().join("tandem-data"), fs::Permissions::from_mode(0o700)).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let environment = Environment::default();
        let settings = Settings::from_toml("", &file, &environment).unwrap();
        assert!(text.contains("env:TOKEN"));
        let found = open_to_others(&settings);
        let named: Vec<(PathBuf, u32)> =
            found.iter().map(|one| (fs::canonicalize(&one.path).unwrap(), one.mode)).collect();
        let wanted =
            [(secret, 0o640), (open, 0o604)].map(|(path, mode)| (fs::canonicalize(path).unwrap(), mode));
        assert_eq!(named, wanted);
        fs::set_permissions(&settings.data_dir, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(
            open_to_others(&settings).iter().any(|one| one.path == settings.data_dir && one.wanted == 0o700)
        );
    }
}
