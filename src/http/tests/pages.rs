//! Health, metrics and the status page.

use actix_web::{body::to_bytes, test::TestRequest};

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

const PAGES: [&str; 10] = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/customers",
    "/api/v1/openapi.json",
    "/oauth/constant-contact/start/hope",
    "/oauth/constant-contact/callback",
    "/sign-in",
    "/share/x",
];

#[tokio::test]
async fn a_foreign_name_is_misdirected_whoever_asks_and_hooks_are_judged_by_their_tokens() {
    let setup = setup("webhook_token = \"letmein\"").await;
    for path in PAGES {
        let get = |host: &str| setup.admin(here(TestRequest::get().uri(path).insert_header(("Host", host))));
        for host in ["evil.example", "evil.example:8400", "", "127.0.0.1.evil.example"] {
            assert_eq!(setup.status(get(host)).await, 421, "{path} {host}");
        }
        let both = get("localhost").append_header(("Host", "evil.example"));
        assert_eq!(setup.status(both).await, 421, "{path}");
        let whole = setup.admin(here(TestRequest::get().uri(&format!("http://evil.example{path}"))));
        assert_eq!(setup.status(whole).await, 421, "{path}");
        for host in ["localhost:8400", "127.0.0.1:8400", "[::1]:8400"] {
            assert_ne!(setup.status(get(host)).await, 421, "{path} {host}");
        }
    }
    let hook = TestRequest::post().uri("/hooks/constant-contact/hope/letmein").set_payload("{}");
    assert_eq!(setup.status(hook.insert_header(("Host", "proxy.internal"))).await, 202);
}

#[tokio::test]
async fn what_a_proxy_forwarded_sees_no_open_page_without_the_token() {
    let setup = setup("").await;
    for path in ["/", "/healthz", "/readyz", "/metrics"] {
        for header in
            ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP"]
        {
            let get = || here(TestRequest::get().uri(path).insert_header((header, "1.2.3.4")));
            assert_eq!(setup.status(get()).await, 401, "{path} {header}");
            assert_eq!(setup.status(setup.admin(get())).await, 200, "{path} {header}");
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_no_page_has_anything_inline() {
    let setup = setup("webhook_token = \"letmein\"").await;
    let mut requests: Vec<_> = PAGES.iter().map(|path| here(TestRequest::get().uri(path))).collect();
    requests.push(TestRequest::get().uri("/nothing"));
    requests.push(TestRequest::get().uri("/").insert_header(("Host", "evil.example")));
    requests.push(TestRequest::post().uri("/hooks/constant-contact/hope/letmein").set_payload("{"));
    for request in requests {
        let response = setup.call(request).await;
        let path = response.request().path().to_owned();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        let has_form = matches!(path.as_str(), "/sign-in" | "/share/x");
        let referrer = if has_form { "same-origin" } else { "no-referrer" };
        assert_eq!(header("referrer-policy"), referrer, "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
        let text = String::from_utf8_lossy(&body).to_ascii_lowercase();
        for inline in ["<style", " style=", " onclick="] {
            assert!(!text.contains(inline), "{path}: {text}");
        }
        // Scripts are files of their own.
        assert_eq!(
            text.matches("<script").count(),
            text.matches("<script src=\"/page.js\" defer></script>").count(),
            "{path}"
        );
    }
    for file in ["/page.css", "/page.js", "/page.svg"] {
        assert_eq!(setup.status(here(TestRequest::get().uri(file))).await, 200, "{file}");
    }
}
