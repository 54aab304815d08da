//! A scripted transport and invented records for the tests of this folder.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{client::Client, limits::Observer};
use crate::{
    clock::Clock,
    domain::Timestamp,
    transport::{Answer, Request, Response, Transport, TransportError},
};

/// A clock that stands.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_000)
    }
}

#[derive(Default)]
struct Inner {
    answers: VecDeque<Result<Response, TransportError>>,
    requests: Vec<Request>,
}

/// Answers in order, and remembers what was asked.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Mutex<Inner>>);

impl Script {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn then(self, status: u16, body: impl ToString) -> Self {
        self.then_with(status, body, &[])
    }

    pub(super) fn then_with(self, status: u16, body: impl ToString, headers: &[(&str, &str)]) -> Self {
        let mut response = Response::new(status);
        response.body = body.to_string().into_bytes();
        response.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.0.lock().unwrap().answers.push_back(Ok(response));
        self
    }

    pub(super) fn fails(self, error: TransportError) -> Self {
        self.0.lock().unwrap().answers.push_back(Err(error));
        self
    }

    pub(super) fn client(&self) -> Client {
        client_with(self, "key", Arc::new(|_| ()))
    }

    /// `METHOD /path?query` of each request so far.
    pub(super) fn asked(&self) -> Vec<String> {
        let inner = self.0.lock().unwrap();
        let line = |request: &Request| {
            format!("{} {}", request.method.as_str(), request.url.trim_start_matches("http://virtuous.test"))
        };
        inner.requests.iter().map(line).collect()
    }

    pub(super) fn header(&self, at: usize, name: &str) -> Option<String> {
        let inner = self.0.lock().unwrap();
        let headers = &inner.requests.get(at)?.headers;
        headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    pub(super) fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.0.lock().unwrap().requests[at].body).unwrap_or_default()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> Answer {
        let mut inner = self.0.lock().unwrap();
        inner.requests.push(request);
        let answer = inner.answers.pop_front().expect("the script has no more answers");
        Box::pin(async move { answer })
    }
}

pub(super) fn client_with(script: &Script, key: &str, observer: Observer) -> Client {
    let transport = Arc::new(script.clone());
    Client::new(transport, Arc::new(Standing), "http://virtuous.test/", &SecretString::from(key), observer)
}

/// A full contact in the shape of reference 4.2, values invented.
pub(crate) fn full_contact(id: i64, email: &str) -> Value {
    // Apart from the contact, since the macro's depth is limited.
    let individual = json!({
            "id": id * 10,
            "contactId": id,
            "prefix": null,
            "firstName": "Ann",
            "lastName": "Example",
            "isPrimary": true,
            "canBePrimary": false,
            "isSecondary": false,
            "birthMonth": 2,
            "birthDate": "2/1/1990",
            "isDeceased": false,
            "deceasedDate": "",
            "avatarUrl": "https://example.org/a.png",
            "contactMethods": [
                {"id": id * 100, "type": "Home Email", "value": email, "isOptedIn": true, "isPrimary": true,
                 "canBePrimary": true, "createDateTimeUtc": "2023-11-30T14:20:56.353",
                 "createdByUser": "x", "modifiedDateTimeUtc": "2023-11-30T14:20:56.3700000"},
                {"id": id * 100 + 1, "type": "Mobile Phone", "value": "555-0100", "isOptedIn": true}
            ],
            "createDateTimeUtc": "2023-11-30T14:20:56.3233333",
            "modifiedDateTimeUtc": "2023-11-30T14:20:56.3233333",
            "modifiedByUser": "x",
            "customFields": [{"name": "Nickname", "value": "Annie", "displayName": "Nickname"}],
            "customCollections": []
    });
    json!({
        "id": id,
        "contactType": "Household",
        "isPrivate": false,
        "name": "Ann Example",
        "informalName": "Ann",
        "preferredSalutationName": "Ann",
        "description": null,
        "website": "",
        "maritalStatus": "Single",
        "anniversaryMonth": 5,
        "mergedIntoContactId": null,
        "address": {"id": 9, "city": "Exampleton"},
        "giftAskAmount": "$0",
        "lifeToDateGiving": "$0",
        "lastGiftDate": "Unavailable",
        "contactIndividuals": [individual],
        "contactGiftsUrl": "https://virtuous.test/api/Gift/ByContact/1",
        "contactReferences": [{"source": "Constant Contact", "id": format!("cc-{id}")}],
        "originSegmentId": 3,
        "createDateTimeUtc": "2023-11-30T14:20:56.3233333",
        "modifiedDateTimeUtc": "2023-12-01T09:00:00",
        "tags": ["CC: News", "Board"],
        "organizationGroups": [],
        "customFields": [{"name": "Program", "value": "Arts", "dataType": "Text"},
                         {"name": "Empty", "value": null, "dataType": "Text"}],
        "customCollections": []
    })
}

/// Any JSON, not too deep.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place in a JSON value, as pointers.
pub(super) fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let mut step = |key: &str, inner: &Value| {
            let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            found.push(place.clone());
            walk(inner, &place, found);
        };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, inner)| step(key, inner)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, inner)| step(&n.to_string(), inner));
            }
            _ => {}
        }
    }
    walk(value, "", &mut found);
    found
}
