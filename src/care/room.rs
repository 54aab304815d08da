//! Room on the disk, looked at before anything is written.

use std::{fs, io, path::Path};

use super::CareError;

/// More than a backup is larger than the entries in it.
const MARGIN: u64 = 4 << 20;

/// Bytes of the files in a folder, those of its folders left out.
pub(super) fn bytes_in(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        // A file may go while the folder is read.
        bytes += entry?.metadata().ok().filter(fs::Metadata::is_file).map_or(0, |found| found.len());
    }
    Ok(bytes)
}

/// Refuses to begin where a copy of so many bytes may not fit.
pub(super) fn ensure(folder: &Path, bytes: u64) -> Result<(), CareError> {
    let found = rustix::fs::statvfs(folder).map_err(io::Error::from).map_err(CareError::at(folder))?;
    fits(folder, bytes, found.f_bavail.saturating_mul(found.f_frsize))
}

fn fits(folder: &Path, bytes: u64, free: u64) -> Result<(), CareError> {
    let need = bytes + MARGIN;
    if free < need {
        return Err(CareError::NoRoom { folder: folder.to_owned(), need, free });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_names_what_is_needed_and_what_there_is() {
        let dir = tempfile::tempdir().unwrap();
        assert!(fits(dir.path(), 6 << 20, 10 << 20).is_ok());
        let refused = fits(dir.path(), 6 << 20, (10 << 20) - 1).unwrap_err().to_string();
        assert!(refused.contains("10 MB may be needed and 10 MB are free"), "{refused}");
        let refused = ensure(dir.path(), u64::MAX / 2).unwrap_err();
        assert!(matches!(refused, CareError::NoRoom { .. }), "{refused}");
        fs::write(dir.path().join("a"), [0; 300]).unwrap();
        fs::create_dir(dir.path().join("aside")).unwrap();
        assert_eq!(bytes_in(dir.path()).unwrap(), 300);
    }
}
