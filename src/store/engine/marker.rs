//! What was once safe, kept outside sled.
//!
//! sled can open a damaged file as an empty or an older database without an error. The marker is a small text file
//! beside it that says which store this is and which group was on the disk for certain. It is written to a new file,
//! synced and renamed, and only ever after the group it names, so it can be behind the store but never ahead of it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// The format of the store's keys and values that this program writes.
pub(super) const FORMAT: u32 = 1;

const FILE: &str = "synced";
const TITLE: &str = "tandem store";

/// The marker's content; the same is kept inside the store with every group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marker {
    /// Format of the store.
    pub(super) format: u32,
    /// A random number that tells stores apart.
    pub(super) epoch: u64,
    /// The last group that is safe.
    pub(super) group: u64,
}

/// What the marker file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is none: a new store, or one whose creation did not end.
    Nothing,
    /// It is there but makes no sense, so all that is known is that there was a store.
    Unreadable,
    /// It is there.
    Marker(Marker),
}

impl Marker {
    pub(super) fn read(dir: &Path) -> io::Result<Found> {
        match fs::read(dir.join(FILE)) {
            Ok(bytes) => {
                Ok(std::str::from_utf8(&bytes).ok().and_then(parse).map_or(Found::Unreadable, Found::Marker))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Writes the marker file of a folder, through a handle on the folder that is open already.
    pub(super) fn write(self, dir: &Path, folder: &File) -> io::Result<()> {
        let new = dir.join("synced.new");
        let mut file = File::create(&new)?;
        file.write_all(self.to_text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, dir.join(FILE))?;
        folder.sync_all()
    }

    fn to_text(self) -> String {
        let Self { format, epoch, group } = self;
        let body = format!("{TITLE}\nformat {format}\nepoch {epoch:016x}\ngroup {group}\n");
        let check = crc32fast::hash(body.as_bytes());
        format!("{body}check {check:08x}\n")
    }

    /// As a value inside the store.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut body = Vec::with_capacity(20);
        body.extend_from_slice(&self.format.to_be_bytes());
        body.extend_from_slice(&self.epoch.to_be_bytes());
        body.extend_from_slice(&self.group.to_be_bytes());
        super::frame::seal(1, &body)
    }

    /// From a value inside the store. The format comes first and is read under any version, so that a newer store is
    /// refused as newer and not as damaged.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (_, body) = super::frame::open(bytes).ok()?;
        let (format, rest) = body.split_first_chunk::<4>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (group, _) = rest.split_first_chunk::<8>()?;
        Some(Self {
            format: u32::from_be_bytes(*format),
            epoch: u64::from_be_bytes(*epoch),
            group: u64::from_be_bytes(*group),
        })
    }
}

fn parse(text: &str) -> Option<Marker> {
    let (body, check) = text.split_at_checked(text.rfind("check ")?)?;
    let check = u32::from_str_radix(check.strip_prefix("check ")?.trim_end(), 16).ok()?;
    if check != crc32fast::hash(body.as_bytes()) {
        return None;
    }
    let mut lines = body.lines();
    (lines.next()? == TITLE).then_some(())?;
    Some(Marker {
        format: lines.next()?.strip_prefix("format ")?.parse().ok()?,
        epoch: u64::from_str_radix(lines.next()?.strip_prefix("epoch ")?, 16).ok()?,
        group: lines.next()?.strip_prefix("group ")?.parse().ok()?,
    })
}

/// Whether a folder holds a store: its file, and a marker that can be read.
#[must_use]
pub fn is_store(dir: &Path) -> bool {
    dir.join("db").exists() && matches!(Marker::read(dir), Ok(Found::Marker(_)))
}

/// Makes the names in a folder safe, not only what the files hold.
pub(super) fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Marker = Marker { format: 1, epoch: 0xdead_beef, group: 42 };

    #[test]
    fn round_trips_as_file_and_as_value() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Marker::read(dir.path()).unwrap(), Found::Nothing);
        SAMPLE.write(dir.path(), &File::open(dir.path()).unwrap()).unwrap();
        assert_eq!(Marker::read(dir.path()).unwrap(), Found::Marker(SAMPLE));
        assert_eq!(Marker::from_bytes(&SAMPLE.to_bytes()), Some(SAMPLE));
    }

    #[test]
    fn any_changed_byte_makes_it_unreadable() {
        let text = SAMPLE.to_text();
        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(std::str::from_utf8(&bytes).ok().and_then(parse), None, "byte {at}");
        }
        assert_eq!(parse(""), None);
    }
}
