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
    state: State,
}

/// How far a link was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// By something that showed no sign of a browser: a scanner of mails perhaps. The first browser takes it over.
    Seen,
    /// By a browser.
    Opened,
    /// To its end.
    Connected,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Opened => "opened",
            Self::Connected => "connected",
        }
    }
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

    /// A link is opened by the holder of a cookie, which shows that it is a browser or does not. Whether it may: it is the first, or the
    /// first browser, or it opened the link before, and nothing has connected by it.
    ///
    /// # Errors
    /// When it cannot be kept that the link was opened.
    pub fn open(
        &self,
        signature: &str,
        expires: i64,
        (cookie, is_browser): (&Secret, bool),
        now: Timestamp,
    ) -> io::Result<bool> {
        let browser = cookie.fingerprint();
        let state = if is_browser { State::Opened } else { State::Seen };
        self.with(|links| {
            if let Some(used) = links.get(signature) {
                let takes_over = used.state == State::Seen && is_browser;
                if !takes_over {
                    return Ok(used.state != State::Connected && used.browser == browser);
                }
            }
            links.retain(|_, used| used.expires >= now.as_secs());
            if links.len() >= LINKS_MAX && !links.contains_key(signature) {
                return Ok(false);
            }
            links.insert(signature.to_owned(), Used { expires, browser, state });
            self.write(links)?;
            Ok(true)
        })
    }

    /// Whether the holder of a cookie may connect by a link that it opened: no other took it over, and nothing has connected by it.
    ///
    /// # Errors
    /// When the links cannot be read.
    pub fn may_connect(&self, signature: &str, cookie: &Secret) -> io::Result<bool> {
        let browser = cookie.fingerprint();
        self.with(|links| {
            let used = links.get(signature);
            Ok(used.is_some_and(|used| used.state != State::Connected && used.browser == browser))
        })
    }

    /// A customer was connected by a link, which is used up.
    ///
    /// # Errors
    /// When that cannot be kept; until the next start it counts all the same.
    pub fn has_connected(&self, signature: &str) -> io::Result<()> {
        self.with(|links| {
            if let Some(used) = links.get_mut(signature) {
                used.state = State::Connected;
            }
            self.write(links)
        })
    }

    fn write(&self, links: &Links) -> io::Result<()> {
        let lines = links.iter().map(|(signature, used)| {
            format!("{} {signature} {} {}", used.expires, used.browser, used.state.as_str())
        });
        private_file::write(&self.path, &lines.collect::<Vec<_>>().join("\n"))
    }
}

fn line(line: &str) -> Option<(String, Used)> {
    let mut parts = line.split(' ');
    let (expires, signature) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
    let browser = parts.next()?.to_owned();
    let state = match parts.next()? {
        "connected" => State::Connected,
        "seen" => State::Seen,
        _ => State::Opened,
    };
    Some((signature, Used { expires, browser, state }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_one_browsers_until_it_has_connected_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(folder.path());
        let (mine, other) = (Secret::new("mine"), Secret::new("other"));
        let (mine, other) = ((&mine, true), (&other, true));
        let now = Timestamp::from_secs(100);
        let links = UsedLinks::of(&settings);
        assert!(links.open("a", 200, mine, now).unwrap() && links.open("a", 200, mine, now).unwrap());
        assert!(!links.open("a", 200, other, now).unwrap());
        let links = UsedLinks::of(&settings);
        assert!(!links.open("a", 200, other, now).unwrap() && links.open("a", 200, mine, now).unwrap());
        links.has_connected("a").unwrap();
        for links in [links, UsedLinks::of(&settings)] {
            assert!(!links.open("a", 200, mine, now).unwrap());
        }
        let text = std::fs::read_to_string(folder.path().join("tandem-data/used-links")).unwrap();
        assert!(!text.contains("mine"), "the cookie itself is not kept");
    }

    #[test]
    fn what_is_no_browser_uses_no_link_up_and_the_first_browser_takes_it_over() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(folder.path());
        let (scanner, mine, other) = (Secret::new("scanner"), Secret::new("mine"), Secret::new("other"));
        let now = Timestamp::from_secs(100);
        let links = UsedLinks::of(&settings);
        assert!(links.open("a", 200, (&scanner, false), now).unwrap());
        assert!(!links.open("a", 200, (&other, false), now).unwrap(), "only a browser takes over");
        assert!(links.may_connect("a", &scanner).unwrap(), "a script may go on to the end");
        let links = UsedLinks::of(&settings);
        assert!(links.open("a", 200, (&mine, true), now).unwrap(), "also after a restart");
        assert!(!links.may_connect("a", &scanner).unwrap() && links.may_connect("a", &mine).unwrap());
        assert!(!links.open("a", 200, (&scanner, false), now).unwrap());
        assert!(!links.open("a", 200, (&other, true), now).unwrap(), "it is one browser's");
        links.has_connected("a").unwrap();
        assert!(!links.may_connect("a", &mine).unwrap() && !links.may_connect("b", &mine).unwrap());
    }
}
