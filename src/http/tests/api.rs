//! The questions of operators.

use actix_web::test::TestRequest;

use super::setup::setup;
use crate::auth;

#[tokio::test]
async fn the_api_needs_the_token_and_answers_every_question() {
    let setup = setup("").await;
    assert_eq!(setup.status(TestRequest::get().uri("/api/v1/customers")).await, 401);
    let wrong = TestRequest::get().uri("/api/v1/customers").insert_header(("Authorization", "Bearer wrong"));
    assert_eq!(setup.status(wrong).await, 401);
    let get = |path: &str| TestRequest::get().uri(&format!("/api/v1{path}"));
    let post = |path: &str| TestRequest::post().uri(&format!("/api/v1{path}"));
    let (status, value) = setup.json(get("/customers")).await;
    assert_eq!((status, value["customers"][0]["id"].as_str()), (200, Some("hope")));
    for path in [
        "/customers/hope",
        "/customers/hope/plan",
        "/customers/hope/import",
        "/customers/hope/work",
        "/inspect",
    ] {
        assert_eq!(setup.json(get(path)).await.0, 200, "{path}");
    }
    for path in [
        "/customers/hope/pause",
        "/customers/hope/resume",
        "/customers/hope/link",
        "/customers/hope/work/retry",
    ] {
        assert_eq!(setup.json(post(path)).await.0, 200, "{path}");
    }
    let (status, value) = setup.json(post("/customers/hope/import/start?yes=true")).await;
    assert_eq!((status, value["stage"].as_str()), (200, Some("observing")));
    assert!(value["started_at"].is_string(), "{value}");
    assert_eq!(*setup.fake.nudged.lock().unwrap(), ["hope"; 4]);
    let (status, value) = setup.json(get("/customers/hope/contact?who=nobody%40example.org")).await;
    assert_eq!(status, 404);
    assert!(value["error"].as_str().unwrap().contains("nobody@example.org"), "{value}");
    assert_eq!(setup.json(get("/customers/else/work")).await.0, 404);
    assert_eq!(setup.json(get("/nothing")).await.0, 404);
    assert_eq!(setup.json(post("/customers/hope/work/accept?item=brake")).await.0, 409);
    assert_eq!(setup.json(post("/customers/hope/remove")).await.0, 409);
    let (_, value) = setup.json(post("/apply")).await;
    assert_eq!(value["changes"][0], "hope: enrolled");
    let (status, value) = setup.json(post("/check")).await;
    assert_eq!((status, value["ok"].as_bool()), (200, Some(false)));
    let (status, value) = setup.json(get("/openapi.json")).await;
    assert!(status == 200 && value["paths"]["/api/v1/customers/{customer}/work"]["get"].is_object());
}

#[tokio::test]
async fn errors_are_problems_for_programs_beside_their_text() {
    let setup = setup("").await;
    let (get, post) = (TestRequest::get, TestRequest::post);
    let kind = |name: &str| format!("urn:tandem:problem:{name}");
    for (request, status, name) in [
        (setup.admin(get().uri("/api/v1/customers/hope/people?limit=many")), 400, "malformed"),
        (get().uri("/api/v1/customers"), 401, "unknown-caller"),
        (setup.admin(get().uri("/api/v1/customers/else/work")), 404, "not-there"),
        (setup.admin(get().uri("/api/v1/nothing")), 404, "not-there"),
        (setup.admin(get().uri("/api/v1/customers/hope/remove")), 405, "wrong-method"),
        (setup.admin(post().uri("/api/v1/customers/hope/remove")), 409, "refused"),
        (get().uri("/api/v1/proof?challenge=zz"), 400, "malformed"),
    ] {
        let response = setup.call(request).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
        let body = actix_web::body::to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (value["type"].as_str(), value["status"].as_u64()),
            (Some(&*kind(name)), Some(status.into()))
        );
        assert!(value["title"].as_str().is_some_and(|title| !title.is_empty()), "{value}");
        assert!(value["error"].is_string() && value["error"] == value["detail"], "{value}");
    }
    let (_, document) = setup.json(get().uri("/api/v1/openapi.json")).await;
    let refused =
        &document["paths"]["/api/v1/customers/{customer}/remove"]["post"]["responses"]["409"]["content"];
    assert!(refused["application/problem+json"]["schema"]["$ref"].is_string(), "{refused}");
}

#[tokio::test]
async fn parameters_may_stand_in_a_header_so_that_no_address_stands_in_a_url() {
    let setup = setup("").await;
    let get = TestRequest::get().uri("/api/v1/customers/hope/contact");
    let (status, value) =
        setup.json(get.insert_header(("x-tandem-parameters", "who=nobody%40example.org"))).await;
    assert_eq!(status, 404);
    assert!(value["error"].as_str().unwrap().contains("nobody@example.org"), "{value}");
}

#[tokio::test]
async fn who_holds_the_data_folder_proves_it_without_a_token() {
    let setup = setup("").await;
    let challenge = "0123456789abcdef".repeat(4);
    let get = |query: &str| TestRequest::get().uri(&format!("/api/v1/proof?challenge={query}"));
    let (status, value) = setup.json(get(&challenge)).await;
    let proof = value["proof"].as_str().unwrap();
    assert!(status == 200 && auth::proof::holds(&setup.state.signing_key, &challenge, 8400, proof));
    for none in ["hope%20123", "", "zz"] {
        assert_eq!(setup.status(get(none)).await, 400, "{none}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_slow_their_address_down_and_lock_out_no_other() {
    let setup = setup("webhook_token = \"letmein\"").await;
    let from =
        |address: &str, request: TestRequest| request.peer_addr(format!("{address}:5000").parse().unwrap());
    let ask = || TestRequest::get().uri("/api/v1/customers");
    let began = tokio::time::Instant::now();
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..1_000 {
        let wrong = ask().insert_header(("Authorization", "Bearer wrong"));
        *statuses.entry(setup.status(from("10.0.0.1", wrong)).await).or_default() += 1;
    }
    assert!(statuses[&401] < 30 && statuses[&429] > 970 && statuses.len() == 2, "{statuses:?}");
    assert!(began.elapsed() > std::time::Duration::from_secs(3), "{:?}", began.elapsed());
    let began = tokio::time::Instant::now();
    assert_eq!(setup.status(from("10.0.0.2", setup.admin(ask()))).await, 200);
    assert!(began.elapsed() < std::time::Duration::from_millis(50), "another address waits for nothing");
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(setup.status(from("10.0.0.1", setup.admin(ask()))).await, 200, "the same one has its turn");
    for (path, wrong, at_last) in [("hope/wrong", 401, 503), ("nobody/letmein", 404, 404)] {
        let mut last = 0;
        for _ in 0..40 {
            let hook = TestRequest::post().uri(&format!("/hooks/constant-contact/{path}")).set_payload("{}");
            last = setup.status(from("10.0.0.3", hook)).await;
            assert!([wrong, 503].contains(&last), "{path} {last}");
        }
        assert_eq!(last, at_last, "{path}");
    }
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let hook = TestRequest::post().uri("/hooks/constant-contact/hope/letmein").set_payload("{}");
    assert_eq!(setup.status(from("10.0.0.3", hook)).await, 202, "the right token gets through");
    let page = setup.state.deps.metrics.render(&crate::metrics::Snapshot::default());
    for line in [
        "tandem_wrong_tokens_total{customer=\"\",door=\"admin\"} 1000",
        "tandem_wrong_tokens_total{customer=\"hope\",door=\"constant_contact\"} 40",
        "tandem_wrong_tokens_total{customer=\"\",door=\"constant_contact\"} 40",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}
