//! The admin token: from the settings, or made at the first start and kept in `<data_dir>/admin-token`.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::config::{Secret, Settings};

/// Where the token is kept.
#[must_use]
pub fn path(settings: &Settings) -> PathBuf {
    settings.data_dir.join("admin-token")
}

/// The token of the settings, or of the file; `None` when neither is there.
///
/// # Errors
/// When the file cannot be read.
pub fn read(settings: &Settings) -> io::Result<Option<Secret>> {
    if !settings.http.admin_token.is_empty() {
        return Ok(Some(settings.http.admin_token.clone()));
    }
    match std::fs::read_to_string(path(settings)) {
        Ok(text) => Ok(Some(Secret::new(&text)).filter(|token| !token.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The token; made if there is none yet.
///
/// # Errors
/// When the file cannot be read or written, or the machine has no randomness.
pub fn read_or_make(settings: &Settings) -> io::Result<Secret> {
    if let Some(token) = read(settings)? {
        return Ok(token);
    }
    let token = Secret::random().ok_or_else(|| io::Error::other("the machine has no randomness"))?;
    std::fs::create_dir_all(&settings.data_dir)?;
    let path = path(settings);
    // Whole or not at all: a kill in between must not leave half a token.
    let next = path.with_extension("new");
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_private(&next, token.expose().as_bytes())?;
    std::fs::rename(&next, &path)?;
    Ok(token)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(dir.path());
        assert_eq!(read(&settings).unwrap(), None);
        let token = read_or_make(&settings).unwrap();
        assert_eq!(token.expose().len(), 64);
        assert_eq!(read_or_make(&settings).unwrap(), token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path(&settings)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
