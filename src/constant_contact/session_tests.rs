use std::sync::{
    Mutex as StdMutex,
    atomic::{AtomicBool, Ordering},
};

use super::{
    super::token_store::{StoreFuture, TokenStoreError},
    *,
};
use crate::{
    clock::TokioClock,
    constant_contact::test_support::Script,
    transport::{self, Request, Transport, TransportError},
};

const LIFE: Duration = Duration::from_secs(86_400);
const TIME_OUT: Duration = Duration::from_secs(60);

/// A token host that can hang: each call ends with the time-out.
struct Host {
    script: Arc<Script>,
    hangs: AtomicBool,
}

impl Transport for Host {
    fn send(&self, request: Request) -> transport::Answer {
        let answer = self.script.send(request);
        if !self.hangs.load(Ordering::SeqCst) {
            return answer;
        }
        Box::pin(async {
            tokio::time::sleep(TIME_OUT).await;
            Err(TransportError::Timeout(TIME_OUT))
        })
    }
}

/// Lets what runs beside the test come to its end.
async fn rest() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A token, and how long the call for it waited by the paused clock.
async fn timed(session: &Session) -> (Result<String, CcError>, Duration) {
    let began = tokio::time::Instant::now();
    let token = session.token().await.map(|token| token.expose().to_owned());
    (token, began.elapsed())
}

/// A disk: what is saved stays when the session is gone.
#[derive(Default)]
struct Disk {
    tokens: StdMutex<Option<StoredTokens>>,
    broken: AtomicBool,
}

impl Disk {
    fn with(current: &str, previous: Option<&str>) -> Arc<Self> {
        let disk = Self::default();
        let previous = previous.map(RefreshToken::new);
        *disk.tokens.lock().unwrap() =
            Some(StoredTokens { current: RefreshToken::new(current), previous, access: None });
        Arc::new(disk)
    }

    fn current(&self) -> String {
        self.tokens.lock().unwrap().as_ref().unwrap().current.expose().to_owned()
    }
}

impl TokenStore for Disk {
    fn load(&self) -> StoreFuture<'_, Option<StoredTokens>> {
        Box::pin(async { Ok(self.tokens.lock().unwrap().clone()) })
    }

    fn save(&self, tokens: StoredTokens, used: Option<RefreshToken>) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.broken.load(Ordering::SeqCst) {
                return Err(TokenStoreError("the disk is full".to_owned()));
            }
            let mut held = self.tokens.lock().unwrap();
            if let (Some(held), Some(used)) = (&*held, used)
                && held.current != used
                && held.previous.as_ref() != Some(&used)
            {
                return Ok(false);
            }
            *held = Some(tokens);
            Ok(true)
        })
    }
}

fn session(script: &Arc<Script>, disk: &Arc<Disk>) -> Session {
    session_over(Arc::<Script>::clone(script), disk)
}

fn session_over(host: Arc<dyn Transport>, disk: &Arc<Disk>) -> Session {
    let oauth = OAuth::new(host, "https://auth.example/v1/", "id", "secret".into());
    let clock = TokioClock::starting_at(Timestamp::from_secs(1_800_000_000));
    Session::new(oauth, Arc::<Disk>::clone(disk), Arc::new(clock))
}

fn granted(access: &str, refresh: &str) -> String {
    format!(
        r#"{{"token_type":"Bearer","expires_in":86400,"access_token":"{access}","refresh_token":"{refresh}"}}"#
    )
}

const REFUSED: &str =
    r#"{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}"#;

/// The refresh tokens that were sent.
fn sent(script: &Script) -> Vec<String> {
    let form = |body: &[u8]| {
        let pairs: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        pairs.get("refresh_token").cloned().unwrap_or_default()
    };
    script.requests().iter().map(|request| form(&request.body)).collect()
}

#[tokio::test(start_paused = true)]
async fn two_callers_make_one_refresh() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2"));
    let session = session(&script, &disk);
    let (left, right) = tokio::join!(session.token(), session.token());
    assert_eq!((left.unwrap().expose(), right.unwrap().expose()), ("a1", "a1"));
    assert_eq!(sent(&script), ["r1"]);
    assert_eq!(disk.current(), "r2");
    let request = &script.requests()[0];
    assert_eq!(request.url, "https://auth.example/v1/token");
    assert!(request.headers.contains(&("authorization", "Basic aWQ6c2VjcmV0".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_at_80_percent_of_its_life() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(200, &granted("a2", "r3"));
    let session = session(&script, &disk);
    session.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(86_400 * 8 / 10 - 1)).await;
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(session.token().await.unwrap().expose(), "a1", "it lives, and is refreshed beside the call");
    rest().await;
    assert_eq!(session.token().await.unwrap().expose(), "a2");
    assert_eq!((disk.current().as_str(), sent(&script).len()), ("r3", 2));
}

/// From 80 % of a token's life on each call waited for the token host, opt-outs included.
#[tokio::test(start_paused = true)]
async fn w6_a_token_host_that_hangs_holds_up_no_call_while_the_token_lives() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    let host = Arc::new(Host { script: Arc::clone(&script), hangs: AtomicBool::new(false) });
    script.then(200, &granted("a1", "r2"));
    let session = session_over(Arc::<Host>::clone(&host), &disk);
    session.token().await.unwrap();
    host.hangs.store(true, Ordering::SeqCst);
    tokio::time::advance(LIFE.mul_f64(0.8)).await;
    for _ in 0..3 {
        assert_eq!(timed(&session).await, (Ok("a1".to_owned()), Duration::ZERO));
        rest().await;
    }
    assert_eq!(sent(&script), ["r1", "r2"], "one refresh at a time");
    tokio::time::sleep(TIME_OUT).await;
    rest().await;
    assert_eq!(timed(&session).await, (Ok("a1".to_owned()), Duration::ZERO));
    assert_eq!(sent(&script).len(), 2, "the host is left alone for a minute");
    // It answers again after the token's end: until then a call without a token waits for it.
    tokio::time::advance(LIFE.mul_f64(0.2)).await;
    let (waited, time) = timed(&session).await;
    assert!(matches!(waited, Err(CcError::Transient { .. })), "{waited:?}");
    assert_eq!(time, TIME_OUT);
    host.hangs.store(false, Ordering::SeqCst);
    script.then(200, &granted("a2", "r3"));
    assert_eq!(timed(&session).await.0, Ok("a2".to_owned()));
    assert_eq!((disk.current().as_str(), sent(&script).last().unwrap().as_str()), ("r3", "r2"));
}

#[tokio::test(start_paused = true)]
async fn b3_a_grant_that_is_refused_ahead_of_its_end_is_met_by_the_next_call() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(400, REFUSED).then(400, REFUSED);
    let session = session(&script, &disk);
    session.token().await.unwrap();
    tokio::time::advance(LIFE.mul_f64(0.8)).await;
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    rest().await;
    for _ in 0..3 {
        assert!(matches!(session.token().await, Err(CcError::NeedsReconnect { .. })));
        rest().await;
    }
    assert_eq!(sent(&script), ["r1", "r2", "r1"], "the newest and the one before, once each");
    // The second look a minute later: the token host fails, and the token lasts still (B3).
    session.doubt_refusal().await;
    script.then(503, "").then(200, &granted("a2", "r3"));
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    tokio::time::advance(RETRY_AHEAD).await;
    session.token().await.unwrap();
    rest().await;
    assert_eq!(session.token().await.unwrap().expose(), "a2");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_refreshed_ahead_is_not_used_before_it_is_kept() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(200, &granted("a2", "r3"));
    let session = session(&script, &disk);
    session.token().await.unwrap();
    disk.broken.store(true, Ordering::SeqCst);
    tokio::time::advance(LIFE.mul_f64(0.8)).await;
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    rest().await;
    assert!(matches!(session.token().await, Err(CcError::Transient { .. })), "and that is told");
    assert_eq!(disk.current(), "r2");
    disk.broken.store(false, Ordering::SeqCst);
    assert_eq!(session.token().await.unwrap().expose(), "a2");
    assert_eq!((disk.current(), sent(&script)), ("r3".to_owned(), vec!["r1".to_owned(), "r2".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_ahead_of_use_leaves_the_old_token_in_use() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(500, "").then_error(TransportError::Broken);
    script.then(200, &granted("a2", "r3"));
    let session = session(&script, &disk);
    session.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(80_000)).await;
    for _ in 0..2 {
        assert_eq!(session.token().await.unwrap().expose(), "a1");
        rest().await;
    }
    assert_eq!(script.requests().len(), 2, "the token host is left alone for a minute");
    tokio::time::advance(Duration::from_secs(10_000)).await;
    assert!(matches!(session.token().await, Err(CcError::Transient { .. })));
    assert_eq!(session.token().await.unwrap().expose(), "a2");
    assert_eq!(sent(&script), ["r1", "r2", "r2", "r2"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_could_not_be_saved_is_not_used_and_not_forgotten() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2"));
    let session = session(&script, &disk);
    disk.broken.store(true, Ordering::SeqCst);
    assert!(matches!(session.token().await, Err(CcError::Transient { .. })));
    assert!(matches!(session.token().await, Err(CcError::Transient { .. })));
    assert_eq!(disk.current(), "r1");
    disk.broken.store(false, Ordering::SeqCst);
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    assert_eq!(disk.current(), "r2");
    assert_eq!(sent(&script), ["r1"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_takes_no_token_with_it() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2"));
    let session = session(&script, &disk);
    let caller = tokio::spawn({
        let session = session.clone();
        async move { session.token().await.map(drop) }
    });
    while script.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    assert_eq!((disk.current().as_str(), sent(&script).len()), ("r2", 1));
}

#[tokio::test(start_paused = true)]
async fn long_lived_and_silent_answers_keep_the_token() {
    for answer in [granted("a1", "r1"), r#"{"access_token":"a1","expires_in":"100"}"#.to_owned()] {
        let (script, disk) = (Script::new(), Disk::with("r1", Some("r0")));
        script.then(200, &answer);
        assert_eq!(session(&script, &disk).token().await.unwrap().expose(), "a1");
        assert_eq!(disk.current(), "r1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_leaves_the_one_before_one_more_try() {
    let (script, disk) = (Script::new(), Disk::with("r2", Some("r1")));
    script.then(400, REFUSED).then(200, &granted("a1", "r3"));
    assert_eq!(session(&script, &disk).token().await.unwrap().expose(), "a1");
    assert_eq!(sent(&script), ["r2", "r1"]);
    assert_eq!(disk.current(), "r3");
}

#[tokio::test(start_paused = true)]
async fn only_a_person_helps_when_every_token_is_refused() {
    let (script, disk) = (Script::new(), Disk::with("r2", Some("r1")));
    script.then(400, REFUSED).then(400, REFUSED);
    script.then(200, &granted("a9", "r9"));
    let session = session(&script, &disk);
    for _ in 0..3 {
        assert!(matches!(session.token().await, Err(CcError::NeedsReconnect { .. })));
    }
    assert_eq!(script.requests().len(), 2, "a refused token is not sent again");
    let uri = "https://tandem.example/oauth/constant-contact/callback";
    let consent =
        Consent { code: "the-code".to_owned(), redirect_uri: uri.to_owned(), verifier: "v".repeat(43) };
    session.connect(consent, |_| async { Ok::<_, CcError>(()) }).await.unwrap();
    assert_eq!(disk.current(), "r9");
    assert_eq!(session.token().await.unwrap().expose(), "a9");
    let body = String::from_utf8(script.requests()[2].body.clone()).unwrap();
    assert!(
        body.starts_with("grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2F"),
        "{body}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_somebody_stored_meanwhile_is_taken() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(400, REFUSED);
    let session = session(&script, &disk);
    assert!(matches!(session.token().await, Err(CcError::NeedsReconnect { .. })));
    *disk.tokens.lock().unwrap() =
        Some(StoredTokens { current: RefreshToken::new("r5"), previous: None, access: None });
    script.then(200, &granted("a1", "r6"));
    assert_eq!(session.token().await.unwrap().expose(), "a1");
    assert_eq!(sent(&script), ["r1", "r5"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_for_a_customer_that_was_never_connected() {
    let (script, disk) = (Script::new(), Arc::<Disk>::default());
    assert!(matches!(session(&script, &disk).token().await, Err(CcError::NeedsReconnect { .. })));
    assert!(script.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_401_refreshes_once_and_tries_once_more() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(200, &granted("a2", "r3")).then(200, &granted("a3", "r4"));
    let session = session(&script, &disk);
    let refused = || CcError::Unauthorized { text: String::new() };
    let call = |token: AccessToken| async move {
        tokio::task::yield_now().await;
        if token.expose() == "a1" { Err(refused()) } else { Ok(token.expose().to_owned()) }
    };
    let (left, right) = tokio::join!(session.with_token(call), session.with_token(call));
    assert_eq!((left.unwrap(), right.unwrap()), ("a2".to_owned(), "a2".to_owned()));
    assert_eq!(sent(&script), ["r1", "r2"], "both callers were refused, one refresh was made");
    let never = session.with_token(|_| async { Err::<(), _>(refused()) }).await;
    assert_eq!(never, Err(refused()));
    assert_eq!(sent(&script).len(), 3);
}

#[test]
fn debug_shows_no_token() {
    let tokens = StoredTokens { current: RefreshToken::new("secret-r"), previous: None, access: None };
    let access = AccessToken::new("secret-a".into(), 1);
    assert!(!format!("{tokens:?} {access:?}").contains("secret-"));
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_access_token_and_spends_no_refresh_token() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(200, &granted("a2", "r3"));
    assert_eq!(session(&script, &disk).token().await.unwrap().expose(), "a1");
    let restarted = session(&script, &disk);
    assert_eq!(restarted.token().await.unwrap().expose(), "a1");
    assert_eq!(sent(&script), ["r1"]);
    let again = session(&script, &disk);
    tokio::time::advance(LIFE.mul_f64(0.8)).await;
    assert_eq!(again.token().await.unwrap().expose(), "a1", "it lives, whenever the start is");
    again.token().await.unwrap();
    rest().await;
    assert_eq!(again.token().await.unwrap().expose(), "a2");
    assert_eq!(sent(&script), ["r1", "r2"]);
}

#[tokio::test(start_paused = true)]
async fn a_stored_access_token_that_is_refused_is_refreshed() {
    let (script, disk) = (Script::new(), Disk::with("r1", None));
    script.then(200, &granted("a1", "r2")).then(200, &granted("a2", "r3"));
    session(&script, &disk).token().await.unwrap();
    let restarted = session(&script, &disk);
    let call = |token: AccessToken| async move {
        let refused = CcError::Unauthorized { text: String::new() };
        if token.expose() == "a1" { Err(refused) } else { Ok(token.expose().to_owned()) }
    };
    assert_eq!(restarted.with_token(call).await.unwrap(), "a2");
}
