//! The admin API: the desk's questions over HTTP, with the admin token.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Map, Value, json};

use super::state::HttpState;
use crate::desk::{Ask, DeskError, ROUTES, answer};

/// `/api/v1/...`
pub async fn api(request: HttpRequest, path: web::Path<String>, state: web::Data<HttpState>) -> HttpResponse {
    if !state.is_admin(&request) {
        return error(StatusCode::UNAUTHORIZED, "the admin token is missing or wrong");
    }
    let Some(ask) = Ask::of(request.method().as_str(), &path, request.query_string()) else {
        return error(StatusCode::NOT_FOUND, "there is no such route; see /api/v1/openapi.json");
    };
    let answered = match &ask {
        // The files are read again, and actors started, restarted and stopped.
        Ask::Apply => state.service.apply().await.map(|changes| json!({ "changes": changes })),
        ask => answer(&state.room(), ask).await,
    };
    match answered {
        Ok(value) => {
            if let Some(customer) = ask.changes() {
                state.service.nudge(customer);
            }
            HttpResponse::Ok().json(value)
        }
        Err(problem) => {
            let status = match problem {
                DeskError::Unknown(_) => StatusCode::NOT_FOUND,
                DeskError::Refused(_) => StatusCode::CONFLICT,
                DeskError::Settings(_) => StatusCode::UNPROCESSABLE_ENTITY,
                DeskError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            error(status, &problem.to_string())
        }
    }
}

/// `GET /api/v1/openapi.json`
pub async fn openapi() -> HttpResponse {
    let mut paths = Map::new();
    for (method, path, summary) in ROUTES {
        let names = path.split('{').skip(1).filter_map(|part| part.split('}').next());
        let parameters: Vec<Value> = names
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let operation = json!({
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": { "description": "The answer, as the command's --json prints it" },
                "default": { "description": "{\"error\": text}" },
            },
        });
        let entry = paths.entry(format!("/api/v1{path}")).or_insert_with(|| json!({}));
        entry[method] = operation;
    }
    HttpResponse::Ok().json(json!({
        "openapi": "3.1.0",
        "info": { "title": "Tandem admin API", "version": env!("CARGO_PKG_VERSION") },
        "components": { "securitySchemes": { "admin": { "type": "http", "scheme": "bearer" } } },
        "security": [{ "admin": [] }],
        "paths": paths,
    }))
}

fn error(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": text }))
}
