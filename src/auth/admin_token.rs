//! The admin token: from the settings, or made at the first start and kept in `<data_dir>/admin-token`.

use std::{io, path::PathBuf};

use super::private_file;
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
    private_file::read(&path(settings))
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
    private_file::write(&path(settings), token.expose())?;
    Ok(token)
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
