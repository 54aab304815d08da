//! The admin API's description, from the list of questions.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Operation, Parameter, QUESTIONS};

/// Where the answers' schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";

/// The content type of an error.
pub const PROBLEM: &str = "application/problem+json";

/// Statuses of questions without an answer: the name of the problem's type, and what it means.
const PROBLEMS: [(u16, &str, &str); 9] = [
    (400, "malformed", "A parameter is missing, is not of its type, or does not go with another"),
    (401, "unknown-caller", "The token is missing, wrong, or has ended"),
    (403, "forbidden", "The token may not ask this"),
    (404, "not-there", "What the question is about is not there"),
    (405, "wrong-method", "The route is there by another method; Allow says which"),
    (409, "refused", "It cannot be done as things are"),
    (422, "wrong-settings", "The settings are wrong; the text names the file and the key"),
    (429, "later", "Too many wrong tokens came from there; Retry-After says when to try again"),
    (500, "failed", "The store or the service failed"),
];

/// The type and the title of the problem that a status tells of.
#[must_use]
pub fn problem(status: u16) -> (String, &'static str) {
    let known = PROBLEMS.iter().find(|(known, ..)| *known == status);
    known.map_or_else(
        || ("about:blank".to_owned(), "It cannot be answered"),
        |(_, name, title)| (format!("urn:tandem:problem:{name}"), *title),
    )
}

/// The schema of an error.
fn problem_schema() -> Value {
    let known = PROBLEMS.iter().map(|(status, ..)| *status);
    let types: Vec<String> = known.chain([0]).map(|status| problem(status).0).collect();
    json!({
        "type": "object",
        "required": ["error", "type", "title", "status", "detail"],
        "properties": {
            "error": { "type": "string", "description": "What is wrong, and what to do." },
            "type": { "type": "string", "enum": types, "description": "The kind of problem, for programs." },
            "title": { "type": "string", "description": "The kind of problem, in words." },
            "status": { "type": "integer", "description": "The status of the answer." },
            "detail": { "type": "string", "description": "The same as `error`." },
        },
    })
}

/// The document (OpenAPI 3.1).
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for question in QUESTIONS {
        let answer = question.view(&mut generator).to_value();
        let entry = paths.entry(format!("/api/v1{}", question.path)).or_insert_with(|| json!({}));
        entry[question.method.as_str().to_lowercase()] = operation(question, answer);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Error".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Tandem admin API", "version": env!("CARGO_PKG_VERSION") },
        "security": [{ "admin": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "admin": { "type": "http", "scheme": "bearer" },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "tandem_session",
                    "description": "The session of a browser that signed in (by TLS the cookie is __Host-tandem_session). What changes something also needs the session's CSRF token in the header X-Tandem-CSRF.",
                },
            },
            "schemas": schemas,
        },
    })
}

fn operation(question: &Operation, answer: Value) -> Value {
    let body = |kind: &str, schema: Value| json!({ kind: { "schema": schema } });
    let mut responses = Map::new();
    let description = "The answer, as the command's --json prints it";
    responses.insert(
        "200".to_owned(),
        json!({ "description": description, "content": body("application/json", answer) }),
    );
    for (status, _, description) in PROBLEMS {
        let error = body(PROBLEM, json!({ "$ref": format!("#{SCHEMAS}/Error") }));
        responses.insert(status.to_string(), json!({ "description": description, "content": error }));
    }
    json!({
        "operationId": question.name,
        "summary": question.summary,
        "parameters": question.parameters().iter().map(|one| parameter(question, one)).collect::<Vec<_>>(),
        "responses": responses,
    })
}

fn parameter(question: &Operation, parameter: &Parameter) -> Value {
    let in_path = question.path.contains(&format!("{{{}}}", parameter.name));
    json!({
        "name": parameter.name,
        "in": if in_path { "path" } else { "query" },
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    })
}
