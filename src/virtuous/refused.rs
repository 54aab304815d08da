//! The texts of refusals: the API has five shapes of errors and none (reference/virtuous.md 12).

use serde_json::{Map, Value};

use super::{lenient::as_text, page::text_of, scrub::scrub};
use crate::transport::Response;

/// The longest plain text that is the API's own.
const PLAIN_MAX: usize = 200;

/// What an answer says went wrong, scrubbed; empty if it says nothing.
pub(super) fn text(response: &Response) -> String {
    let body = text_of(&response.body);
    let body = body.trim();
    if is_html(response) {
        return scrub(html_title(body).unwrap_or("an HTML page"));
    }
    match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(object)) => scrub(&of_object(&object)),
        Ok(Value::Null) => String::new(),
        Ok(Value::String(text)) => scrub(&text),
        // JSON of no known shape is not shown: it may be a record.
        Ok(_) => "an error of unknown shape".to_owned(),
        Err(_) => scrub(body),
    }
}

/// Whether the API itself answers: JSON, or nothing at all with 404 (E4). A redirect is a gateway's, whatever it carries.
pub(super) fn is_of_the_api(response: &Response) -> bool {
    let body = text_of(&response.body);
    let body = body.trim();
    match response.status {
        300..=399 => false,
        404 if body.is_empty() => true,
        // A refused key is told in plain words, too (reference/virtuous.md 12).
        401 if body.len() <= PLAIN_MAX && !body.contains('<') && speaks_of_authorization(body) => true,
        _ => serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok(),
    }
}

fn speaks_of_authorization(body: &str) -> bool {
    body.to_ascii_lowercase().contains("authorization has been denied")
}

/// Whether the body is a web page, by its declared type or its first bytes.
pub(super) fn is_html(response: &Response) -> bool {
    let declared =
        response.header("content-type").is_some_and(|kind| kind.trim_start().starts_with("text/html"));
    let start = response.body.trim_ascii_start();
    let looks = [&b"<!doctype"[..], b"<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag)));
    looks || (declared && start.first() == Some(&b'<'))
}

fn html_title(page: &str) -> Option<&str> {
    // ASCII lower case keeps byte positions.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let length = lower[start..].find("</title>")?;
    Some(page[start..start + length].trim()).filter(|title| !title.is_empty())
}

fn of_object(object: &Map<String, Value>) -> String {
    let mut parts = Vec::new();
    match object.get("error") {
        // The target shape: {"error":{"code","message","details":[{"field","code","message"}]}}.
        Some(Value::Object(error)) => {
            parts.extend(texts(error, &["code", "message"]));
            for detail in error.get("details").and_then(Value::as_array).into_iter().flatten() {
                if let Some(detail) = detail.as_object() {
                    parts.push(format!("[{}]", texts(detail, &["field", "code", "message"]).join(" ")));
                } else {
                    parts.extend(as_text(detail));
                }
            }
        }
        // The OAuth shape: {"error","error_description","errors":{..}}.
        Some(error) => parts.extend(as_text(error)),
        None => {}
    }
    parts.extend(texts(object, &["error_description", "message", "Message", "title", "detail"]));
    // ASP.NET: {"message","modelState":{"path":["text"]}}.
    for key in ["modelState", "ModelState", "errors"] {
        for (path, found) in object.get(key).and_then(Value::as_object).into_iter().flatten() {
            let found: Vec<String> = match found {
                Value::Array(texts) => texts.iter().filter_map(as_text).collect(),
                one => as_text(one).into_iter().collect(),
            };
            parts.push(format!("[{path} {}]", found.join(" ")));
        }
    }
    if parts.is_empty() { "an error of unknown shape".to_owned() } else { parts.join(" ") }
}

fn texts(object: &Map<String, Value>, keys: &[&str]) -> Vec<String> {
    keys.iter().filter_map(|key| as_text(object.get(*key)?)).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expect: &str) {
        let mut response = Response::new(400);
        response.body = body.as_bytes().to_vec();
        assert_eq!(text(&response), expect);
    }

    #[test]
    fn every_shape_gives_its_text() {
        check(
            r#"{"error":{"code":"VALIDATION_FAILED","message":"Invalid.",
                "details":[{"field":"email","code":"FORMAT","message":"ann@example.org is no address"}]}}"#,
            "VALIDATION_FAILED Invalid. [email FORMAT [address] is no address]",
        );
        check(
            r#"{"message":"The request is invalid.","modelState":{"model.contacts":["An error has occurred."]}}"#,
            "The request is invalid. [model.contacts An error has occurred.]",
        );
        check(r#"{"message":"The argument cannot be null"}"#, "The argument cannot be null");
        check(r#"{"error":"invalid_grant","error_description":"Bad."}"#, "invalid_grant Bad.");
        check("Authorization has been denied", "Authorization has been denied");
        check(r#""quoted""#, "quoted");
        check("", "");
        check("null", "");
        check("[1,2]", "an error of unknown shape");
        check(r#"{"firstName":"Ann"}"#, "an error of unknown shape");
        check("<html><head></head></html>", "an HTML page");
        check("<HTML><TITLE> 520: unknown </TITLE>", "520: unknown");
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let mut response = Response::new(400);
            response.body = body;
            proptest::prop_assert!(text(&response).chars().count() <= 300);
        }
    }
}
