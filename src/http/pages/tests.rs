//! Every page over a store with people in it: what it says, what it escapes, whom it lets in, how large it is.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{body::to_bytes, test::TestRequest};

use crate::{
    auth::{Scope, api_token::ApiToken},
    config::{CustomerSettings, Environment},
    domain::{
        Cause, CcView, ContactId, CustomerRecord, Failure, Held, Observation, Pause, Permission, Reason,
        Rule, Stage, State, Subject,
    },
    http::tests::setup::{Setup, here, setup},
    store::Page,
};

/// What others could put into a name.
pub(super) const EVIL: &str = "<script>alert(1)</script>\"'&";
/// No page is larger.
const BYTES_MAX: usize = 100_000;

pub(super) async fn get(setup: &Setup, path: &str, bearer: Option<&str>) -> (u16, String) {
    let request = here(TestRequest::get().uri(path));
    let request = match bearer {
        Some(token) => request.insert_header(("Authorization", format!("Bearer {token}"))),
        None => request,
    };
    let response = setup.call(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    assert!(body.len() < BYTES_MAX, "{path}: {} bytes", body.len());
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("<script>alert"), "{path} shows a name unescaped: {text}");
    (status, text)
}

pub(super) async fn shown(setup: &Setup, path: &str) -> String {
    let (status, text) = get(setup, path, Some("sesame")).await;
    assert_eq!(status, 200, "{path}: {text}");
    for whole in [
        "<!doctype html>",
        "<html lang=\"en\"",
        "name=\"viewport\"",
        "Skip to the content",
        "<main",
        "</footer>",
    ] {
        assert!(text.contains(whole), "{path} lacks {whole}");
    }
    assert_eq!(text.matches("<h1>").count(), 1, "{path}");
    text
}

pub(super) async fn token(setup: &Setup, only: &[&str]) -> String {
    let only: BTreeSet<_> = only.iter().map(|id| id.parse().unwrap()).collect();
    let (token, text) = ApiToken::new(Scope::Read, only, setup.state.deps.clock.now(), None).unwrap();
    setup.state.deps.store.keep_api_token(token).await.unwrap();
    text.expose().to_owned()
}

/// Puts a customer with a file into the store.
pub(super) async fn customer(setup: &Setup, id: &str, name: &str) {
    let text = format!("name = {name:?}\ntime_zone = \"America/Chicago\"\n");
    let file = format!("{id}.toml");
    let settings = CustomerSettings::from_toml(&text, file.as_ref(), &Environment::default()).unwrap();
    setup.state.deps.store.enrol(id.parse().unwrap(), setup.state.deps.clock.now()).await.unwrap();
    let mut customers = setup.state.customers.write().unwrap();
    customers.retain(|one| one.id != settings.id);
    customers.push(Arc::new(settings));
    customers.sort_by(|one, other| one.id.cmp(&other.id));
}

pub(super) fn number(setup: &Setup, id: &str) -> u32 {
    setup.state.deps.store.customer(&id.parse().unwrap()).unwrap().unwrap().number
}

pub(super) async fn change(
    setup: &Setup,
    id: &str,
    change: impl FnOnce(&mut CustomerRecord) + Send + 'static,
) {
    setup.state.deps.store.of(number(setup, id)).update_customer(change).await.unwrap().unwrap();
}

/// Keeps people of the customer hope as pages of Constant Contact show them.
pub(super) async fn people(setup: &Setup, ids: std::ops::Range<usize>, edit: impl Fn(&mut CcView)) {
    let now = setup.state.deps.clock.now();
    let of = |id: usize| {
        let mut view = CcView {
            email: Some(format!("p{id}@example.org")),
            permission: Permission::Explicit,
            seen_at: now,
            ..CcView::default()
        };
        edit(&mut view);
        Observation::whole(ContactId::new(&id.to_string()), view, now.as_millis().unsigned_abs())
    };
    let rules = Arc::new(crate::domain::CustomerRules::default());
    let page = Page::apart(ids.map(of).collect());
    let store = &setup.state.deps.store;
    store.of(number(setup, "hope")).observe(page, rules, Stage::Observing, now).await.unwrap();
}

pub(super) async fn amend(setup: &Setup, id: usize, amend: impl FnOnce(&mut Subject) + Send + 'static) {
    let store = setup.state.deps.store.of(number(setup, "hope"));
    store.amend(ContactId::new(&id.to_string()), amend).await.unwrap().unwrap();
}

#[actix::test]
async fn without_customers_the_first_page_says_what_to_do() {
    let setup = setup("").await;
    let only_none = token(&setup, &["nobody"]).await;
    let (status, text) = get(&setup, "/", Some(&only_none)).await;
    assert_eq!(status, 200);
    assert!(text.contains("No customers yet") && text.contains("tandem customer apply"), "{text}");
    assert!(!text.contains("hope"), "{text}");
}

#[actix::test]
async fn b4_the_unwell_come_first_with_what_to_do_about_each() {
    let setup = setup("").await;
    let now = setup.state.deps.clock.now();
    for id in ["anchor", "brook", "cedar", "delta"] {
        customer(&setup, id, &format!("{} {EVIL}", id.to_uppercase())).await;
        change(&setup, id, |record| record.stage = Stage::Live).await;
        setup
            .state
            .deps
            .store
            .of(number(&setup, id))
            .save_token("refresh".to_owned(), None, None, now)
            .await
            .unwrap();
    }
    change(&setup, "delta", move |record| {
        let reason = Reason::about(Rule::B1, Cause::OffList, "CC: News");
        record.brake.held = Some(Held { since: now, count: 200, reason });
    })
    .await;
    change(&setup, "cedar", move |record| {
        let reason = Reason::about(Rule::B3, Cause::Decided, "paused by command");
        record.pause = Some(Pause::by_operator(reason, now));
    })
    .await;
    let text = shown(&setup, "/").await;
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(at(">DELTA ") < at(">CEDAR ") && at(">CEDAR ") < at("/customers/hope"), "{text}");
    assert!(at("/customers/hope") < at(">ANCHOR ") && at(">ANCHOR ") < at(">BROOK "), "{text}");
    assert!(text.contains("<code>tandem customer resume cedar</code>"), "{text}");
    assert!(text.contains("/customers/delta/questions\">Go there"), "{text}");
    assert!(
        text.contains("not connected") && text.contains("<code>tandem customer link hope</code>"),
        "{text}"
    );
    assert!(text.contains("&lt;script&gt;") || text.contains("&#60;script&#62;"), "{text}");
    assert!(text.contains("of 5 customers unwell") && text.contains("no opt-out waits"), "{text}");
    let unwell = shown(&setup, "/?show=unwell").await;
    assert!(unwell.contains(">DELTA ") && !unwell.contains(">ANCHOR "), "{unwell}");
    let found = shown(&setup, "/?search=ancho").await;
    assert!(found.contains(">ANCHOR ") && !found.contains(">DELTA "), "{found}");
    let none = shown(&setup, "/?search=%3Cb%3E").await;
    assert!(none.contains("No customer is here") && !none.contains("<b>”"), "{none}");
}

#[actix::test]
async fn three_hundred_unwell_customers_with_long_names_stay_small() {
    let setup = setup("").await;
    let now = setup.state.deps.clock.now();
    for one in 0..300 {
        let id = format!("nonprofit-with-a-long-name-{one:03}");
        customer(&setup, &id, &format!("{one:03} {}", "ä".repeat(76))).await;
        change(&setup, &id, move |record| {
            record.stage = Stage::Live;
            let reason =
                Reason::about(Rule::B3, Cause::Decided, "a reason as long as they come, said to staff");
            record.pause = Some(Pause::by_operator(reason, now));
        })
        .await;
    }
    let text = shown(&setup, "/").await;
    assert!(text.contains("301 customers") && text.contains("aria-label=\"Pages\""), "{text}");
    assert!(shown(&setup, "/?page=4").await.contains("/customers/hope"), "not connected comes after paused");
    assert!(shown(&setup, "/?page=99&show=unwell").await.contains("nonprofit-with-a-long-name-299"));
}

#[actix::test]
async fn a_customer_is_shown_with_its_people_in_a_line_and_its_readings() {
    let setup = setup("").await;
    customer(&setup, "hope", &format!("Hope {EVIL}")).await;
    let text = shown(&setup, "/customers/hope").await;
    assert!(text.contains("No subscriber was read yet") && text.contains("America/Chicago"), "{text}");
    assert!(text.contains("nothing is written to either system"), "{text}");
    people(&setup, 0..12, |_| {}).await;
    amend(&setup, 1, |subject| subject.state = State::InSync).await;
    amend(&setup, 2, |subject| subject.state = State::Review).await;
    let text = shown(&setup, "/customers/hope").await;
    assert!(text.contains("in step <b>1</b> · waits <b>10</b> · needs you <b>1</b>"), "{text}");
    assert!(text.contains("class=\"s-in_sync\"") && text.contains("Unsubscribed contacts"), "{text}");
    for path in ["/customers/nobody", "/customers/No%20Such", "/customers/hope/people/77"] {
        let (status, text) = get(&setup, path, Some("sesame")).await;
        assert!(status == 404 && text.contains("Not found"), "{path}: {status} {text}");
    }
}

#[actix::test]
async fn a_person_is_shown_side_by_side_with_the_rule_and_what_happened() {
    let setup = setup("").await;
    people(&setup, 0..1, |view| {
        (view.profile.first_name, view.profile.last_name) = ("Ann".to_owned(), EVIL.to_owned());
        view.permission = Permission::Unsubscribed;
        view.opt_out_reason = Some(EVIL.to_owned());
    })
    .await;
    let text = shown(&setup, "/customers/hope/people/0").await;
    assert!(text.contains("<h1>Ann ") && text.contains("p0@example.org"), "{text}");
    assert!(text.contains("opted out") && text.contains("no contact is known"), "{text}");
    assert!(text.contains("<details class=\"rule\"><summary>Rule "), "{text}");
    assert!(text.contains("<code>tandem import hope start</code>"), "{text}");
}

#[actix::test]
async fn questions_are_grouped_and_dead_letters_stand_by_cause() {
    let setup = setup("").await;
    let quiet = shown(&setup, "/customers/hope/questions").await;
    assert!(quiet.contains("Nothing waits for you"), "{quiet}");
    people(&setup, 0..700, |view| view.permission = Permission::Implicit).await;
    let at = setup.state.deps.clock.now();
    for id in 0..600 {
        amend(&setup, id, move |subject| {
            subject.work = None;
            if id < 400 {
                let reason = Reason::new(Rule::P3, Cause::UnprovedOptIn);
                (subject.state, subject.reason) = (State::Review, reason);
            } else {
                let (effect, response) = ("opt_out".to_owned(), format!("400 {EVIL}"));
                subject.failure = Some(Failure { effect, attempts: 18, response, at });
                subject.state = State::Failed;
            }
        })
        .await;
    }
    change(&setup, "hope", move |record| {
        let reason = Reason::about(Rule::B1, Cause::OffList, EVIL);
        record.brake.held = Some(Held { since: at, count: 188, reason });
    })
    .await;
    let text = shown(&setup, "/customers/hope/questions").await;
    assert!(text.contains("400 people: active in Constant Contact"), "{text}");
    assert!(
        text.contains("and 388 more") && text.contains("<code>tandem work hope accept CONTACT</code>"),
        "{text}"
    );
    assert!(text.contains("188 people wait at the brake"), "{text}");
    assert_eq!(text.matches("<tr class=\"bad\">").count(), 1, "one cause: {text}");
    assert!(text.contains("12 of 200"), "{text}");
}

#[actix::test]
async fn the_dry_run_says_that_nothing_was_written_and_why_what_would_be() {
    let setup = setup("").await;
    let none = shown(&setup, "/customers/hope/plan").await;
    assert!(none.contains("There is no plan yet") && none.contains("customer link hope"), "{none}");
    people(&setup, 0..3, |view| {
        (view.profile.first_name, view.profile.last_name) = ("Ann".into(), "Lee".into());
    })
    .await;
    let text = shown(&setup, "/customers/hope/plan").await;
    assert!(
        text.contains("Nothing was written.") && text.contains("<b>3</b> <span>contacts created"),
        "{text}"
    );
    assert!(text.contains("between 20:00 and 06:00") && text.contains("/customers/hope/people/"), "{text}");
    assert!(text.contains(">Ann Lee</a>"), "{text}");
    let (status, none) = get(&setup, "/customers/hope/plan", None).await;
    assert!(status == 401 && !none.contains("Ann Lee"), "names are for those that may see people: {none}");
}

#[actix::test]
async fn what_people_did_is_listed_page_by_page() {
    let setup = setup("").await;
    let none = shown(&setup, "/activity").await;
    assert!(none.contains("Nobody did anything yet"), "{none}");
    for verb in ["pause", "resume"] {
        let post = TestRequest::post().uri(&format!("/api/v1/customers/hope/{verb}"));
        assert_eq!(setup.status(setup.admin(post)).await, 200);
    }
    for path in ["/activity", "/activity?customer=hope"] {
        let text = shown(&setup, path).await;
        assert!(text.contains("customer pause") && text.contains("admin"), "{path}: {text}");
    }
    let (status, _) = get(&setup, "/activity?customer=nobody", Some("sesame")).await;
    assert_eq!(status, 404);
}

/// Every page of a customer, and those of all.
const OF_HOPE: [&str; 7] = [
    "/customers/hope",
    "/customers/hope/questions",
    "/customers/hope/plan",
    "/customers/hope/people/0",
    "/customers/hope/settings",
    "/customers/hope/connect",
    "/activity?customer=hope",
];

#[actix::test]
async fn people_are_shown_to_callers_that_may_see_them_and_a_hidden_customer_is_as_if_not_there() {
    let setup = setup("").await;
    customer(&setup, "mercy", "Mercy of the Seas").await;
    people(&setup, 0..1, |_| {}).await;
    let (of_mercy, of_hope) = (token(&setup, &["mercy"]).await, token(&setup, &["hope"]).await);
    for path in OF_HOPE {
        let (status, text) = get(&setup, path, Some(&of_hope)).await;
        assert_eq!(status, 200, "{path}: {text}");
        let (hidden, text) = get(&setup, path, Some(&of_mercy)).await;
        let (missing, other) = get(&setup, &path.replace("hope", "nobody"), Some(&of_mercy)).await;
        assert_eq!((hidden, missing), (404, 404), "{path}");
        assert_eq!(text.replace("hope", "nobody"), other, "{path}: as one that is not there");
        // Without a token this machine sees counts and no people.
        let (open, _) = get(&setup, path, None).await;
        assert_eq!(open, if path == "/customers/hope" { 200 } else { 401 }, "{path}");
        assert_eq!(get(&setup, path, Some("wrong")).await.0, 401, "{path}");
    }
    let (_, list) = get(&setup, "/", Some(&of_hope)).await;
    assert!(list.contains("hope") && !list.contains("ercy"), "{list}");
    let (_, done) = get(&setup, "/activity", Some(&of_hope)).await;
    assert!(!done.contains("ercy"), "{done}");
}
