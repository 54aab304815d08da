//! Answers and refusals in every shape that section 12 lists: the migration to one shape is unfinished there, so a
//! client that believes in one of them fails here.

use serde::Serialize;
use serde_json::json;

use crate::transport::Response;

/// What a handler gives: an answer, or a refusal.
pub(crate) type Outcome = Result<Response, Response>;

/// A JSON answer.
pub(crate) fn json<T: Serialize + ?Sized>(status: u16, body: &T) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Response { status, headers, body }
}

/// 200 with JSON.
pub(crate) fn ok<T: Serialize + ?Sized>(body: &T) -> Outcome {
    Ok(json(200, body))
}

/// 200 without a body, as transactions answer (section 3.1).
pub(crate) fn empty() -> Outcome {
    Ok(Response::new(200))
}

/// 404 without a body (recorded traffic, section 4.1).
pub(crate) fn not_found() -> Response {
    Response::new(404)
}

/// The shape that the docs aim for.
pub(crate) fn coded(status: u16, code: &str, message: &str) -> Response {
    json(status, &json!({"error": {"code": code, "message": message, "details": []}}))
}

/// 500 as the API itself answers it.
pub(crate) fn broken() -> Response {
    json(500, &json!({"message": "An error has occurred."}))
}

/// 400 in the aimed-for shape.
pub(crate) fn bad_request(message: &str) -> Response {
    coded(400, "BAD_REQUEST", message)
}

/// A value that a field does not take; 400 or 422 by switch.
pub(crate) fn invalid(status: u16, field: &str, message: &str) -> Response {
    let code = if status == 422 { "VALIDATION_FAILED" } else { "BAD_REQUEST" };
    let details = json!([{"field": field, "code": "INVALID", "message": message}]);
    json(status, &json!({"error": {"code": code, "message": "The request is invalid.", "details": details}}))
}

/// 400 as ASP.NET writes it for a body of the wrong shape.
pub(crate) fn model_state(path: &str) -> Response {
    let state = json!({path: ["An error has occurred."]});
    json(400, &json!({"message": "The request is invalid.", "modelState": state}))
}

/// 400 for a body that is not there.
pub(crate) fn null_argument() -> Response {
    json(400, &json!({"message": "The argument cannot be null"}))
}

/// 400 in the shape of the OAuth layer, which some validations use too.
pub(crate) fn described(description: &str) -> Response {
    json(400, &json!({"error": "invalid_request", "error_description": description, "errors": {}}))
}

/// 401.
pub(crate) fn unauthorized() -> Response {
    json(401, &json!({"message": "Authorization has been denied for this request."}))
}

/// 409.
pub(crate) fn conflict(message: &str) -> Response {
    coded(409, "CONFLICT", message)
}
