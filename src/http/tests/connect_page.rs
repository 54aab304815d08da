//! The page with the button that connects an account.

use actix_web::test::TestRequest;

use super::{
    sessions::{OTHER, cookie_of, csrf, sign_in, text, token, with},
    setup::{here, setup, setup_with_url},
};
use crate::auth::Scope;

/// Over a plain network name browsers do not say which page asked: another site's page could have begun it.
#[actix::test]
async fn where_no_browser_tells_which_page_asked_the_button_comes_before_the_connection() {
    let setup = setup_with_url("http://10.0.0.7:8400").await;
    let session = sign_in(&setup, "sesame").await;
    let start = || {
        let start = TestRequest::get().uri("/oauth/constant-contact/start/hope");
        with(&session, start.insert_header(("Host", "10.0.0.7:8400")))
    };
    for request in [start(), start().insert_header(("Sec-Fetch-Site", "none"))] {
        let response = setup.call(request).await;
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers().get("location").unwrap(), "../../../customers/hope/connect");
    }
    let own = start().insert_header(("Sec-Fetch-Site", "same-origin"));
    assert_eq!(setup.status(own).await, 302);
    assert_eq!(setup.status(setup.admin(start())).await, 302, "the admin token is its own proof");
    // A proxy may have put this machine's own name in the place of the name that was asked.
    assert_eq!(setup.status(start().insert_header(("Host", "localhost:8400"))).await, 303);
    let setup = setup_with_url("http://127.0.0.1:8400").await;
    let session = sign_in(&setup, "sesame").await;
    let start = with(&session, TestRequest::get().uri("/oauth/constant-contact/start/hope"));
    let script = setup.status(start.insert_header(("Host", "localhost:8400"))).await;
    assert_eq!(script, 302, "a script with a session goes on at once");
}

#[actix::test]
async fn a_person_connects_by_the_button_of_a_page_and_checks() {
    let setup = setup("").await;
    let session = sign_in(&setup, "sesame").await;
    let connect = "/customers/hope/connect";
    assert_eq!(setup.status(here(TestRequest::get().uri(connect))).await, 401, "it names the account");
    let (status, page) = text(setup.call(with(&session, TestRequest::get().uri(connect))).await).await;
    assert!(status == 200 && page.contains("Continue to Constant Contact"), "{page}");
    assert!(page.contains("Not connected yet") && page.contains("virtuous.api_key"), "{page}");
    let sent = csrf(&setup, &session).await;
    let press = |cookie: &str, sent: &str, what: &str| {
        with(cookie, TestRequest::post().uri(connect)).set_form([("csrf", sent), ("what", what)])
    };
    assert_eq!(setup.status(press(&session, "00", "constant-contact")).await, 403);
    assert_eq!(setup.status(press(&session, &sent, "else")).await, 400);
    let response = setup.call(press(&session, &sent, "constant-contact")).await;
    assert_eq!(response.status(), 200, "a redirect of a form to another site is refused by the browser");
    let to = response.headers().get("refresh").unwrap().to_str().unwrap().to_owned();
    assert!(to.starts_with("0; url=http://cc/authorize?"), "{to}");
    let state = to.split_once("state=").unwrap().1.to_owned();
    let back =
        || TestRequest::get().uri(&format!("/oauth/constant-contact/callback?code=good&state={state}"));
    assert_eq!(setup.status(back()).await, 400, "another browser");
    let (status, page) = text(setup.call(with(&cookie_of(&response), back())).await).await;
    assert!(status == 200 && page.contains("You are connecting Hope for hope"), "{page}");
    assert!(page.contains("href=\"../../customers/hope/connect\""), "{page}");
    let (status, page) = text(setup.call(press(&session, &sent, "check")).await).await;
    assert!(status == 200 && page.contains("there is no API key") && page.contains("Check again"), "{page}");
    // A token that sees and decides connects nothing.
    let (_, shown) = token(&setup, Scope::Operate, &["hope"]).await;
    let session = sign_in(&setup, &shown).await;
    let (_, page) = text(setup.call(with(&session, TestRequest::get().uri(connect))).await).await;
    assert!(page.contains("Ask the person who runs Tandem") && !page.contains("hope.toml"), "{page}");
    let sent = csrf(&setup, &session).await;
    assert_eq!(setup.status(press(&session, &sent, "constant-contact")).await, 403);
    let elsewhere = with(&session, TestRequest::post().uri(&format!("/customers/{OTHER}/connect")));
    let elsewhere = elsewhere.set_form([("csrf", sent.as_str()), ("what", "check")]);
    assert_eq!(setup.status(elsewhere).await, 404);
}
