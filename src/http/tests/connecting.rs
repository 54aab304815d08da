//! The connection of an account of Constant Contact.

use actix_web::{body::to_bytes, http::StatusCode, test::TestRequest};

use super::setup::{Setup, setup};
use crate::auth::links;

const START: &str = "/oauth/constant-contact/start/hope";

fn link(setup: &Setup) -> String {
    let hope = "hope".parse().unwrap();
    links::start_link("", &setup.state.signing_key, &hope, setup.state.deps.clock.now())
}

fn back(query: &str) -> TestRequest {
    TestRequest::get().uri(&format!("/oauth/constant-contact/callback?{query}"))
}

/// Opens the page; gives the state that goes with the browser, and the cookie that it was given.
async fn open(setup: &Setup, request: TestRequest) -> (String, Option<String>) {
    let response = setup.call(request).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers().get("location").unwrap().to_str().unwrap();
    let cookie = response.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
    (location.split_once("state=").unwrap().1.to_owned(), cookie)
}

fn with(cookie: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("Cookie", format!("other=1; {}", cookie.split(';').next().unwrap())))
}

#[tokio::test]
async fn connecting_needs_leave_and_a_state_of_ours() {
    let setup = setup("").await;
    assert_eq!(setup.status(TestRequest::get().uri(START)).await, 401);
    assert_eq!(setup.status(TestRequest::get().uri(&format!("{START}?expires=1&signature=00"))).await, 401);
    let unknown = setup.admin(TestRequest::get().uri("/oauth/constant-contact/start/else"));
    assert_eq!(setup.status(unknown).await, 404);
    assert_eq!(setup.status(back("code=good&state=forged")).await, 400);
    let (state, cookie) = open(&setup, TestRequest::get().uri(&link(&setup))).await;
    let cookie = cookie.unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(setup.status(with(&cookie, back(&format!("error=access_denied&state={state}")))).await, 400);
    let (state, _) = open(&setup, with(&cookie, TestRequest::get().uri(&link(&setup)))).await;
    let response = setup.call(with(&cookie, back(&format!("code=bad&state={state}")))).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("refused &lt;code&gt;") && !text.contains("<code>"), "{text}");
}

/// Another nonprofit's consent was bound to an attacker's customer: the callback did not look whose browser came back.
#[tokio::test]
async fn a_link_and_a_state_are_one_browsers_and_used_once() {
    let setup = setup("").await;
    let link = link(&setup);
    let (state, cookie) = open(&setup, TestRequest::get().uri(&link)).await;
    let cookie = cookie.unwrap();
    assert_eq!(setup.status(TestRequest::get().uri(&link)).await, 401, "another browser");
    let other = format!("tandem_connect={}", "0".repeat(64));
    assert_eq!(setup.status(with(&other, TestRequest::get().uri(&link))).await, 401);
    let good = format!("code=good&state={state}");
    assert_eq!(setup.status(back(&good)).await, 400, "no cookie");
    assert_eq!(setup.status(with(&other, back(&good))).await, 400, "another browser");
    assert_eq!(setup.status(with(&cookie, back(&good))).await, 200);
    assert_eq!(setup.status(with(&cookie, back(&good))).await, 400, "a state is used once");
    assert_eq!(setup.status(with(&cookie, TestRequest::get().uri(&link))).await, 401, "a link connects once");
}

#[tokio::test]
async fn with_the_admin_token_no_browser_is_needed_and_a_state_is_used_once_all_the_same() {
    let setup = setup("").await;
    let (state, cookie) = open(&setup, setup.admin(TestRequest::get().uri(START))).await;
    assert_eq!(cookie, None);
    let good = format!("code=good&state={state}");
    assert_eq!(setup.status(back(&good)).await, 200);
    assert_eq!(setup.status(back(&good)).await, 400);
}

/// A mail's scanner opened the link first, and the person's browser was told that it is used up.
#[tokio::test]
async fn a_scanner_of_mails_uses_no_link_up() {
    let setup = setup("").await;
    let link = link(&setup);
    let get = || TestRequest::get().uri(&link);
    for (name, value) in
        [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")]
    {
        let response = setup.call(get().insert_header((name, value))).await;
        assert!(response.status() == 503 && response.headers().get("set-cookie").is_none(), "{name}");
    }
    assert_ne!(setup.status(TestRequest::with_uri(&link).method(actix_web::http::Method::HEAD)).await, 302);
    let (scanned, scanner) = open(&setup, get()).await;
    let (state, mine) = open(&setup, get().insert_header(("Sec-Fetch-Mode", "navigate"))).await;
    let (scanner, mine) = (scanner.unwrap(), mine.unwrap());
    let second = setup.status(get().insert_header(("Sec-Fetch-Mode", "navigate"))).await;
    assert_eq!(second, 401, "the link is one browser's");
    let back_to = |state: &str| back(&format!("code=good&state={state}"));
    assert_eq!(setup.status(with(&scanner, back_to(&scanned))).await, 400, "it was taken over");
    assert_eq!(setup.status(with(&mine, back_to(&state))).await, 200);
    assert_eq!(setup.status(with(&mine, get())).await, 401, "a link connects once");
}
