//! What holds for every question of the list.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{super::openapi, Place};
use crate::auth::{Scope, api_token::ApiToken};
use crate::domain::{Cause, Pause, Reason, Rule};
use crate::operator::{Asked, Operation, OperatorError, QUESTIONS};

fn operation(name: &str) -> &'static Operation {
    QUESTIONS.iter().find(|operation| operation.name == name).unwrap()
}

fn ask(name: &str, texts: &[(&str, &str)]) -> Result<Asked, OperatorError> {
    let texts: Vec<(String, String)> =
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    operation(name).ask(&texts)
}

/// Every question, asked so that it has an answer in a store made by [`peopled`].
fn all() -> Vec<Asked> {
    let hope = ("customer", "hope");
    let questions: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("check", vec![]),
        ("customer_list", vec![]),
        ("customer_show", vec![hope]),
        ("customer_add", vec![("customer", "mercy"), ("name", "Mercy"), ("time_zone", "Europe/Berlin")]),
        ("customer_apply", vec![]),
        ("customer_pause", vec![hope]),
        ("customer_resume", vec![hope]),
        ("customer_resume_all", vec![]),
        ("customer_link", vec![hope]),
        ("customer_share", vec![hope, ("expires", "7d")]),
        ("plan", vec![hope]),
        ("contact", vec![hope, ("who", "p1@example.org")]),
        ("contact", vec![hope, ("who", "3")]),
        ("people", vec![hope, ("state", "review"), ("rule", "I2"), ("search", "p3"), ("limit", "5")]),
        ("people", vec![hope]),
        ("work", vec![hope]),
        ("import_status", vec![hope]),
        ("import_start", vec![hope, ("yes", "true")]),
        ("import_pause", vec![hope]),
        ("import_resume", vec![hope]),
        ("poll", vec![hope]),
        ("retry", vec![hope]),
        ("drop", vec![hope, ("item", "2")]),
        ("accept", vec![hope, ("item", "3"), ("contact", "7")]),
        ("confirm", vec![hope, ("item", "4"), ("list", "News")]),
        ("inspect", vec![]),
        ("audit", vec![]),
        ("alerts_test", vec![]),
        ("token_create", vec![("scope", "operate"), ("customer", "hope"), ("expires", "30d")]),
        ("token_list", vec![]),
        ("token_revoke", vec![("token", "0")]),
        ("key_rotate", vec![]),
        ("key_lost", vec![]),
        ("backup", vec![]),
        ("reconcile", vec![hope]),
        ("forget", vec![hope, ("who", "p1@example.org")]),
        ("rebuild", vec![hope]),
        ("customer_rebind", vec![hope]),
        ("customer_remove", vec![hope]),
    ];
    questions.into_iter().map(|(name, texts)| ask(name, &texts).unwrap()).collect()
}

async fn peopled() -> Place {
    let place = Place::new().await;
    place.failed("1").await;
    place.asked_about("2").await;
    place.ambiguous("3").await;
    place.opted_in_by_staff("4").await;
    place.hold_brake(3).await;
    place.list("l-1", "News").await;
    let (customers, made_at) = (BTreeSet::new(), place.context.now());
    let (expires_at, used_at) = (None, None);
    let token = ApiToken {
        id: "0".to_owned(),
        scope: Scope::Read,
        customers,
        made_at,
        expires_at,
        used_at,
        is_link: false,
        hash: [0; 32],
    };
    place.context.deps.store.keep_api_token(token).await.unwrap();
    place
}

#[tokio::test]
async fn every_answer_is_valid_by_the_schema_of_its_type() {
    let mut place = peopled().await;
    let mut asked_of = BTreeSet::new();
    for asked in all() {
        match asked.operation.name {
            "reconcile" => place.change(|record| record.stage = crate::domain::Stage::Live).await,
            "customer_rebind" => {
                let reason = Reason::new(Rule::I5, Cause::AnotherAccount);
                let pause = Pause::until_a_person_acts(reason, place.context.now());
                place.change(|record| record.pause = Some(pause)).await;
            }
            "customer_remove" => place.context.customers.clear(),
            _ => {}
        }
        let answer = asked.answer(&place.context).await.unwrap();
        let schema = asked.operation.answer_schema();
        let validator =
            jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?} in {answer:#}", asked.operation.name);
        let (text, _) = asked.operation.shown(&answer).unwrap();
        assert!(!text.is_empty(), "{}", asked.operation.name);
        asked_of.insert(asked.operation.name);
    }
    let listed: BTreeSet<&str> = QUESTIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(asked_of, listed);
}

#[test]
fn every_question_is_found_again_at_its_route() {
    for asked in all() {
        let (method, route) = asked.route();
        let (path, query) = route.split_once('?').unwrap_or((&route, ""));
        let (found, mut texts) = Operation::at(method.as_str(), path).unwrap();
        texts.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
        assert_eq!(
            (found.name, found.ask(&texts).unwrap().route()),
            (asked.operation.name, (method, route.clone()))
        );
        assert!(Operation::at("DELETE", path).is_none());
    }
    let odd = ask("accept", &[("customer", "hope"), ("item", "a/b?c & d"), ("tag", "-8")]).unwrap();
    assert_eq!(odd.route().1, "/customers/hope/work/accept?item=a%2Fb%3Fc+%26+d&tag=-8");
    assert!(Operation::at("GET", "/nothing").is_none());
    assert!(Operation::at("POST", "/customers/hope/import/status").is_none());
}

#[test]
fn a_malformed_question_names_what_is_wrong() {
    for (name, texts, text) in [
        ("customer_show", vec![("customer", "No Such")], "No Such"),
        ("contact", vec![("customer", "hope")], "who"),
        ("accept", vec![("customer", "hope"), ("item", "x"), ("tag", "one")], "tag is a whole number"),
        ("drop", vec![("customer", "hope"), ("item", "x"), ("list", "News")], "takes no list"),
        ("drop", vec![("customer", "hope"), ("item", "x"), ("item", "y")], "more than once"),
    ] {
        let Err(OperatorError::Malformed(error)) = ask(name, &texts) else { panic!("{name} {texts:?}") };
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn routes_and_commands_are_told_apart_and_name_their_parameters() {
    let (mut routes, mut commands) = (BTreeSet::new(), BTreeSet::new());
    for operation in QUESTIONS {
        assert!(routes.insert((operation.method.as_str(), operation.path)), "{operation:?}");
        assert!(commands.insert(operation.command), "{operation:?}");
        let names: BTreeSet<String> = operation.parameters().into_iter().map(|one| one.name).collect();
        for template in [operation.path, operation.command] {
            for place in template.split('{').skip(1).filter_map(|part| part.split('}').next()) {
                assert!(names.contains(place), "{operation:?}: {place}");
            }
        }
        for parameter in operation.parameters() {
            assert!(!parameter.description.is_empty(), "{operation:?}: {}", parameter.name);
        }
    }
}

#[test]
fn the_description_of_the_api_is_whole() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["security"], json!([{ "admin": [] }, { "session": [] }]));
    for operation in QUESTIONS {
        let path = format!("/api/v1{}", operation.path);
        let described = &document["paths"][&path][operation.method.as_str().to_lowercase()];
        assert_eq!(described["operationId"], operation.name);
        assert_eq!(described["parameters"].as_array().map(Vec::len), Some(operation.parameters().len()));
        for status in ["200", "400", "401", "404", "405", "409", "422", "500"] {
            let kind = if status == "200" { "application/json" } else { openapi::PROBLEM };
            let schema = &described["responses"][status]["content"][kind]["schema"];
            assert!(schema.is_object(), "{path} {status}");
        }
        let accepted = &document["paths"]["/api/v1/customers/{customer}/work/accept"]["post"]["parameters"];
        assert!(accepted.as_array().unwrap().iter().any(|parameter| {
            parameter["name"] == "contact"
                && parameter["in"] == "query"
                && parameter["required"] == false
                && parameter["schema"]["type"] == "integer"
        }));
    }
    let references = references(&document);
    assert!(references.iter().any(|reference| reference.ends_with("/Error")));
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let polls = &document["components"]["schemas"]["CustomerView"]["properties"]["polls"];
    let schemas = &document["components"]["schemas"];
    let name = polls["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let polls = name.map_or(polls, |name| &schemas[name]);
    assert_eq!(polls["properties"]["changes"]["format"], "date-time", "{polls}");
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}
