//! Links of the connect page that were opened: a link is one browser's, until it has connected. Kept in `<data_dir>/used-links`, so that
//! a restart lets no link be used again.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use super::private_file;
use crate::{
    config::{Secret, Settings},
    domain::Timestamp,
};

/// Links that are remembered; more are not given out within a day.
const LINKS_MAX: usize = 10_000;

/// A link that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    expires: i64,
    /// The fingerprint of the browser's cookie.
    browser: String,
    has_connected: bool,
}

/// The links that were opened, by their signature.
#[derive(Debug)]
pub struct UsedLinks {
    path: PathBuf,
    /// `None` until the file was read.
    links: Mutex<Option<Links>>,
}

type Links = BTreeMap<String, Used>;

impl UsedLinks {
    /// The links of a data folder, read at the first need.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self { path: settings.data_dir.join("used-links"), links: Mutex::default() }
    }

    /// Looks at the links, or changes them. Lines of the file that cannot be read are left out.
    fn with<T>(&self, run: impl FnOnce(&mut Links) -> io::Result<T>) -> io::Result<T> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *links {
            Some(links) => run(links),
            None => {
                let text = private_file::read(&self.path)?.unwrap_or_default();
                run(links.insert(text.expose().lines().filter_map(line).collect()))
            }
        }
    }

    /// A browser opens a link. Whether it may: it is the first, or it opened the link before and has not connected by it.
    ///
    /// # Errors
    /// When it cannot be kept that the link was opened.
    pub fn open(&self, signature: &str, expires: i64, browser: &Secret, now: Timestamp) -> io::Result<bool> {
        let browser = browser.fingerprint();
        self.with(|links| {
            if let Some(used) = links.get(signature) {
                return Ok(!used.has_connected && used.browser == browser);
            }
            links.retain(|_, used| used.expires >= now.as_secs());
            if links.len() >= LINKS_MAX {
                return Ok(false);
            }
            links.insert(signature.to_owned(), Used { expires, browser, has_connected: false });
            self.write(links)?;
            Ok(true)
        })
    }

    /// A customer was connected by a link, which is used up.
    ///
    /// # Errors
    /// When that cannot be kept; until the next start it counts all the same.
    pub fn has_connected(&self, signature: &str) -> io::Result<()> {
        self.with(|links| {
            if let Some(used) = links.get_mut(signature) {
                used.has_connected = true;
            }
            self.write(links)
        })
    }

    fn write(&self, links: &Links) -> io::Result<()> {
        let lines = links.iter().map(|(signature, used)| {
            let state = if used.has_connected { "connected" } else { "opened" };
            format!("{} {signature} {} {state}", used.expires, used.browser)
        });
        private_file::write(&self.path, &lines.collect::<Vec<_>>().join("\n"))
    }
}

fn line(line: &str) -> Option<(String, Used)> {
    let mut parts = line.split(' ');
    let (expires, signature) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
    let (browser, state) = (parts.next()?.to_owned(), parts.next()?);
    Some((signature, Used { expires, browser, has_connected: state == "connected" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_one_browsers_until_it_has_connected_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(folder.path());
        let (mine, other) = (Secret::new("mine"), Secret::new("other"));
        let now = Timestamp::from_secs(100);
        let links = UsedLinks::of(&settings);
        assert!(links.open("a", 200, &mine, now).unwrap() && links.open("a", 200, &mine, now).unwrap());
        assert!(!links.open("a", 200, &other, now).unwrap());
        let links = UsedLinks::of(&settings);
        assert!(!links.open("a", 200, &other, now).unwrap() && links.open("a", 200, &mine, now).unwrap());
        links.has_connected("a").unwrap();
        for links in [links, UsedLinks::of(&settings)] {
            assert!(!links.open("a", 200, &mine, now).unwrap());
        }
        let text = std::fs::read_to_string(folder.path().join("tandem-data/used-links")).unwrap();
        assert!(!text.contains("mine"), "the cookie itself is not kept");
    }
}
