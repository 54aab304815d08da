//! Every nasty behaviour, through the same door that Tandem uses.

mod imports;
mod reads;
mod size;
mod unreliable;
mod writes;

use serde_json::{Value, json};

use super::{
    VirtuousSimulator,
    model::{NewContact, NewIndividual, NewMethod},
    organisation::{Organisation, OrganisationSetup},
};
use crate::{
    domain::Timestamp,
    simulator::wire::SimRequest,
    transport::{Method, Response},
};

const KEY: &str = "key-1";

struct World {
    virtuous: VirtuousSimulator,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let mut virtuous = VirtuousSimulator::new(1);
        let now = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
        let setup = OrganisationSetup {
            name: "Hope".to_owned(),
            api_key: KEY.to_owned(),
            time_zone: "America/Chicago".to_owned(),
        };
        virtuous.add_organisation(&setup, now);
        Self { virtuous, now }
    }

    fn org(&mut self) -> &mut Organisation {
        self.virtuous.organisation_mut(KEY).unwrap()
    }

    fn call(&mut self, method: Method, path: &str, body: &Value) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = url::form_urlencoded::parse(query.as_bytes());
        let request = SimRequest {
            method,
            path: path.to_owned(),
            query: query.into_owned().collect(),
            headers: vec![("authorization".to_owned(), format!("Bearer {KEY}"))],
            body: if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() },
        };
        self.virtuous.handle(&request, self.now).response
    }

    fn get(&mut self, path: &str) -> Response {
        self.call(Method::Get, path, &Value::Null)
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.call(Method::Post, path, body)
    }

    fn put(&mut self, path: &str, body: &Value) -> Response {
        self.call(Method::Put, path, body)
    }

    /// A contact of one person with one address.
    fn dana(&mut self) -> i64 {
        self.person("Dana", "dana@example.com")
    }

    fn person(&mut self, first: &str, email: &str) -> i64 {
        let now = self.now;
        let contact = NewContact {
            individuals: vec![NewIndividual {
                first_name: first.to_owned(),
                last_name: "Lee".to_owned(),
                methods: vec![NewMethod::email(email, true)],
                ..NewIndividual::default()
            }],
            ..NewContact::default()
        };
        self.org().add_contact(&contact, now)
    }

    fn method_of(&mut self, contact: i64) -> i64 {
        self.org().book.contact(contact).unwrap().individuals[0].methods[0].id
    }

    fn later(&mut self, seconds: u64) {
        self.now = self.now.plus(std::time::Duration::from_secs(seconds));
    }
}

fn read(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    serde_json::from_slice(&response.body).unwrap()
}

fn row(reference: &str, email: &str) -> Value {
    json!({
        "referenceSource": "Constant Contact", "referenceId": reference, "contactType": "Household",
        "firstName": "Dana", "lastName": "Lee", "emailType": "Home Email", "email": email,
    })
}

const BY_REFERENCE: &str = "/api/Contact/Constant%20Contact/";
