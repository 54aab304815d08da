//! The texts of refusals: the API has five shapes of errors and none (reference/virtuous.md 12).

use serde_json::{Map, Value};

use super::{lenient::as_text, page::text_of};
use crate::{domain::answer_words, transport::Response};

/// The longest plain text that is the API's own.
const PLAIN_MAX: usize = 200;
/// A body may repeat itself; so many entries are enough to see what is wrong.
const ENTRIES_MAX: usize = 10;

/// What is kept of an answer's words: known codes, and the known fields that it speaks of (B3).
pub(super) fn text(response: &Response) -> String {
    let body = text_of(&response.body);
    let body = body.trim();
    if is_html(response) {
        return "an HTML page".to_owned();
    }
    let (mut keys, mut fields) = (Vec::new(), Vec::new());
    let otherwise = match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(object)) => {
            of_object(&object, &mut keys, &mut fields);
            "JSON without a code"
        }
        Ok(Value::String(text)) => {
            answer_words::add_fields(&text, &mut fields);
            "words without a code"
        }
        Ok(_) => "an error of unknown shape",
        Err(_) if body.is_empty() => "an empty body",
        Err(_) if speaks_of_authorization(body) => "authorization has been denied",
        Err(_) => "plain text",
    };
    answer_words::told(&keys, &fields, otherwise)
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

fn of_object(object: &Map<String, Value>, keys: &mut Vec<String>, fields: &mut Vec<&'static str>) {
    match object.get("error") {
        // The target shape: {"error":{"code","message","details":[{"field","code","message"}]}}.
        Some(Value::Object(error)) => {
            texts(error, &["code"]).iter().for_each(|code| add_key(code, keys));
            texts(error, &["message"]).iter().for_each(|text| answer_words::add_fields(text, fields));
            let details =
                error.get("details").and_then(Value::as_array).into_iter().flatten().take(ENTRIES_MAX);
            for detail in details.filter_map(Value::as_object) {
                texts(detail, &["code"]).iter().for_each(|code| add_key(code, keys));
                let texts = texts(detail, &["field", "message"]);
                texts.iter().for_each(|text| answer_words::add_fields(text, fields));
            }
        }
        // The OAuth shape: {"error","error_description","errors":{..}}.
        Some(Value::String(error)) => add_key(error, keys),
        _ => {}
    }
    let texts = texts(object, &["error_description", "message", "Message", "title", "detail"]);
    texts.iter().for_each(|text| answer_words::add_fields(text, fields));
    if texts.iter().any(|text| speaks_of_authorization(text)) {
        add_key("denied", keys);
    }
    // ASP.NET: {"message","modelState":{"path":["text"]}}.
    for key in ["modelState", "ModelState", "errors"] {
        let paths = object.get(key).and_then(Value::as_object).into_iter().flatten();
        paths.take(ENTRIES_MAX).for_each(|(path, _)| answer_words::add_fields(path, fields));
    }
}

fn add_key(text: &str, keys: &mut Vec<String>) {
    let key = answer_words::key(text);
    if !keys.contains(&key) {
        keys.push(key);
    }
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
            "VALIDATION_FAILED, FORMAT about email, address",
        );
        check(
            r#"{"message":"The request is invalid.","modelState":{"model.contactMethods":["An error has occurred."]}}"#,
            "JSON without a code about contact_methods",
        );
        check(r#"{"message":"The argument cannot be null"}"#, "JSON without a code");
        check(r#"{"message":"Authorization has been denied for this request."}"#, "denied");
        check(r#"{"error":"invalid_grant","error_description":"Bad."}"#, "invalid_grant");
        check("Authorization has been denied", "authorization has been denied");
        check(r#""quoted""#, "words without a code");
        check("", "an empty body");
        check("null", "an error of unknown shape");
        check("[1,2]", "an error of unknown shape");
        check(r#"{"firstName":"Ann"}"#, "JSON without a code");
        check("<html><head></head></html>", "an HTML page");
        check("<HTML><TITLE> 520: unknown </TITLE>", "an HTML page");
    }

    #[test]
    fn b3_what_an_answer_repeats_of_a_person_or_a_secret_is_not_kept() {
        const SAID: &str = "Dana Lee, 5 Elm Street, k3x-refresh, dana@example.com, DANA";
        for body in [
            format!(
                r#"{{"error":{{"code":"{SAID}","message":"{SAID}","details":[{{"field":"{SAID}","code":"{SAID}"}},"{SAID}"]}}}}"#
            ),
            format!(r#"{{"error":"{SAID}","error_description":"{SAID}","errors":{{"{SAID}":["{SAID}"]}}}}"#),
            format!(
                r#"{{"message":"{SAID}","title":"{SAID}","detail":"{SAID}","modelState":{{"{SAID}":"{SAID}"}}}}"#
            ),
            format!("<html><title>{SAID}</title></html>"),
            format!("\"{SAID}\""),
            format!("Authorization has been denied to {SAID}"),
            SAID.to_owned(),
        ] {
            let mut response = Response::new(400);
            response.body = body.clone().into_bytes();
            let told = text(&response).to_lowercase();
            for word in ["dana", "lee", "elm", "k3x", "example.com"] {
                assert!(!told.contains(word), "{body}: {told}");
            }
        }
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
