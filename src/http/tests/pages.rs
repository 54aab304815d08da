//! Health, metrics and the status page.

use actix_web::test::TestRequest;

use super::{
    fake::Fake,
    setup::{here, setup, setup_with},
};

#[tokio::test]
async fn health_is_open_and_the_rest_on_loopback() {
    let unready = setup_with("", Fake { unready: true, ..Fake::default() }).await;
    assert_eq!(unready.status(TestRequest::get().uri("/healthz")).await, 200);
    assert_eq!(unready.status(TestRequest::get().uri("/readyz")).await, 503);
    let head = TestRequest::default().method(actix_web::http::Method::HEAD);
    assert_eq!(unready.status(head.uri("/healthz")).await, 200);
    for path in ["/metrics", "/"] {
        let get = || TestRequest::get().uri(path);
        assert_eq!(unready.status(get()).await, 401, "{path}");
        assert_eq!(unready.status(here(get())).await, 200, "{path}");
        assert_eq!(
            unready.status(here(get()).insert_header(("X-Forwarded-For", "1.2.3.4"))).await,
            401,
            "{path}"
        );
        assert_eq!(unready.status(unready.admin(get())).await, 200, "{path}");
    }
    let ready = setup("").await;
    assert_eq!(ready.status(TestRequest::get().uri("/readyz")).await, 200);
}
