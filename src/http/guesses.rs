//! Wrong tokens: counted, and the slower the more of them come (B4).
//!
//! A wrong token costs its address the next wait, which every further token from there waits for before it is compared. From the
//! longest wait on nothing waits any more: one token a second is compared, and the others are refused unseen. The right token of
//! another address waits for none of it, and that of the same address is taken once a second has passed. An address is the caller's;
//! behind a proxy on this machine it is the last that the proxy tells.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::HttpRequest;
use tokio::time::Instant;

use super::named_host::is_known_here_alone;
use crate::config::HttpSettings;

/// Wrong tokens of a caller that cost nothing: people mistype.
const FREE: u32 = 10;
/// The first wait, doubled with each further wrong token.
const WAIT: Duration = Duration::from_millis(50);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// Wrong tokens beyond the free ones, from which on a caller's tokens are refused unseen, but for one in [`WAIT_MAX`].
const GUESSES: u32 = 8;
/// Tokens of one caller that wait at once; more are refused unseen.
const AT_ONCE: u32 = 8;
/// Characters from which on a token is beyond guessing.
const LONG: usize = 32;
/// How long a caller has to try nothing wrong until one wrong token is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(6);
/// Callers that are remembered; of more, those that tried last.
const CALLERS_MAX: usize = 4_096;
/// Wrong tokens of all callers within [`ALL_WITHIN`], from which on callers that are not known yet wait, too.
const ALL_FREE: u32 = 200;
/// For how long wrong tokens of all callers are counted together.
const ALL_WITHIN: Duration = Duration::from_secs(60);
/// What a caller waits that tried nothing wrong yet while very many others do.
const ALL_WAIT: Duration = Duration::from_millis(250);

/// Where a token is shown: the admin API and the pages, or the hooks of a customer. The same sender may hold an old token of one
/// customer and the right one of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    address: Option<IpAddr>,
    door: String,
}

impl Caller {
    /// The caller of a request that shows a token at a door.
    #[must_use]
    pub fn of(request: &HttpRequest, door: &str) -> Self {
        Self { address: address(request), door: door.to_owned() }
    }
}

/// Where a request comes from, for the record of actions. A proxy on this machine is believed where `http.public_url` says that
/// there is one; else any program here could have the record name another.
#[must_use]
pub fn origin(request: &HttpRequest, settings: &HttpSettings) -> String {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let address = peer
        .map(|peer| if is_known_here_alone(settings) { peer } else { behind(request, peer).to_canonical() });
    address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
}

/// The address that a proxy on this machine tells last; that of the peer, where there is none.
fn behind(request: &HttpRequest, peer: IpAddr) -> IpAddr {
    let told = || {
        let header = request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?;
        header.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    if peer.is_loopback() { told().unwrap_or(peer) } else { peer }
}

/// The address that a request comes from.
fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical())?;
    Some(match behind(request, peer).to_canonical() {
        // One line has a whole network of them.
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        address => address,
    })
}

/// Wrong tokens, by caller and altogether.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    callers: HashMap<Caller, Tries>,
    all: u32,
    all_since: Option<Instant>,
}

#[derive(Debug)]
struct Tries {
    wrong: u32,
    last: Instant,
    compared: Instant,
    waiting: u32,
}

/// What a caller does before its token is compared.
#[derive(Debug, PartialEq, Eq)]
enum Before {
    /// Waits so long.
    Wait(Duration),
    /// Comes again later: too many tokens of it wait already.
    Later,
}

/// What came of a token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is the right one.
    Right,
    /// It is wrong.
    Wrong,
    /// It was not compared: too many of the same caller wait.
    Later,
}

/// A token that waits to be compared; its drop ends that, also where the caller went away.
struct Waits<'a>(&'a Guesses, &'a Caller);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waited(self.1);
    }
}

impl Guesses {
    /// Compares a token that a caller shows, after the wait that its wrong ones cost. A right token beyond guessing waits for
    /// nothing, so that no flood from the same address, a proxy's perhaps, locks its holder out; it excuses no other one.
    pub async fn compare(&self, caller: &Caller, shown: &str, is_right: impl Fn() -> bool) -> Shown {
        if shown.len() >= LONG && is_right() {
            return Shown::Right;
        }
        match self.before(caller) {
            Before::Later => return Shown::Later,
            Before::Wait(Duration::ZERO) => {}
            Before::Wait(wait) => {
                let _waits = Waits(self, caller);
                tokio::time::sleep(wait).await;
            }
        }
        if is_right() {
            self.right(caller);
            Shown::Right
        } else {
            self.wrong(caller);
            Shown::Wrong
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes before a token of a caller is compared.
    fn before(&self, caller: &Caller) -> Before {
        let now = Instant::now();
        let mut known = self.known();
        let many = known.all_since.is_some_and(|since| now - since < ALL_WITHIN) && known.all > ALL_FREE;
        match known.callers.get_mut(caller) {
            Some(tries) => {
                tries.forget(now);
                let wait = tries.wait();
                if wait.is_zero() {
                    return Before::Wait(wait);
                }
                if tries.wrong > FREE + GUESSES {
                    return tries.in_turn(now);
                }
                if tries.waiting >= AT_ONCE {
                    return Before::Later;
                }
                tries.waiting += 1;
                Before::Wait(wait)
            }
            None if many => Before::Wait(ALL_WAIT),
            None => Before::Wait(Duration::ZERO),
        }
    }

    /// A caller waited, or went away while it did.
    fn waited(&self, caller: &Caller) {
        if let Some(tries) = self.known().callers.get_mut(caller) {
            tries.waiting = tries.waiting.saturating_sub(1);
        }
    }

    /// Its token was wrong.
    fn wrong(&self, caller: &Caller) {
        let now = Instant::now();
        let mut known = self.known();
        if known.all_since.is_none_or(|since| now - since >= ALL_WITHIN) {
            (known.all, known.all_since) = (0, Some(now));
        }
        known.all = known.all.saturating_add(1);
        if known.callers.len() >= CALLERS_MAX && !known.callers.contains_key(caller) {
            let oldest = known.callers.iter().filter(|(_, tries)| tries.waiting == 0);
            let oldest = oldest.min_by_key(|(_, tries)| tries.last).map(|(caller, _)| caller.clone());
            oldest.map(|oldest| known.callers.remove(&oldest));
        }
        let tries = known.callers.entry(caller.clone()).or_insert(Tries {
            wrong: 0,
            last: now,
            compared: now,
            waiting: 0,
        });
        tries.forget(now);
        (tries.wrong, tries.last, tries.compared) = (tries.wrong.saturating_add(1), now, now);
    }

    /// Its token was right: the wrong ones before were slips.
    fn right(&self, caller: &Caller) {
        let mut known = self.known();
        if let Some(tries) = known.callers.get_mut(caller) {
            tries.wrong = 0;
        }
    }
}

impl Tries {
    /// One token in a while is compared.
    fn in_turn(&mut self, now: Instant) -> Before {
        if now.saturating_duration_since(self.compared) < WAIT_MAX {
            return Before::Later;
        }
        self.compared = now;
        Before::Wait(Duration::ZERO)
    }

    fn forget(&mut self, now: Instant) {
        let quiet = now.saturating_duration_since(self.last).as_secs() / FORGOTTEN_AFTER.as_secs();
        if quiet > 0 {
            self.wrong = self.wrong.saturating_sub(u32::try_from(quiet).unwrap_or(u32::MAX));
            self.last = now;
        }
    }

    fn wait(&self) -> Duration {
        match self.wrong.checked_sub(FREE) {
            None | Some(0) => Duration::ZERO,
            Some(over) => WAIT.saturating_mul(1 << (over - 1).min(10)).min(WAIT_MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(last: u8) -> Caller {
        Caller { address: Some([10, 0, 0, last].into()), door: "admin".to_owned() }
    }

    /// The record of actions named 127.0.0.1 for all that a proxy on this machine forwarded.
    #[test]
    fn the_record_names_what_a_known_proxy_tells_and_believes_no_other() {
        let of = |public_url: &str, peer: &str, told: &[&'static str]| {
            let mut settings = crate::config::Settings::defaults_in(std::path::Path::new("/nowhere")).http;
            settings.public_url = public_url.to_owned();
            let request = actix_web::test::TestRequest::get().peer_addr(peer.parse().unwrap());
            let request =
                told.iter().fold(request, |request, told| request.append_header(("X-Forwarded-For", *told)));
            origin(&request.to_http_request(), &settings)
        };
        let (public, here, proxy) = ("https://sync.example.org", "http://127.0.0.1:8400", "127.0.0.1:9");
        assert_eq!(
            of(public, proxy, &["6.6.6.6, 10.1.2.3"]),
            "10.1.2.3",
            "what came before is anybody's word"
        );
        assert_eq!(of(public, proxy, &["6.6.6.6", "2001:db8::1"]), "2001:db8::1");
        assert_eq!(of(public, "10.0.0.7:9", &["10.1.2.3"]), "10.0.0.7", "no proxy of this machine");
        assert_eq!(of(here, proxy, &["10.1.2.3"]), "127.0.0.1", "there is no proxy");
        for wrong in ["", "<b>10.1.2.3", "10.1.2.3:80", "unknown"] {
            assert_eq!(of(public, proxy, &[wrong]), "127.0.0.1", "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_wrong_tokens_slow_one_address_down_and_lock_nobody_out() {
        let guesses = Guesses::default();
        let began = Instant::now();
        let mut compared = 0;
        for _ in 0..1_000 {
            let Before::Wait(wait) = guesses.before(&caller(1)) else { continue };
            tokio::time::advance(wait).await;
            if !wait.is_zero() {
                guesses.waited(&caller(1));
            }
            guesses.wrong(&caller(1));
            compared += 1;
        }
        assert_eq!(compared, FREE + GUESSES + 1);
        assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(guesses.before(&caller(2)), Before::Wait(Duration::ZERO), "another address");
        let hook = Caller { door: "hope".to_owned(), ..caller(1) };
        assert_eq!(guesses.before(&hook), Before::Wait(Duration::ZERO), "another door");
        // The same address has one try a second.
        for _ in 0..3 {
            assert_eq!(guesses.before(&caller(1)), Before::Later);
            tokio::time::advance(WAIT_MAX).await;
            assert_eq!(guesses.before(&caller(1)), Before::Wait(Duration::ZERO));
        }
        guesses.right(&caller(1));
        assert_eq!(guesses.before(&caller(1)), Before::Wait(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_are_refused_unseen_and_forgotten_with_time() {
        let guesses = Guesses::default();
        for _ in 0..FREE + GUESSES {
            guesses.wrong(&caller(1));
        }
        let before: Vec<_> = (0..20).map(|_| guesses.before(&caller(1))).collect();
        assert_eq!(before.iter().filter(|it| **it == Before::Wait(WAIT_MAX)).count(), AT_ONCE as usize);
        assert!(before.ends_with(&[Before::Later]));
        for _ in 0..AT_ONCE {
            guesses.waited(&caller(1));
        }
        tokio::time::advance(FORGOTTEN_AFTER * 60).await;
        assert_eq!(guesses.before(&caller(1)), Before::Wait(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn many_addresses_together_slow_down_who_is_new_a_little_and_are_bounded() {
        let guesses = Guesses::default();
        for number in 0..u32::try_from(CALLERS_MAX).unwrap() * 2 {
            let address = Some(IpAddr::from(number.to_be_bytes()));
            guesses.wrong(&Caller { address, door: "admin".to_owned() });
        }
        assert_eq!(guesses.known().callers.len(), CALLERS_MAX);
        assert_eq!(guesses.before(&caller(9)), Before::Wait(ALL_WAIT));
        tokio::time::advance(ALL_WITHIN).await;
        assert_eq!(guesses.before(&caller(9)), Before::Wait(Duration::ZERO));
    }
}
