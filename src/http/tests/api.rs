//! The questions of operators.

use actix_web::test::TestRequest;

use super::setup::setup;

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
    let (status, value) = setup.json(post("/customers/hope/import/start")).await;
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
