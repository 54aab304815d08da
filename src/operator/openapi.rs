//! The admin API's description, from the list of questions.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Operation, Parameter, QUESTIONS};

/// Where the answers' schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";

/// Statuses of questions without an answer, with what they mean.
const PROBLEMS: [(&str, &str); 7] = [
    ("400", "A parameter is missing, is not of its type, or does not go with another"),
    ("401", "The token is missing, wrong, or has ended"),
    ("403", "The token may not ask this"),
    ("404", "What the question is about is not there"),
    ("409", "It cannot be done as things are"),
    ("422", "The settings are wrong; the text names the file and the key"),
    ("500", "The store or the service failed"),
];

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
    schemas.insert(
        "Error".to_owned(),
        json!({
            "type": "object",
            "required": ["error"],
            "properties": { "error": { "type": "string", "description": "What is wrong, and what to do." } },
        }),
    );
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
    let body = |schema: Value| json!({ "application/json": { "schema": schema } });
    let mut responses = Map::new();
    let description = "The answer, as the command's --json prints it";
    responses.insert("200".to_owned(), json!({ "description": description, "content": body(answer) }));
    for (status, description) in PROBLEMS {
        let error = json!({ "$ref": format!("#{SCHEMAS}/Error") });
        responses.insert(status.to_owned(), json!({ "description": description, "content": body(error) }));
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
