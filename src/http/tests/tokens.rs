//! API tokens over every route: what a scope may, and that a token for one customer shows nothing of another.

use actix_web::{body::to_bytes, http::Method, test::TestRequest};
use serde_json::Value;

use super::setup::{Setup, setup};
use crate::{
    auth::{Scope, api_token::ApiToken},
    operator::{QUESTIONS, openapi},
};

const OTHER: &str = "mercy-of-the-seas";

async fn token(setup: &Setup, scope: Scope, only: &[&str]) -> String {
    let now = setup.state.deps.clock.now();
    let only = only.iter().map(|id| id.parse().unwrap()).collect();
    let (token, text) = ApiToken::new(scope, only, now, None).unwrap();
    setup.state.deps.store.keep_api_token(token).await.unwrap();
    text.expose().to_owned()
}

async fn ask(setup: &Setup, token: &str, method: &str, path: &str) -> (u16, String) {
    let request = TestRequest::default().method(method.parse::<Method>().unwrap()).uri(path);
    let response = setup.call(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// Every route of the API's description, with its parameters filled in: the customer is this one.
fn routes(customer: &str) -> Vec<(String, String)> {
    let document = openapi::document();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let mut url = path.clone();
            let mut query = Vec::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                let value = if name == "customer" { customer } else { "1" };
                match parameter["in"].as_str() {
                    Some("path") => url = url.replace(&format!("{{{name}}}"), value),
                    _ if parameter["required"] == Value::Bool(true) => query.push(format!("{name}={value}")),
                    _ => {}
                }
            }
            routes.push((method.to_uppercase(), format!("{url}?{}", query.join("&"))));
        }
    }
    routes
}

#[actix::test]
async fn a_token_for_one_customer_learns_nothing_of_another_on_any_route() {
    let setup = setup("").await;
    setup.state.deps.store.enrol(OTHER.parse().unwrap(), setup.state.deps.clock.now()).await.unwrap();
    let of_hope = token(&setup, Scope::Admin, &["hope"]).await;
    for (method, path) in routes(OTHER).into_iter().chain(routes("hope")) {
        let asks_for_other = path.contains(OTHER);
        let (status, body) = ask(&setup, &of_hope, &method, &path).await;
        assert!(status == 403 || !asks_for_other || status == 404, "{method} {path}: {status} {body}");
        let shown = body.replace(&format!("there is no customer \\\"{OTHER}\\\""), "");
        assert!(!shown.contains(OTHER), "{method} {path} shows it: {body}");
    }
    let (status, body) = ask(&setup, &of_hope, "GET", "/api/v1/customers").await;
    assert!(status == 200 && body.contains("\"hope\""), "{body}");
    let unknown = ask(&setup, &of_hope, "GET", "/api/v1/customers/nobody").await;
    let hidden = ask(&setup, &of_hope, "GET", &format!("/api/v1/customers/{OTHER}")).await;
    assert_eq!(hidden.1.replace(OTHER, "nobody"), unknown.1, "as one that is not there");
}

#[actix::test]
async fn a_scope_may_what_it_says_and_no_more() {
    let setup = setup("").await;
    let read = token(&setup, Scope::Read, &[]).await;
    let operate = token(&setup, Scope::Operate, &[]).await;
    for question in QUESTIONS {
        let path = format!("/api/v1{}", question.path.replace("{customer}", "hope").replace("{token}", "1"));
        let method = question.method.as_str();
        for (token, scope) in [(&read, Scope::Read), (&operate, Scope::Operate)] {
            if scope < question.scope {
                let (status, body) = ask(&setup, token, method, &path).await;
                // What is asked wrongly is told so first, by the same words for everybody.
                assert!(matches!(status, 400 | 403), "{method} {path} with {scope}: {status} {body}");
            }
        }
    }
    assert_eq!(ask(&setup, &operate, "POST", "/api/v1/customers/hope/pause").await.0, 200);
    assert_eq!(ask(&setup, &read, "POST", "/api/v1/customers/hope/resume").await.0, 403);
    assert_eq!(ask(&setup, &read, "GET", "/api/v1/customers/hope").await.0, 200);
    let (_, audit) = ask(&setup, &read, "GET", "/api/v1/audit?customer=hope").await;
    assert!(audit.contains("customer pause") && !audit.contains(&operate), "{audit}");
}

#[actix::test]
async fn a_token_that_ended_or_was_revoked_is_none() {
    let setup = setup("").await;
    let now = setup.state.deps.clock.now();
    let (ended, text) = ApiToken::new(Scope::Admin, Default::default(), now, Some(now)).unwrap();
    setup.state.deps.store.keep_api_token(ended).await.unwrap();
    assert_eq!(ask(&setup, text.expose(), "GET", "/api/v1/customers").await.0, 401);
    let read = token(&setup, Scope::Read, &[]).await;
    let id = setup
        .state
        .deps
        .store
        .api_tokens()
        .unwrap()
        .into_iter()
        .find(|one| one.admits(&read, now))
        .unwrap()
        .id;
    assert_eq!(ask(&setup, &read, "GET", "/api/v1/customers").await.0, 200);
    setup.state.deps.store.revoke_api_token(id).await.unwrap();
    assert_eq!(ask(&setup, &read, "GET", "/api/v1/customers").await.0, 401);
    assert_eq!(ask(&setup, "sesam", "GET", "/api/v1/customers").await.0, 401);
}
