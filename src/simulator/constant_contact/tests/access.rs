//! Tokens, limits, scopes and faults.

use serde_json::{Value, json};

use super::{super::*, World};
use crate::{
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        wire::{Cut, SimRequest},
    },
    transport::Method,
};

fn token(world: &mut World, pairs: &[(&str, &str)]) -> (u16, Value) {
    let request = SimRequest::new(Method::Post, "/oauth/token")
        .with_header("authorization", format!("Basic {}", data_encoding::BASE64.encode(b"key:secret")))
        .with_form(pairs);
    let answer = world.sim.handle(&request, world.now);
    (answer.status(), answer.value())
}

fn refresh(world: &mut World, refresh_token: &str) -> (u16, Value) {
    token(world, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

#[test]
fn refresh_tokens_are_single_use() {
    let mut world = World::new();
    let (status, first) = refresh(&mut world, "first");
    assert_eq!((status, &first["expires_in"], &first["token_type"]), (200, &json!(86_400), &json!("Bearer")));
    let length = first["access_token"].as_str().unwrap().len();
    assert!((1_000..=1_200).contains(&length), "{length}");
    let next = first["refresh_token"].as_str().unwrap().to_owned();
    let (status, spent) = refresh(&mut world, "first");
    assert_eq!(status, 400);
    let expect =
        json!({"error": "invalid_grant", "error_description": "The refresh token is invalid or expired."});
    assert_eq!(spent, expect);
    assert_eq!(world.sim.refresh_tokens("hope"), [next.as_str()]);
    let (status, second) = refresh(&mut world, &next);
    assert_eq!(status, 200);
    world.sim.switches.reuse_revokes_grant = true;
    assert_eq!(refresh(&mut world, &next).0, 400);
    assert_eq!(refresh(&mut world, second["refresh_token"].as_str().unwrap()).0, 400, "the grant is gone");
}

#[test]
fn long_lived_tokens_stay_until_they_idle() {
    let mut world = World::new();
    world.sim.switches.rotating_refresh_tokens = false;
    for _ in 0..3 {
        assert_eq!(refresh(&mut world, "first").1["refresh_token"], json!("first"));
        world.pass(179 * 86_400);
    }
    world.pass(86_400);
    assert_eq!(refresh(&mut world, "first").1["error"], json!("invalid_grant"));
}

#[test]
fn access_tokens_live_a_day() {
    let mut world = World::new();
    assert_eq!(world.status("/v3/contacts"), 200);
    world.pass(86_399);
    assert_eq!(world.status("/v3/contacts"), 200);
    world.pass(1);
    let answer = world.send(SimRequest::new(Method::Get, "/v3/contacts"));
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.value(), json!({"error_key": "unauthorized", "error_message": "Unauthorized"}));
}

#[test]
fn the_consent_page_redirects_with_a_code_of_five_minutes() {
    let mut world = World::new();
    let consent = |world: &mut World, scope: &str| {
        let path = format!(
            "/oauth/authorize?client_id=key&redirect_uri=http%3A%2F%2Fhere%2Fback&response_type=code&scope={scope}&state=s1"
        );
        let answer = world.sim.handle(&SimRequest::new(Method::Get, &path), world.now);
        assert_eq!(answer.status(), 302);
        let location = url::Url::parse(answer.response.header("location").unwrap()).unwrap();
        let pairs: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(pairs["state"], "s1");
        pairs
    };
    let redeem = |world: &mut World, code: &str, uri: &str| {
        token(world, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri)])
    };
    let code = consent(&mut world, "contact_data+offline_access")["code"].clone();
    world.pass(299);
    let (status, body) = redeem(&mut world, &code, "http://here/back");
    assert_eq!(status, 200, "{body}");
    assert!(body["refresh_token"].is_string());
    assert_eq!(redeem(&mut world, &code, "http://here/back").0, 400, "once");
    assert_eq!(refresh(&mut world, "first").0, 400, "a new consent ends older grants");

    let code = consent(&mut world, "contact_data")["code"].clone();
    assert!(redeem(&mut world, &code, "http://here/back").1.get("refresh_token").is_none());
    let code = consent(&mut world, "contact_data")["code"].clone();
    world.pass(300);
    assert_eq!(redeem(&mut world, &code, "http://here/back").0, 400, "too late");
    let code = consent(&mut world, "contact_data")["code"].clone();
    assert_eq!(redeem(&mut world, &code, "http://elsewhere/").0, 400);
    world.sim.switches.deny_consent = true;
    assert_eq!(consent(&mut world, "contact_data")["error"], "access_denied");
}

#[test]
fn clients_are_checked_once_known() {
    let mut world = World::new();
    world.sim.add_client("key", "other");
    let (status, body) = refresh(&mut world, "first");
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    world.sim.add_client("key", "secret");
    assert_eq!(refresh(&mut world, "first").0, 200);
}

#[test]
fn all_accounts_share_the_limits_of_a_key() {
    let mut world = World::new();
    world.sim.limits = Limits { per_second: 4, per_day: 9 };
    let seed = AccountSeed { name: "faith".into(), ..AccountSeed::default() };
    world.sim.add_account(&seed, world.now).unwrap();
    let tokens = [world.token.clone(), world.sim.access_token("faith", "key", world.now)];
    let ask = |world: &mut World| {
        world.token = tokens[usize::from(world.token == tokens[0])].clone();
        world.send(SimRequest::new(Method::Get, "/v3/contacts"))
    };
    for _ in 0..4 {
        assert_eq!(ask(&mut world).status(), 200);
    }
    let limited = ask(&mut world);
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.value(), json!({"error_key": "throttled", "error_message": "Too Many Requests"}));
    let names: Vec<_> = limited.response.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "date"], "nothing says when to come back");
    world.pass(1);
    for _ in 0..4 {
        assert_eq!(ask(&mut world).status(), 200);
    }
    world.pass(1);
    let spent = ask(&mut world);
    assert_eq!(spent.value(), json!({"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}));
    world.now = world.now.next_utc_midnight();
    assert_eq!(ask(&mut world).status(), 200);
    assert_eq!(world.sim.tally().total(None), 11);
    let count = world.sim.tally().of("hope", "GET", "/contacts");
    assert_eq!(
        (count.calls + world.sim.tally().of("faith", "GET", "/contacts").calls, count.refused),
        (11, 0)
    );
}

#[test]
fn scopes_privileges_and_states_give_403() {
    let mut world = World::new();
    let seed = AccountSeed {
        name: "poor".into(),
        scope: "contact_data".into(),
        refresh_token: "p".into(),
        ..AccountSeed::default()
    };
    world.sim.add_account(&seed, world.now).unwrap();
    world.token = refresh(&mut world, "p").1["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.status("/v3/contacts"), 200);
    assert_eq!(world.status("/v3/emails"), 403);
    assert_eq!(world.status("/v3/nothing"), 403);
    world.sim.account_mut("poor").unwrap().privileged = false;
    assert_eq!(world.status("/v3/contacts"), 403);
    assert_eq!(world.status("/v3/account/user/privileges"), 200);
    world.sim.account_mut("poor").unwrap().enabled = false;
    assert_eq!(world.status("/v3/account/user/privileges"), 403);
    world.sim.revoke_grants("poor");
    assert_eq!(world.status("/v3/contacts"), 401);
}

#[test]
fn faults_hit_with_and_without_effect() {
    let mut world = World::new();
    let body = json!({"create_source": "Account", "first_name": "A"});
    let post = || SimRequest::new(Method::Post, "/v3/contacts").with_json(&body);
    let people = |world: &World| world.sim.account("hope").unwrap().roster.len();
    let fault = |world: &mut World, kind| {
        world.sim.faults.add(Fault::once(System::ConstantContact, kind).on("/v3/contacts"));
    };
    fault(&mut world, FaultKind::DropBefore);
    assert_eq!(world.send(post()).cut, Some(Cut::BeforeEffect));
    assert_eq!(people(&world), 0);
    fault(&mut world, FaultKind::DropAfter);
    assert_eq!(world.send(post()).cut, Some(Cut::AfterEffect));
    assert_eq!(people(&world), 1);
    fault(&mut world, FaultKind::Status { status: 500, body: ErrorBody::Array });
    let answer = world.send(post());
    assert_eq!(answer.status(), 500);
    assert!(answer.value().is_array() && answer.response.header("date").is_some());
    fault(&mut world, FaultKind::Malformed);
    assert_eq!(world.send(SimRequest::new(Method::Get, "/v3/contacts")).value(), Value::Null);
    assert_eq!(people(&world), 1);
}

#[test]
fn the_dump_shows_what_the_api_hides() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let now = world.pass(5);
    world.sim.unsubscribe("hope", dana, OptOut::by(Source::Contact), now).unwrap();
    let dump = world.sim.dump();
    let contact = &dump["accounts"]["hope"]["contacts"][0];
    assert_eq!(contact["email_address"]["opt_in_date"], json!("2026-11-20T10:00:00Z"));
    let same = CcSimulator::new(7).dump();
    assert_eq!(same, CcSimulator::new(7).dump());
}
