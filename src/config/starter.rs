//! Files to start with, each line explained. They are written once and never over another file.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use super::modes::folder_of;
use crate::domain::CustomerId;

/// The text of `tandem.toml`: every key, with its default.
pub const PROCESS_FILE: &str = include_str!("starter/tandem.toml");
const CUSTOMER_FILE: &str = include_str!("starter/customer.toml");

/// What a new customer's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// The short name.
    pub id: CustomerId,
    /// The name that people know; the short name without one.
    pub name: Option<String>,
    /// Where its clocks are.
    pub time_zone: Option<String>,
    /// Where its key to Virtuous is: `env:NAME` or `file:PATH`.
    pub api_key: Option<String>,
}

impl NewCustomer {
    /// The text of its file: every key, with its default.
    #[must_use]
    pub fn file(&self) -> String {
        let Self { id, name, time_zone, api_key } = self;
        let name = name.as_deref().unwrap_or(id.as_str());
        let given = [
            ("id", Some(id.as_str())),
            ("name", Some(name)),
            ("time_zone", time_zone.as_deref()),
            ("api_key", api_key.as_deref()),
        ];
        let line = |line: &str| {
            let key = line.split(" = ").next().unwrap_or_default();
            let value = given.iter().find(|(known, _)| *known == key).and_then(|(_, value)| *value);
            value.map_or_else(|| line.to_owned(), |value| format!("{key} = {}", quoted(value)))
        };
        CUSTOMER_FILE.lines().map(|text| line(text) + "\n").collect()
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Writes a file that its owner alone may read: whole or not at all, and never over another one.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]; when the folder or the file cannot be written.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    // Hidden until it is whole: a service that reads the folder leaves hidden files out.
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml::Table;

    use super::*;
    use crate::config::{CustomerSettings, Environment, Settings};

    fn new(name: Option<&str>) -> NewCustomer {
        let name = name.map(str::to_owned);
        NewCustomer { id: "hope".parse().unwrap(), name, time_zone: None, api_key: None }
    }

    /// The same with every line that is a key behind a "#".
    fn spelled_out(text: &str) -> String {
        let line = |line: &str| {
            let key = line.strip_prefix("# ").filter(|line| {
                let key = line.split(" = ").next().unwrap_or_default();
                let is_key = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
                line.contains(" = ") && (key.bytes().all(is_key) || key.starts_with('"'))
            });
            key.unwrap_or(line).to_owned() + "\n"
        };
        text.lines().map(line).collect()
    }

    fn keys(text: &str) -> BTreeSet<String> {
        let table: Table = text.parse().unwrap();
        let mut keys = BTreeSet::new();
        for (section, value) in table {
            match value.as_table() {
                Some(inner) => keys.extend(inner.keys().map(|key| format!("{section}.{key}"))),
                None => drop(keys.insert(section)),
            }
        }
        keys
    }

    #[test]
    fn the_files_say_every_key_with_its_default_and_are_taken_as_they_are() {
        let (file, environment) = (Path::new("hope.toml"), Environment::default());
        let read = |text: &str| CustomerSettings::from_toml(text, file, &environment).unwrap();
        let text = new(None).file();
        assert_eq!(read(&text), read("time_zone = \"America/Chicago\""));
        let mut whole = read(&spelled_out(&text));
        assert_eq!(whole.mapping.fields.len(), 1);
        whole.mapping.fields.clear();
        let every_key = include_str!("testdata/hope.toml");
        assert_eq!(whole, { read("[virtuous]\ncalls_per_hour = 1500") }, "every default is the true one");
        assert_eq!(keys(&spelled_out(&text)), keys(every_key));

        let process = Path::new("tandem.toml");
        let read = |text: &str| Settings::from_toml(text, process, &environment).unwrap();
        assert_eq!(read(PROCESS_FILE), read(""));
        assert_eq!(read(&spelled_out(PROCESS_FILE)), read(""), "every default is the true one");
        assert!(keys(&spelled_out(PROCESS_FILE)).is_superset(&keys(include_str!("testdata/tandem.toml"))));
    }

    #[test]
    fn what_a_new_customer_is_called_cannot_break_its_file() {
        let (file, environment) = (Path::new("hope.toml"), Environment::of(&[("KEY", "k")]));
        for name in ["Zoë's \"best\" \\ friends", "two\nlines", "# none", "id = \"x\""] {
            let customer = NewCustomer {
                time_zone: Some("Europe/Berlin".to_owned()),
                api_key: Some("env:KEY".to_owned()),
                ..new(Some(name))
            };
            let read = CustomerSettings::from_toml(&customer.file(), file, &environment).unwrap();
            assert_eq!((read.name.as_str(), read.id.as_str()), (name, "hope"));
            assert_eq!((read.time_zone.name(), read.virtuous.api_key.expose()), ("Europe/Berlin", "k"));
        }
    }

    #[test]
    fn a_file_is_written_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("customers/hope.toml");
        write_new(&path, "first").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = write_new(&path, "second").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
