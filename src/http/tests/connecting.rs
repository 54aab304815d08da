//! The connection of an account of Constant Contact.

use actix_web::{body::to_bytes, http::StatusCode, test::TestRequest};

use super::setup::setup;
use crate::auth::links;

#[tokio::test]
async fn connecting_needs_leave_and_a_state_of_ours() {
    let setup = setup("").await;
    let start = "/oauth/constant-contact/start/hope";
    assert_eq!(setup.status(TestRequest::get().uri(start)).await, 401);
    assert_eq!(setup.status(TestRequest::get().uri(&format!("{start}?expires=1&signature=00"))).await, 401);
    let hope = "hope".parse().unwrap();
    let link = links::start_link("", &setup.state.signing_key, &hope, setup.state.deps.clock.now());
    let response = setup.call(TestRequest::get().uri(&link)).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers().get("location").unwrap().to_str().unwrap().to_owned();
    let state = location.split_once("state=").unwrap().1;
    let unknown = setup.admin(TestRequest::get().uri("/oauth/constant-contact/start/else"));
    assert_eq!(setup.status(unknown).await, 404);
    let back = |query: &str| TestRequest::get().uri(&format!("/oauth/constant-contact/callback?{query}"));
    assert_eq!(setup.status(back("code=good&state=forged")).await, 400);
    assert_eq!(setup.status(back(&format!("error=access_denied&state={state}"))).await, 400);
    assert_eq!(setup.status(back(&format!("code=good&state={state}"))).await, 200);
    let response = setup.call(back(&format!("code=bad&state={state}"))).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("refused &lt;code&gt;") && !text.contains("<code>"), "{text}");
}
