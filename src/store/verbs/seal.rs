//! Takes the keys of this machine, and seals every secret under the key in force.

use std::{io, path::PathBuf};

use crate::{
    auth::{KeyFiles, sealed::KeyId},
    store::{
        codec,
        engine::{Changes, OpenError, Reader, StoreError},
        handle::Store,
        sealing::Sealing,
        tables::{
            customers,
            forgotten::SALT_SEALED,
            keys::{CustomerNo, Key},
            kind::Kind,
            subscription::SUBSCRIPTION_SEALED,
            tokens::TOKEN_SEALED,
        },
    },
};

const SEAL_V1: u8 = 1;
/// Customers whose secrets are sealed in one group.
const TOGETHER: usize = 64;
/// Where secrets are, and the version of their sealed values.
const SECRETS: [(Kind, u8); 3] =
    [(Kind::Token, TOKEN_SEALED), (Kind::Subscription, SUBSCRIPTION_SEALED), (Kind::Salt, SALT_SEALED)];

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Where the key is.
    pub file: PathBuf,
    /// The key in force.
    pub key: KeyId,
    /// Secrets that were sealed anew.
    pub sealed: usize,
    /// Secrets that no key opened, and that are gone.
    pub lost: usize,
}

/// Why the key was not replaced; nothing is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The key in force is not there, or does not open what it should.
    #[error("{0}")]
    Locked(String),
    /// The store has its key in memory alone.
    #[error("this store has no key file")]
    NoFile,
    /// A file cannot be written.
    #[error("the key file cannot be written: {0}")]
    File(#[from] io::Error),
    /// The store cannot write; `tandem key rotate` goes on with it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Why the secrets cannot be read, in words that say what to do; `None` if they can.
    #[must_use]
    pub fn sealing_problem(&self) -> Option<String> {
        self.sealing.problem().map(|problem| problem.to_string())
    }

    /// Takes the keys of this machine: makes a key for a store that has no sealed secret yet, and goes on with a rotation that was
    /// broken off. Where the key of this store is missing, secrets stay as they are, unread.
    pub(in crate::store) fn unlock(&self, files: &KeyFiles) -> Result<(), OpenError> {
        let failed = |error: StoreError| file_error(files, io::Error::other(error.to_string()));
        let sealed_by = self.sealed_by().map_err(failed)?;
        let keys = match (files.read(), sealed_by) {
            (Err(error), _) => return self.lock(files, &format!("cannot be read ({error})")),
            (Ok(keys), None) if keys.current.is_none() => {
                files.make().map_err(|error| file_error(files, error))?
            }
            (Ok(keys), Some(key)) if keys.current.is_none() => {
                return self.lock(files, &format!("is missing; they are sealed with the key {key}"));
            }
            (Ok(keys), Some(key)) if !keys.opens(key) => {
                return self.lock(files, &format!("is another one; they are sealed with the key {key}"));
            }
            (Ok(keys), _) => keys,
        };
        let is_sealed = sealed_by.is_some() && sealed_by == keys.current.as_ref().map(|key| key.id());
        self.sealing.take(keys);
        if !is_sealed {
            self.seal_all(false).map_err(failed)?;
        }
        Ok(())
    }

    /// Makes a new key, which seals from then on, and seals every secret under it, while the service runs. With `is_lost` the former key is
    /// given up: what it sealed is forgotten, and those customers connect again. Blocks.
    ///
    /// # Errors
    /// [`RotateError`].
    pub fn rotate_key(&self, is_lost: bool) -> Result<Rotated, RotateError> {
        let _alone = self.sealing.rotate_alone();
        let files = self.sealing.files().ok_or(RotateError::NoFile)?;
        if let Some(problem) = self.sealing_problem().filter(|_| !is_lost) {
            return Err(RotateError::Locked(problem));
        }
        // The keys in memory open the secrets, whatever became of the files meanwhile.
        let known = self.sealing.ring();
        if is_lost && known.current.is_none() {
            files.set_aside()?;
        }
        self.sealing.take(files.replace(&known)?);
        Ok(self.seal_all(is_lost)?)
    }

    /// Secrets stay as they are, unread, and the store is open for all else.
    fn lock(&self, files: &KeyFiles, what: &str) -> Result<(), OpenError> {
        self.sealing.refuse(&format!(
            "the key that seals the secrets of this store, {}, {what}: put the right key file back and start tandem again; if it is \
             gone for good, `tandem key rotate --lost` makes a new one, and each customer connects again",
            files.path().display()
        ));
        Ok(())
    }

    fn sealed_by(&self) -> Result<Option<KeyId>, StoreError> {
        let value = self.reader().get(Key::of(0, Kind::Seal))?;
        Ok(value.map(|value| codec::decode::<KeyId>(SEAL_V1, &value)).transpose()?)
    }

    /// Seals every secret that is in clear or under a former key, then keeps which key sealed them: a kill in between does it again.
    fn seal_all(&self, drops_lost: bool) -> Result<Rotated, StoreError> {
        let mut numbers = customers::numbers(&self.reader())?;
        // The process has a secret, too.
        numbers.insert(0, 0);
        let key = self.sealing.current().ok_or(StoreError::Refused("there is no key"))?;
        let file = self.sealing.files().map(|files| files.path().to_owned()).unwrap_or_default();
        let mut rotated = Rotated { file, key, sealed: 0, lost: 0 };
        for numbers in numbers.chunks(TOGETHER) {
            let (numbers, sealing) = (numbers.to_vec(), self.sealing.clone());
            let (sealed, lost) = self.engine().submit_blocking(move |reader| {
                let (mut changes, mut sealed, mut lost) = (Changes::new(), 0, 0);
                for (number, place) in numbers.iter().flat_map(|number| SECRETS.map(|place| (*number, place)))
                {
                    match seal_one(reader, &mut changes, &sealing, (number, place)) {
                        Ok(is_new) => sealed += usize::from(is_new),
                        Err(StoreError::Sealed(_)) if drops_lost => {
                            lost += 1;
                            changes.delete(Key::of(number, place.0));
                        }
                        // Its customer pauses when it is read; the others go on (B4).
                        Err(StoreError::Sealed(_)) => lost += 1,
                        Err(error) => return Err(error),
                    }
                }
                Ok((changes, (sealed, lost)))
            })?;
            rotated.sealed += sealed;
            rotated.lost += lost;
        }
        if rotated.lost > 0 && !drops_lost {
            tracing::error!(
                secrets = rotated.lost,
                "secrets that no key opens stay as they are: their customers pause; put the key back that sealed them, or connect them again"
            );
        }
        self.engine().submit_blocking(move |_| {
            let mut changes = Changes::new();
            changes.put(Key::of(0, Kind::Seal), codec::encode(SEAL_V1, &key)?);
            Ok((changes, ()))
        })?;
        Ok(rotated)
    }
}

/// Seals a secret under the key in force; `false` if it is already, or there is none.
fn seal_one(
    reader: &Reader<'_>,
    changes: &mut Changes,
    sealing: &Sealing,
    (customer, (kind, version)): (CustomerNo, (Kind, u8)),
) -> Result<bool, StoreError> {
    let key = Key::of(customer, kind);
    let Some(value) = reader.get(&key)? else { return Ok(false) };
    if sealing.is_current(version, &value)? {
        return Ok(false);
    }
    let clear = sealing.open(&key, version, &value)?;
    let sealed = sealing.seal(&key, version, &clear)?;
    changes.put(key, sealed);
    Ok(true)
}

fn file_error(files: &KeyFiles, source: io::Error) -> OpenError {
    OpenError::Folder { path: files.path().to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        domain::Timestamp,
        store::{CustomerStore, Mode, Options},
    };

    const TOKEN: &str = "a-refresh-token-that-nobody-may-see";

    fn options() -> Options {
        Options { mode: Mode::Inline, ..Options::default() }
    }

    fn open(dir: &Path) -> Store {
        Store::open_sealed(&dir.join("store"), options(), KeyFiles::new(dir.join("key"))).unwrap()
    }

    async fn connect(store: &Store) -> CustomerStore {
        let now = Timestamp::from_secs(1_800_000_000);
        let number = store.enrol("hope".parse().unwrap(), now).await.unwrap().number;
        let hope = store.of(number);
        assert!(hope.save_token(TOKEN.to_owned(), None, None, now).await.unwrap());
        hope
    }

    fn refresh(store: &CustomerStore) -> Result<Option<String>, StoreError> {
        Ok(store.token()?.map(|token| token.refresh))
    }

    /// Whether a text stands in a file of the store.
    fn is_in_clear(dir: &Path, text: &str) -> bool {
        let holds =
            |path: &Path| fs::read(path).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes());
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        entries.into_iter().any(|path| if path.is_dir() { is_in_clear(&path, text) } else { holds(&path) })
    }

    #[tokio::test]
    async fn a_secret_is_on_no_disk_in_clear_and_outlives_rotations_and_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let hope = connect(&store).await;
        let first = store.sealing.current().unwrap();
        let rotated = store.rotate_key(false).unwrap();
        assert_eq!((rotated.sealed, rotated.lost), (1, 0));
        assert_ne!(rotated.key, first);
        assert_eq!(refresh(&hope).unwrap().as_deref(), Some(TOKEN));
        drop(hope);
        store.stop().unwrap();
        drop(store);
        assert!(!is_in_clear(dir.path(), TOKEN));
        let store = open(dir.path());
        assert_eq!(store.sealing.current(), Some(rotated.key));
        assert_eq!(refresh(&store.of(1)).unwrap().as_deref(), Some(TOKEN));
        store.stop().unwrap();
    }

    #[tokio::test]
    async fn a_key_file_that_vanished_while_the_service_runs_takes_no_grant_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("key");
        for content in [None, Some("5b".repeat(32)), Some("?".to_owned())] {
            let store = open(dir.path());
            let hope = connect(&store).await;
            fs::remove_file(&key).unwrap();
            if let Some(content) = content {
                fs::write(&key, content).unwrap();
            }
            assert_eq!(store.rotate_key(false).unwrap().lost, 0);
            assert_eq!(refresh(&hope).unwrap().as_deref(), Some(TOKEN));
            store.stop().unwrap();
            drop((hope, store));
            let store = open(dir.path());
            assert_eq!(refresh(&store.of(1)).unwrap().as_deref(), Some(TOKEN));
            store.stop().unwrap();
        }
    }

    #[tokio::test]
    async fn a_missing_or_wrong_key_is_said_loses_no_grant_and_nothing_is_written_in_clear() {
        let dir = tempfile::tempdir().unwrap();
        let (key, aside) = (dir.path().join("key"), dir.path().join("aside"));
        let store = open(dir.path());
        connect(&store).await;
        store.stop().unwrap();
        drop(store);
        fs::rename(&key, &aside).unwrap();
        let now = Timestamp::from_secs(1_800_000_001);
        for (content, what) in [
            (None, "is missing"),
            (Some("5b".repeat(32)), "another one"),
            (Some("?".to_owned()), "64 digits"),
        ] {
            if let Some(content) = content {
                fs::write(&key, content).unwrap();
            }
            let store = open(dir.path());
            let problem = store.sealing_problem().unwrap();
            assert!(problem.contains(what) && problem.contains("put the right key file back"), "{problem}");
            let refused = refresh(&store.of(1)).unwrap_err();
            assert_eq!(refused.to_string(), problem);
            let kept = store.of(1).save_token("new".to_owned(), None, None, now).await;
            assert!(kept.is_err());
            assert!(matches!(store.rotate_key(false), Err(RotateError::Locked(_))));
            store.stop().unwrap();
        }
        fs::rename(&aside, &key).unwrap();
        let store = open(dir.path());
        assert_eq!(store.sealing_problem(), None);
        assert_eq!(refresh(&store.of(1)).unwrap().as_deref(), Some(TOKEN));
        store.stop().unwrap();
        drop(store);
        // Gone for good: a new one, and the customer connects again.
        fs::remove_file(&key).unwrap();
        let store = open(dir.path());
        let rotated = store.rotate_key(true).unwrap();
        assert_eq!((rotated.sealed, rotated.lost), (0, 1));
        assert_eq!(refresh(&store.of(1)).unwrap(), None);
        assert!(store.of(1).save_token("new".to_owned(), None, None, now).await.unwrap());
        assert_eq!(refresh(&store.of(1)).unwrap().as_deref(), Some("new"));
        store.stop().unwrap();
    }

    #[tokio::test]
    async fn a_grant_in_clear_of_an_earlier_version_is_sealed_when_the_store_is_opened() {
        use crate::store::tables::stored::TokenV1;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store"), options()).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let number = store.enrol("hope".parse().unwrap(), now).await.unwrap().number;
        let old = TokenV1 { refresh: TOKEN.to_owned(), previous: None, saved_at: 5 };
        let value = codec::encode(1, &old).unwrap();
        let put = store.engine().submit_blocking(move |_| {
            let mut changes = Changes::new();
            changes.put(Key::of(number, Kind::Token), value);
            Ok((changes, ()))
        });
        put.unwrap();
        store.stop().unwrap();
        drop(store);
        let store = open(dir.path());
        assert_eq!(refresh(&store.of(number)).unwrap().as_deref(), Some(TOKEN));
        let value = store.reader().get(Key::of(number, Kind::Token)).unwrap().unwrap();
        assert_eq!(value[0], TOKEN_SEALED);
        store.stop().unwrap();
    }

    #[tokio::test]
    async fn a_sealed_grant_opens_for_no_other_customer() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        connect(&store).await;
        let value = store.reader().get(Key::of(1, Kind::Token)).unwrap().unwrap().to_vec();
        let moved = store.engine().submit_blocking(move |_| {
            let mut changes = Changes::new();
            changes.put(Key::of(2, Kind::Token), value);
            Ok((changes, ()))
        });
        moved.unwrap();
        assert!(refresh(&store.of(2)).is_err());
        store.stop().unwrap();
    }
}
