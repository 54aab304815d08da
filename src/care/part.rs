//! A file that appears under its name once it is whole and on the disk.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{CareError, name};
use crate::config::folder_of;

/// Only its owner reads a backup: it holds addresses and grants.
const MODE: u32 = 0o600;

/// `FILE.part`, until [`Part::finish`] renames it to `FILE`. Dropped before, it is removed.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    unfinished: Option<PathBuf>,
}

impl Part {
    /// Begins the file; what a killed process left under the unfinished name is written anew.
    pub(super) fn begin(path: &Path) -> Result<Self, CareError> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(name::PART);
        let unfinished = PathBuf::from(unfinished);
        let open = || {
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // No link that somebody put there is followed.
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create_new(true).mode(MODE).open(&unfinished)?;
            file.set_permissions(Permissions::from_mode(MODE))?;
            Ok(file)
        };
        let file = open().map_err(CareError::at(&unfinished))?;
        Ok(Self { file, path: path.to_owned(), unfinished: Some(unfinished) })
    }

    /// The name that the file is to have.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The file as the disk has it, not as memory does.
    pub(super) fn read_back(&self) -> io::Result<impl Read + use<>> {
        use std::io::Seek;
        self.file.sync_all()?;
        // What memory has of it is let go; a system that cannot do so reads it from memory.
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::DontNeed);
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(io::BufReader::with_capacity(1 << 16, file))
    }

    /// Gives the file its name, on the disk as well.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(unfinished) = &self.unfinished {
            fs::rename(unfinished, &self.path)?;
        }
        self.unfinished = None;
        sync_folder(folder_of(&self.path))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            let _ = fs::remove_file(unfinished);
        }
    }
}

/// Makes the names in a folder safe.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_appears_once_it_is_finished_and_its_owner_alone_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.backup");
        let names = || {
            let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>()
        };
        drop(Part::begin(&path).unwrap());
        assert!(names().is_empty());
        fs::write(dir.path().join("store.backup.part"), "left by a kill, longer than what comes").unwrap();
        let part = Part::begin(&path).unwrap();
        part.file().write_all(b"whole").unwrap();
        let mut text = String::new();
        part.read_back().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), names()), ("whole", vec!["store.backup.part".to_owned()]));
        part.finish().unwrap();
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), names()),
            ("whole", vec!["store.backup".to_owned()])
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
    }
}
