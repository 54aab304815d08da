//! Browsers sign in, act, open share links, and sign out.

use actix_web::{body::to_bytes, dev::ServiceResponse, http::Method, test::TestRequest};

use super::setup::{Setup, here, setup, setup_with_url};
use crate::{
    auth::{Scope, api_token::ApiToken, session},
    http::state::TurnedAway,
    store::is_noted,
};

pub(super) const OTHER: &str = "mercy-of-the-seas";

fn sign_in_with(token: &str) -> TestRequest {
    TestRequest::post().uri("/sign-in").set_form([("token", token)])
}

pub(super) fn cookie_of(response: &ServiceResponse) -> String {
    let line = response.headers().get("set-cookie").unwrap().to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

/// Signs in; gives the cookie.
pub(super) async fn sign_in(setup: &Setup, token: &str) -> String {
    let response = setup.call(sign_in_with(token)).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers().get("location").unwrap(), "./");
    cookie_of(&response)
}

pub(super) fn with(cookie: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("Cookie", format!("other=1; {cookie}")))
}

/// The CSRF token of the page of a session.
pub(super) async fn csrf(setup: &Setup, cookie: &str) -> String {
    let (status, page) = text(setup.call(with(cookie, TestRequest::get().uri("/sign-in"))).await).await;
    assert_eq!(status, 200);
    let (_, rest) = page.split_once("name=csrf value=\"").expect("who is signed in may sign out");
    rest.split('"').next().unwrap().to_owned()
}

pub(super) async fn text(response: ServiceResponse) -> (u16, String) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

pub(super) async fn token(setup: &Setup, scope: Scope, only: &[&str]) -> (ApiToken, String) {
    let only = only.iter().map(|id| id.parse().unwrap()).collect();
    let (token, text) = ApiToken::new(scope, only, setup.state.deps.clock.now(), None).unwrap();
    setup.state.deps.store.keep_api_token(token.clone()).await.unwrap();
    (token, text.expose().to_owned())
}

async fn audit(setup: &Setup) -> String {
    let (status, value) = setup.json(TestRequest::get().uri("/api/v1/audit")).await;
    assert_eq!(status, 200);
    value.to_string()
}

#[actix::test]
async fn a_browser_signs_in_sees_and_signs_out() {
    let setup = setup("").await;
    let (status, page) = text(setup.call(TestRequest::get().uri("/sign-in")).await).await;
    assert!(status == 200 && page.contains("type=password") && !page.contains("csrf"), "{page}");
    assert_eq!(setup.status(sign_in_with("wrong")).await, 401);
    let response = setup.call(sign_in_with(" sesame ")).await;
    let line = response.headers().get("set-cookie").unwrap().to_str().unwrap();
    for part in ["tandem_session=", "HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=43200"] {
        assert!(line.contains(part), "{part}");
    }
    assert!(!line.contains("Secure"), "this machine has no TLS");
    let cookie = cookie_of(&response);
    for path in ["/", "/metrics", "/api/v1/customers/hope"] {
        assert_eq!(setup.status(TestRequest::get().uri(path)).await, 401, "{path}");
        assert_eq!(setup.status(with(&cookie, TestRequest::get().uri(path))).await, 200, "{path}");
    }
    let wrong = TestRequest::get().uri("/api/v1/customers").insert_header(("Authorization", "Bearer wrong"));
    assert_eq!(setup.status(with(&cookie, wrong)).await, 401, "a token that is shown decides");
    // A new sign-in is a new session, and the former one of the browser ends.
    let again = cookie_of(&setup.call(with(&cookie, sign_in_with("sesame"))).await);
    assert_ne!(again, cookie);
    assert_eq!(setup.status(with(&cookie, TestRequest::get().uri("/"))).await, 401);
    let sent = csrf(&setup, &again).await;
    let out = || with(&again, TestRequest::post().uri("/sign-out"));
    assert_eq!(setup.status(out().set_form([("csrf", "wrong")])).await, 403);
    let response = setup.call(out().set_form([("csrf", &sent)])).await;
    assert_eq!((response.status().as_u16(), cookie_of(&response).as_str()), (303, "tandem_session="));
    assert_eq!(setup.status(with(&again, TestRequest::get().uri("/"))).await, 401);
    assert_eq!(setup.status(out().set_form([("csrf", &sent)])).await, 303, "it has ended already");
    let audit = audit(&setup).await;
    assert!(audit.contains("\"sign in\"") && audit.contains("\"sign out\""), "{audit}");
}

#[actix::test]
async fn a_session_changes_something_only_with_its_csrf_token_and_from_our_own_pages() {
    let setup = setup("").await;
    let cookie = sign_in(&setup, "sesame").await;
    let other = sign_in(&setup, "sesame").await;
    let (sent, others) = (csrf(&setup, &cookie).await, csrf(&setup, &other).await);
    assert_ne!(sent, others);
    let pause = |sent: &str| {
        let post = TestRequest::post().uri("/api/v1/customers/hope/pause");
        with(&cookie, post).insert_header(("X-Tandem-CSRF", sent))
    };
    for wrong in ["", "00", &others] {
        assert_eq!(setup.status(pause(wrong)).await, 403, "{wrong}");
    }
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")] {
        assert_eq!(setup.status(pause(&sent).insert_header((name, value))).await, 403, "{name}");
        let sign_in = sign_in_with("sesame").insert_header((name, value));
        assert_eq!(setup.status(sign_in).await, 403, "{name}");
    }
    assert_eq!(setup.status(sign_in_with("sesame").insert_header(("Origin", "null"))).await, 403);
    assert_eq!(setup.status(pause(&sent).insert_header(("Sec-Fetch-Site", "same-origin"))).await, 200);
    let acting = |field: Option<&'static str>| {
        let request = with(&cookie, TestRequest::post()).to_http_request();
        setup.state.acting(&request, field).map(|it| it.caller.name)
    };
    assert!(matches!(acting(Some("00")), Err(TurnedAway::Forged)));
    let request = with(&cookie, TestRequest::post()).to_http_request();
    assert_eq!(setup.state.acting(&request, Some(&sent)).unwrap().caller.name, "admin");
    assert!(matches!(
        setup.state.acting(&TestRequest::post().to_http_request(), None),
        Err(TurnedAway::Wrong)
    ));
}

#[actix::test]
async fn a_session_may_what_its_token_may_now_and_ends_with_it() {
    let setup = setup("").await;
    setup.state.deps.store.enrol(OTHER.parse().unwrap(), setup.state.deps.clock.now()).await.unwrap();
    let (read, shown) = token(&setup, Scope::Read, &["hope"]).await;
    let cookie = sign_in(&setup, &shown).await;
    let sent = csrf(&setup, &cookie).await;
    let get = |path: &str| with(&cookie, TestRequest::get().uri(path));
    let (status, page) = text(setup.call(get("/api/v1/customers")).await).await;
    assert!(status == 200 && page.contains("hope") && !page.contains(OTHER), "{page}");
    assert_eq!(setup.status(get(&format!("/api/v1/customers/{OTHER}"))).await, 404);
    let (status, page) = text(setup.call(get("/")).await).await;
    assert!(status == 200 && page.contains("hope") && !page.contains(OTHER), "{page}");
    assert_eq!(setup.status(get("/metrics")).await, 401, "it shows every customer");
    let pause = with(&cookie, TestRequest::post().uri("/api/v1/customers/hope/pause"));
    assert_eq!(setup.status(pause.insert_header(("X-Tandem-CSRF", sent))).await, 403, "it only reads");
    assert_eq!(setup.status(get("/oauth/constant-contact/start/hope")).await, 401);
    let viewer = async |request: TestRequest| setup.state.viewer(&request.to_http_request()).await;
    assert!(!viewer(here(get("/"))).await.unwrap().sees(&OTHER.parse().unwrap()), "also on this machine");
    assert_eq!(viewer(here(TestRequest::get())).await.unwrap().name, "page");
    assert!(viewer(TestRequest::get()).await.is_err());
    setup.state.deps.store.revoke_api_token(read.id).await.unwrap();
    assert_eq!(setup.status(get("/api/v1/customers")).await, 401);
}

#[actix::test]
async fn sign_out_everywhere_ends_what_signed_in_with_the_same_token() {
    let setup = setup("").await;
    let (_, shown) = token(&setup, Scope::Read, &[]).await;
    let [one, two, theirs] =
        [sign_in(&setup, "sesame").await, sign_in(&setup, "sesame").await, sign_in(&setup, &shown).await];
    let sent = csrf(&setup, &one).await;
    let out = with(&one, TestRequest::post().uri("/sign-out-everywhere"));
    assert_eq!(setup.status(out.set_form([("csrf", sent)])).await, 303);
    for (cookie, status) in [(&one, 401), (&two, 401), (&theirs, 200)] {
        assert_eq!(setup.status(with(cookie, TestRequest::get().uri("/"))).await, status);
    }
    assert!(audit(&setup).await.contains("sign out everywhere"));
}

#[actix::test]
async fn behind_tls_the_cookie_is_secure_and_of_this_host_alone() {
    let setup = setup_with_url("https://sync.example.org").await;
    let response = setup.call(sign_in_with("sesame")).await;
    let line = response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    assert!(line.starts_with("__Host-tandem_session=") && line.ends_with("; Secure"), "{line}");
    assert!(line.contains("Path=/;") && !line.contains("Domain"), "{line}");
    let cookie = cookie_of(&response);
    assert_eq!(setup.status(with(&cookie, TestRequest::get().uri("/"))).await, 200);
    let unsafe_name = cookie.replace("__Host-", "");
    assert_eq!(setup.status(with(&unsafe_name, TestRequest::get().uri("/"))).await, 401);
}

/// The cookie is of TLS alone, so that a sign-in by http:// was lost in silence.
#[actix::test]
async fn a_sign_in_page_by_another_scheme_names_the_public_address() {
    let said = async |url: &str, headers: &[(&'static str, &'static str)]| {
        let setup = setup_with_url(url).await;
        let request = TestRequest::get().uri("/sign-in");
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        let (status, page) = text(setup.call(request).await).await;
        assert_eq!(status, 200);
        page.contains("does not keep the sign-in: open https://sync.example.org/sign-in")
    };
    let public = "https://sync.example.org";
    assert!(said(public, &[("Host", "127.0.0.1:8400")]).await, "past the proxy");
    assert!(said(public, &[("Host", "sync.example.org"), ("X-Forwarded-Proto", "http")]).await);
    assert!(!said(public, &[("Host", "sync.example.org"), ("X-Forwarded-Proto", "https")]).await);
    assert!(!said(public, &[("Host", "sync.example.org")]).await, "the proxy does not tell");
    assert!(!said("http://127.0.0.1:8400", &[("Host", "127.0.0.1:8400")]).await);
}

/// Behind a proxy that passes neither name nor header, strangers saw the customers.
#[actix::test]
async fn pages_are_open_on_this_machine_only_where_it_is_known_by_no_other_name() {
    for (url, status) in [
        ("http://127.0.0.1:8400", 200),
        ("http://localhost:8400", 200),
        ("http://[::1]:8400", 200),
        ("https://sync.example.org", 401),
        ("http://10.0.0.7:8400", 401),
    ] {
        let setup = setup_with_url(url).await;
        let see = |path: &str| here(TestRequest::get().uri(path).insert_header(("Host", "127.0.0.1:8400")));
        for path in ["/", "/customers/hope"] {
            assert_eq!(setup.status(see(path)).await, status, "{url}{path}");
            assert_eq!(setup.status(setup.admin(see(path))).await, 200, "{url}{path}");
        }
        for path in ["/metrics", "/healthz"] {
            assert_eq!(setup.status(see(path)).await, 200, "{url}{path}: open on loopback");
        }
    }
}

#[actix::test]
async fn the_way_on_after_a_sign_in_leads_to_no_other_site() {
    let setup = setup("").await;
    for (next, goes_to) in [
        ("/customers/hope?state=held", "./customers/hope?state=held"),
        ("//evil.example", "./"),
        ("/\\evil.example", "./"),
        ("https://evil.example", "./"),
        ("/a\r\nx: y", "./"),
        ("", "./"),
    ] {
        let form = TestRequest::post().uri("/sign-in").set_form([("token", "sesame"), ("next", next)]);
        let response = setup.call(form).await;
        assert_eq!(response.headers().get("location").unwrap(), goes_to, "{next:?}");
    }
    let page = TestRequest::get().uri("/sign-in?next=/%22%3E%3Cscript%3E");
    let response = setup.call(page).await;
    assert_eq!(response.headers().get("referrer-policy").unwrap(), "same-origin", "forms tell their origin");
    let (_, page) = text(response).await;
    assert!(!page.contains("<script"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn wrong_sign_ins_slow_their_address_down_and_lock_out_no_other() {
    let setup = setup("").await;
    let from = |address: &str, token: &str| {
        sign_in_with(token).peer_addr(format!("{address}:5000").parse().unwrap())
    };
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..200 {
        *statuses.entry(setup.status(from("10.0.0.1", "wrong")).await).or_default() += 1;
    }
    assert!(statuses[&401] < 30 && statuses[&429] > 170 && statuses.len() == 2, "{statuses:?}");
    assert_eq!(setup.status(from("10.0.0.2", "sesame")).await, 303);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_after_an_hour_without_a_request_and_after_twelve_in_any_case() {
    tokio::task::LocalSet::new().run_until(times_of_a_session()).await;
}

async fn times_of_a_session() {
    let setup = setup("").await;
    let cookie = sign_in(&setup, "sesame").await;
    let see = || with(&cookie, TestRequest::get().uri("/"));
    let id = session::id_of(cookie.split_once('=').unwrap().1).unwrap();
    let nearly = session::IDLE.saturating_sub(std::time::Duration::from_secs(600));
    for _ in 0..14 {
        tokio::time::advance(nearly).await;
        assert_eq!(setup.status(see()).await, 200);
        // The use is kept beside the answer.
        let is_kept = || {
            let session = setup.state.deps.store.session(&id).unwrap().unwrap();
            is_noted(Some(session.used_at), setup.state.deps.clock.now())
        };
        while !is_kept() {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::advance(nearly).await;
    assert_eq!(setup.status(see()).await, 401, "twelve hours are over");
    let cookie = sign_in(&setup, "sesame").await;
    tokio::time::advance(session::IDLE).await;
    assert_eq!(setup.status(with(&cookie, TestRequest::get().uri("/"))).await, 401, "an hour of rest");
    // What an open page asks by itself is no use of it.
    let cookie = sign_in(&setup, "sesame").await;
    let see = || with(&cookie, TestRequest::get().uri("/"));
    for _ in 0..3 {
        tokio::time::advance(session::IDLE / 4).await;
        assert_eq!(setup.status(see().insert_header(("X-Tandem-Live", "1"))).await, 200);
        // What would be kept beside the answer is kept.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::advance(session::IDLE / 4).await;
    assert_eq!(setup.status(see()).await, 401, "an hour with nobody before the page");
}

/// The other browsers of a share link are other people's.
async fn signs_itself_out_alone(setup: &Setup, path: &str) {
    let other = cookie_of(&setup.call(TestRequest::get().uri(path)).await);
    let sent = csrf(setup, &other).await;
    let out = with(&other, TestRequest::post().uri("/sign-out-everywhere"));
    assert_eq!(setup.status(out.set_form([("csrf", sent)])).await, 303);
    let gone = with(&other, TestRequest::get().uri("/api/v1/customers/hope/work"));
    assert_eq!(setup.status(gone).await, 401);
}

#[actix::test]
async fn a_share_link_opens_one_customer_read_only_until_it_is_taken_back() {
    let setup = setup("").await;
    setup.state.deps.store.enrol(OTHER.parse().unwrap(), setup.state.deps.clock.now()).await.unwrap();
    let (status, value) = setup.json(TestRequest::post().uri("/api/v1/customers/hope/share")).await;
    assert_eq!(status, 200);
    let path = url::Url::parse(value["url"].as_str().unwrap()).unwrap().path().to_owned();
    let secret = path.strip_prefix("/share/").unwrap();
    let response = setup.call(TestRequest::get().uri(&path)).await;
    assert_eq!(
        (response.status().as_u16(), response.headers().get("location").unwrap().to_str().unwrap()),
        (303, "../")
    );
    let cookie = cookie_of(&response);
    let get = |path: &str| with(&cookie, TestRequest::get().uri(path));
    assert_eq!(setup.status(get("/api/v1/customers/hope/work")).await, 200);
    assert_eq!(setup.status(get(&format!("/api/v1/customers/{OTHER}"))).await, 404);
    let sent = csrf(&setup, &cookie).await;
    let pause = with(&cookie, TestRequest::post().uri("/api/v1/customers/hope/pause"));
    assert_eq!(setup.status(pause.insert_header(("X-Tandem-CSRF", sent))).await, 403);
    // It learns what was done, and neither from where nor by which token.
    let (_, told) = text(setup.call(get("/api/v1/audit?customer=hope")).await).await;
    let secret_of_others = value["id"].as_str().unwrap();
    assert!(told.contains("customer share") && told.contains("\"from\":\"\""), "{told}");
    assert!(!told.contains("127.0.0.1") && !told.contains(secret_of_others), "{told}");
    signs_itself_out_alone(&setup, &path).await;
    assert_eq!(setup.status(get("/api/v1/customers/hope/work")).await, 200);
    let again = setup.call(get(&path)).await;
    assert!(again.status() == 303 && again.headers().get("set-cookie").is_none(), "it is open");
    // It is a link and no token of scripts, and no token of scripts is a link.
    let bearer = TestRequest::get()
        .uri("/api/v1/customers")
        .insert_header(("Authorization", format!("Bearer {secret}")));
    assert_eq!(setup.status(bearer).await, 401);
    assert_eq!(setup.status(sign_in_with(secret)).await, 401);
    let (_, script) = token(&setup, Scope::Read, &["hope"]).await;
    for wrong in [script.as_str(), "x", &secret[..secret.len() - 1]] {
        assert_eq!(setup.status(TestRequest::get().uri(&format!("/share/{wrong}"))).await, 401);
    }
    // Following a foreign link ends no session.
    let admin = sign_in(&setup, "sesame").await;
    let (status, page) = text(setup.call(with(&admin, TestRequest::get().uri(&path))).await).await;
    assert!(status == 200 && page.contains("method=post"), "{page}");
    assert_eq!(setup.status(with(&admin, TestRequest::get().uri("/"))).await, 200);
    let post = || with(&admin, TestRequest::post().uri(&path));
    assert_eq!(setup.status(post().insert_header(("Sec-Fetch-Site", "cross-site"))).await, 403);
    assert_eq!(setup.status(post()).await, 303);
    assert_eq!(setup.status(with(&admin, TestRequest::get().uri("/"))).await, 401);
    let (_, listed) = setup.json(TestRequest::get().uri("/api/v1/tokens")).await;
    assert!(
        !listed.to_string().contains(secret) && listed.to_string().contains("\"is_link\":true"),
        "{listed}"
    );
    assert!(audit(&setup).await.contains("open share link"));
    let id = value["id"].as_str().unwrap();
    assert_eq!(setup.json(TestRequest::post().uri(&format!("/api/v1/tokens/{id}/revoke"))).await.0, 200);
    assert_eq!(setup.status(get("/api/v1/customers/hope/work")).await, 401);
    assert_eq!(setup.status(TestRequest::get().uri(&path)).await, 401);
}

#[actix::test]
async fn an_admin_session_connects_in_its_own_browser_and_sent_by_no_other_site() {
    let setup = setup("").await;
    let session = sign_in(&setup, "sesame").await;
    let start = || with(&session, TestRequest::get().uri("/oauth/constant-contact/start/hope"));
    assert_eq!(setup.status(start().insert_header(("Sec-Fetch-Site", "cross-site"))).await, 403);
    let response = setup.call(start().insert_header(("Sec-Fetch-Site", "same-origin"))).await;
    assert_eq!(response.status(), 302);
    let location = response.headers().get("location").unwrap().to_str().unwrap();
    let state = location.split_once("state=").unwrap().1.to_owned();
    let back = || {
        let uri = format!("/oauth/constant-contact/callback?code=good&state={state}");
        TestRequest::default().method(Method::GET).uri(&uri)
    };
    assert_eq!(setup.status(back()).await, 400, "another browser");
    assert_eq!(setup.status(with(&cookie_of(&response), back())).await, 200);
    let audit = audit(&setup).await;
    assert!(audit.contains("connect Constant Contact") && audit.contains("\"admin\""), "{audit}");
}
