//! The files of the key that seals secrets: the key itself (`TANDEM_KEY_FILE`, or `<data_dir>/key`), and beside it former keys, which
//! open backups from before a rotation.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    private_file,
    sealed::{Keyring, SealingKey},
};
use crate::config::folder_of;

/// What the name of a former key ends with.
const FORMER: &str = ".retired";

/// Where the keys are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles(PathBuf);

impl KeyFiles {
    /// The key is this file.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file of the key.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The keys that are there; none at all is no error.
    ///
    /// # Errors
    /// When a file cannot be read, or holds no key.
    pub fn read(&self) -> io::Result<Keyring> {
        let current = read(&self.0)?;
        let mut former = Vec::new();
        for path in self.former()? {
            match read(&path) {
                Ok(key) => former.extend(key),
                // It opens old backups at most.
                Err(error) => tracing::warn!(%error, "a former key cannot be read, and is passed over"),
            }
        }
        Ok(Keyring { current, former })
    }

    /// Makes a key: the file must not be there.
    ///
    /// # Errors
    /// When the file cannot be written, or the machine has no randomness.
    pub fn make(&self) -> io::Result<Keyring> {
        self.replace(&Keyring::default())
    }

    /// Makes a new key, which seals from then on. The key in force is kept as a former one before it is replaced: a kill in between leaves
    /// both.
    ///
    /// # Errors
    /// When a file cannot be written, or the machine has no randomness.
    pub fn replace(&self, keys: &Keyring) -> io::Result<Keyring> {
        let new = SealingKey::random().ok_or_else(|| io::Error::other("the machine has no randomness"))?;
        let mut former = keys.former.clone();
        if let Some(key) = &keys.current {
            private_file::write(&self.of_former(key), key.text().expose())?;
            former.push(key.clone());
        }
        private_file::write(&self.0, new.text().expose())?;
        Ok(Keyring { current: Some(new), former })
    }

    /// Moves a key file that is none, or the wrong one, out of the way of a new one.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn set_aside(&self) -> io::Result<()> {
        match read(&self.0) {
            Ok(None) => Ok(()),
            Ok(Some(key)) => fs::rename(&self.0, self.of_former(&key)),
            Err(_) => fs::rename(&self.0, self.0.with_file_name(format!("{}.unreadable", self.name()))),
        }
    }

    fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn of_former(&self, key: &SealingKey) -> PathBuf {
        self.0.with_file_name(format!("{}.{}{FORMER}", self.name(), key.id()))
    }

    /// The files of former keys.
    fn former(&self) -> io::Result<Vec<PathBuf>> {
        let begins = format!("{}.", self.name());
        let entries = match fs::read_dir(folder_of(&self.0)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&begins) && name.ends_with(FORMER) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}

fn read(path: &Path) -> io::Result<Option<SealingKey>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let Some(text) = private_file::read(path).map_err(named)? else { return Ok(None) };
    let key = SealingKey::from_hex(&text);
    let no_key = || io::Error::new(io::ErrorKind::InvalidData, "it holds no key of 64 digits in hex");
    key.ok_or_else(no_key).map(Some).map_err(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_key_stays_as_a_former_one_and_both_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let files = KeyFiles::new(folder.path().join("key"));
        assert!(files.read().unwrap().current.is_none());
        let first = files.make().unwrap();
        let second = files.replace(&first).unwrap();
        let found = files.read().unwrap();
        let id = |key: &SealingKey| key.id();
        assert_eq!(found.current.as_ref().map(id), second.current.as_ref().map(id));
        assert_eq!(found.former.iter().map(id).collect::<Vec<_>>(), [first.current.unwrap().id()]);
        #[cfg(unix)]
        for entry in fs::read_dir(folder.path()).unwrap() {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(files.path(), "no key").unwrap();
        let refused = files.read().unwrap_err().to_string();
        assert!(
            refused.contains("64 digits") && !refused.contains("no key of 64 digits in hex: no key"),
            "{refused}"
        );
    }
}
