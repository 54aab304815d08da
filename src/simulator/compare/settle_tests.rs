//! Whether the oracle can be satisfied at all, by calls of the API alone: a naive sync does what each difference asks
//! for, and then none may be left. Otherwise a test of Tandem would ask for the impossible.

use serde_json::{Value, json};

use super::*;
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::Contact,
        generator::{self, AccountSpec},
        wire::SimRequest,
    },
    transport::Method,
};

struct Naive {
    simulator: Simulator,
    rules: CompareRules,
    baseline: VirtuousSnapshot,
    now: Timestamp,
}

impl Naive {
    fn new(spec: &AccountSpec) -> Self {
        let mut simulator = Simulator::new(spec.seed);
        let now = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
        generator::generate(&mut simulator, spec, now).unwrap();
        let organisation = simulator.virtuous.organisation_mut("hope").unwrap();
        organisation.switches.hourly_limit = 1_000_000;
        let baseline = VirtuousSnapshot::take(organisation, "CC: ");
        Self { simulator, rules: CompareRules::default(), baseline, now }
    }

    fn compare(&self) -> Comparison {
        differences(&self.simulator, "hope", "hope", &self.rules, Some(&self.baseline)).unwrap()
    }

    fn call(&mut self, method: Method, path: &str, body: &Value) -> Value {
        let request = SimRequest::new(method, &format!("/virtuous{path}"))
            .with_header("authorization", "Bearer key-hope")
            .with_json(body);
        let answer = self.simulator.handle(&request, self.now);
        assert!(answer.response.is_success(), "{path}: {} {}", answer.status(), answer.value());
        answer.value()
    }

    fn subscriber(&self, id: &str) -> Contact {
        let account = self.simulator.constant_contact.account("hope").unwrap();
        account.roster.get(id.parse().unwrap()).unwrap().clone()
    }

    fn find(&mut self, contact: &Contact) -> Value {
        let path = format!("/api/Contact/Find?referenceSource=Constant+Contact&referenceId={}", contact.id);
        let request = SimRequest::new(Method::Get, &format!("/virtuous{path}"))
            .with_header("authorization", "Bearer key-hope");
        let found = self.simulator.handle(&request, self.now);
        if found.response.is_success() {
            return found.value();
        }
        let address = contact.email.as_ref().unwrap().address.replace('+', "%2B");
        self.call(Method::Get, &format!("/api/Contact/Find?email={address}"), &json!({}))
    }

    fn settle(&mut self, difference: &Difference) {
        let contact = self.subscriber(&difference.contact_id);
        let address = contact.email.as_ref().map(|email| email.address.to_string()).unwrap_or_default();
        if difference.facet == "contact" {
            let lists = difference_lists(&self.simulator, &contact).join(";");
            let body = json!({"referenceSource": "Constant Contact", "referenceId": contact.id.to_string(),
                "contactType": "Household", "firstName": contact.profile.first_name,
                "lastName": contact.profile.last_name, "emailType": "Home Email", "email": address, "tags": lists});
            self.call(Method::Post, "/api/Contact/Transaction", &body);
            return;
        }
        let found = self.find(&contact);
        let holder = found["id"].as_i64().unwrap();
        match difference.facet {
            "reference" => {
                let id = contact.id.to_string();
                let body =
                    json!({"contactId": holder, "referenceSource": "Constant Contact", "referenceId": id});
                self.call(Method::Post, "/api/ContactReference", &body);
            }
            "consent" => {
                for person in found["contactIndividuals"].as_array().unwrap() {
                    for method in person["contactMethods"].as_array().unwrap() {
                        if method["value"].as_str().unwrap().eq_ignore_ascii_case(&address) {
                            let opted_in = difference.expected == "opted in";
                            let body = json!({"type": method["type"], "value": method["value"],
                                "isOptedIn": opted_in, "setAsPrimary": method["isPrimary"]});
                            let path = format!("/api/ContactMethod/{}", method["id"]);
                            self.call(Method::Put, &path, &body);
                        }
                    }
                }
            }
            "segments" => self.settle_tags(holder, difference),
            "fields" => {
                let (name, value) = difference.expected.split_once(" = ").unwrap();
                let body = json!({"name": found["name"], "customFields": [{"name": name, "value": value}]});
                self.call(Method::Put, &format!("/api/Contact/{holder}"), &body);
            }
            other => panic!("unexpected {other}: {difference:?}"),
        }
    }

    fn settle_tags(&mut self, holder: i64, difference: &Difference) {
        let expected: Vec<&str> = difference.expected.split("; ").filter(|name| !name.is_empty()).collect();
        let path = format!("/api/ContactTag/ByContact/{holder}?take=1000");
        let held = self.call(Method::Get, &path, &json!({}))["list"].as_array().unwrap().clone();
        for name in &expected {
            if !held.iter().any(|join| join["tagName"] == *name) {
                let tag = self.simulator.virtuous.organisation("hope").unwrap().tag_named(name).unwrap();
                self.call(Method::Post, "/api/ContactTag", &json!({"tagId": tag, "contactId": holder}));
            }
        }
        for join in held {
            let name = join["tagName"].as_str().unwrap();
            if name.starts_with("CC: ") && !expected.contains(&name) {
                self.call(Method::Delete, &format!("/api/ContactTag/{}", join["id"]), &json!({}));
            }
        }
    }
}

fn difference_lists(simulator: &Simulator, contact: &Contact) -> Vec<String> {
    let account = simulator.constant_contact.account("hope").unwrap();
    contact.lists.iter().map(|list| format!("CC: {}", account.list(*list).unwrap().name)).collect()
}

#[test]
fn a_naive_sync_satisfies_the_oracle_through_the_api_alone() {
    for (seed, import_opt_in_default) in [(1, true), (2, false)] {
        let mut naive = Naive::new(&AccountSpec::new("hope", 400, seed));
        let organisation = naive.simulator.virtuous.organisation_mut("hope").unwrap();
        organisation.switches.import_opt_in_default = import_opt_in_default;
        let mut rounds = 0;
        loop {
            let found = naive.compare();
            if found.differences.is_empty() {
                assert!(found.agreed > 200, "{found:?}");
                assert_eq!((found.submitted, found.waiting_tags), (0, 0));
                break;
            }
            rounds += 1;
            assert!(rounds < 8, "still {:?}", &found.differences[..found.differences.len().min(5)]);
            for difference in &found.differences {
                naive.settle(difference);
            }
            naive.now = naive.now.plus(std::time::Duration::from_secs(60));
            let now = naive.now;
            naive.simulator.virtuous.organisation_mut("hope").unwrap().run_import(now);
        }
        let meter = &naive.simulator.virtuous.organisation("hope").unwrap().meter;
        assert_eq!(meter.repeats.duplicate_rows, 0);
    }
}
