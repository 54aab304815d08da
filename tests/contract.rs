//! What the simulator answers is held against the published contract, where that is present: beside the repository, or
//! where `TANDEM_CONTRACT` says.

#![expect(clippy::unwrap_used, reason = "a test file: its helpers fail the test")]

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::{Value, json};
use tandem::{
    domain::Timestamp,
    simulator::{
        constant_contact::{
            AccountSeed, BounceCode, CcSimulator, ContactSeed, FieldSeed, FieldValue, Limits, OptOut,
            Permission, PhoneInput, Source, StreetInput,
        },
        wire::SimRequest,
    },
    transport::Method,
};

/// The contract as JSON, or `None` with a word about it.
#[expect(clippy::disallowed_methods, reason = "a test's own setting, not one of Tandem's")]
fn contract() -> Option<Value> {
    let beside =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts/constant-contact-v3.swagger.yml");
    let path = std::env::var("TANDEM_CONTRACT").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no contract at {}", path.display());
        return None;
    };
    Some(serde_yaml_ng::from_str(&text).unwrap())
}

struct World {
    sim: CcSimulator,
    now: Timestamp,
    token: String,
}

impl World {
    fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            SimRequest::new(method, path).with_header("authorization", format!("Bearer {}", self.token));
        if let Some(body) = body {
            request = request.with_json(&body);
        }
        let answer = self.sim.handle(&request, self.now);
        (answer.status(), answer.value())
    }
}

/// An account in which every field of every answer has a value somewhere; its contact and its campaign activity.
fn full_world() -> (World, String, String) {
    let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
    let mut sim = CcSimulator::new(3);
    sim.limits = Limits { per_second: 1_000, per_day: 1_000_000 };
    sim.add_account(&AccountSeed { name: "hope".into(), ..AccountSeed::default() }, now).unwrap();
    let token = sim.access_token("hope", "key", now);
    let list = sim.add_list("hope", "News", now).unwrap();
    let old = sim.add_list("hope", "Old", now).unwrap();
    sim.delete_list("hope", old, now).unwrap();
    let choices = vec!["Arts".into(), "Sports".into()];
    let seed = FieldSeed { label: "Program".into(), kind: "single_select".into(), choices };
    let field = sim.add_custom_field("hope", &seed, now).unwrap();
    let tag = sim.add_tag("hope", "VIP", now).unwrap();
    let mut seed = ContactSeed::with_email("dana@example.org").named("Dana", "Lee").on_lists(&[list]);
    seed.profile.birthday_month = Some(11);
    seed.profile.birthday_day = Some(24);
    seed.profile.anniversary = Some("2006-11-15".into());
    let arts =
        FieldValue { custom_field_id: field, value: Some("Arts".into()), choice_ids: vec!["000001".into()] };
    seed.custom_fields = vec![arts];
    seed.phone_numbers = vec![PhoneInput { phone_number: "+1-555-555-0100".into(), kind: "home".into() }];
    let waltham = StreetInput { kind: "home".into(), city: Some("Waltham".into()), ..StreetInput::default() };
    seed.street_addresses = vec![waltham];
    seed.tags = vec![tag];
    seed.notes = vec!["hello".into()];
    seed.sms_number = Some("7815551212".into());
    let dana = sim.add_contact("hope", seed, now).unwrap();
    let out =
        ContactSeed { permission: Permission::Unsubscribed, ..ContactSeed::with_email("sam@example.org") };
    sim.add_contact("hope", out, now).unwrap();
    let gone = sim.add_contact("hope", ContactSeed::with_email("gone@example.org"), now).unwrap();
    sim.delete_contact("hope", gone, now).unwrap();
    let campaign = sim.add_campaign("hope", "Autumn", now).unwrap();
    let activity = campaign.campaign_activity_id;
    sim.add_bounce("hope", gone, BounceCode::B, activity, now).unwrap();
    sim.unsubscribe(
        "hope",
        gone,
        OptOut { source: Source::Contact, reason: Some("Other"), through: Some(activity) },
        now,
    )
    .unwrap();
    (World { sim, now, token }, dana.to_string(), activity.to_string())
}

/// Checks `answer` against a definition; the whole document is the schema's root, so that `$ref`s resolve.
fn hold(contract: &Value, definition: &str, answer: &Value) {
    let mut schema = contract.clone();
    schema["$ref"] = json!(format!("#/definitions/{definition}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{definition}: {errors:#?}\n{answer:#}");
    let schema = &contract["definitions"][definition];
    assert_known(contract, schema, answer, definition);
}

/// Nothing may be invented: every field of `answer` is in the contract, at any depth.
fn assert_known(contract: &Value, schema: &Value, answer: &Value, at: &str) {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return assert_known(contract, &contract["definitions"][name], answer, at);
    }
    if let (Some(fields), Some(properties)) = (answer.as_object(), schema["properties"].as_object()) {
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            let property = properties.get(name).unwrap_or_else(|| panic!("{at} is not in the contract"));
            assert_known(contract, property, value, &at);
        }
    }
    for item in answer.as_array().into_iter().flatten() {
        assert_known(contract, &schema["items"], item, at);
    }
}

#[test]
fn answers_keep_the_contract() {
    let Some(contract) = contract() else { return };
    let (mut world, dana, activity) = full_world();
    let include = "include=custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes";
    let lists = "/v3/contact_lists?status=all&include_count=true&include_membership_count=all";
    let details = "activity_details?tracking_activities_list=em_bounces";
    let reads = [
        ("Contacts", format!("/v3/contacts?status=all&{include}&include_count=true&limit=2")),
        ("Contacts", "/v3/contacts?status=deleted".to_owned()),
        ("ContactResource", format!("/v3/contacts/{dana}?{include}")),
        ("ContactsCounts", "/v3/contacts/counts?include=new_subscriber".to_owned()),
        ("ContactListArray", lists.to_owned()),
        ("CustomFields", "/v3/contact_custom_fields".to_owned()),
        ("Tags", "/v3/contact_tags?include_count=true".to_owned()),
        ("PagedEmailCampaignResponse", "/v3/emails".to_owned()),
        ("BulkEmailCampaignSummariesPage", "/v3/reports/summary_reports/email_campaign_summaries".to_owned()),
        ("BouncesTrackingActivitiesPage", format!("/v3/reports/email_reports/{activity}/tracking/bounces")),
        ("OptoutsTrackingActivitiesPage", format!("/v3/reports/email_reports/{activity}/tracking/optouts")),
        ("ContactTrackingActivitiesPage", format!("/v3/reports/contact_reports/{dana}/{details}")),
        ("Customer", "/v3/account/summary".to_owned()),
        ("UserPrivilegesResource", "/v3/account/user/privileges".to_owned()),
    ];
    for (definition, path) in reads {
        let (status, answer) = world.ask(Method::Get, &path, None);
        assert_eq!(status, 200, "{path}: {answer}");
        hold(&contract, definition, &answer);
    }
    let (_, lists) = world.ask(Method::Get, "/v3/contact_lists", None);
    let list = &lists["lists"][0]["list_id"];
    let put = json!({"update_source": "Account", "first_name": "Dana"});
    let source = json!({"source": {"contact_ids": [dana]}, "list_ids": [list]});
    let sign_up = json!({"email_address": "new@example.org", "list_memberships": [list]});
    let writes = [
        (Method::Put, format!("/v3/contacts/{dana}"), put, 200, "ContactResource"),
        (Method::Post, "/v3/activities/add_list_memberships".into(), source, 201, "ActivityListsMembership"),
        (Method::Post, "/v3/contacts/sign_up_form".into(), sign_up, 201, "ContactCreateOrUpdateResponse"),
    ];
    for (method, path, body, expected, definition) in writes {
        let (status, answer) = world.ask(method, &path, Some(body));
        assert_eq!(status, expected, "{path}: {answer}");
        hold(&contract, definition, &answer);
    }
    let (status, answer) = world.ask(Method::Get, "/v3/contacts?limit=501", None);
    assert_eq!(status, 400);
    hold(&contract, "APIErrorSchema", &answer);
    world.token.clear();
    let (status, answer) = world.ask(Method::Get, "/v3/contacts", None);
    assert_eq!(status, 401);
    hold(&contract, "AuthorizationErrorSchema", &answer);
}

#[test]
fn routes_and_parameters_are_those_of_the_contract() {
    let Some(contract) = contract() else { return };
    for route in CcSimulator::routes() {
        let path = &contract["paths"][route.pattern];
        let operation = &path[route.method.as_str().to_lowercase()];
        assert!(operation.is_object(), "{route:?} is not in the contract");
        let parameters = [&operation["parameters"], &path["parameters"]];
        let known: BTreeSet<&str> = parameters
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        for name in route.parameters {
            // Cursors come from links and are in no list of parameters.
            assert!(*name == "cursor" || known.contains(name), "{route:?} has no parameter {name}");
        }
    }
}
