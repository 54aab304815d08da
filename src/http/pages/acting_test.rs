//! What the buttons of pages do, and the list of people, for browsers that are signed in.

use actix_web::{body::to_bytes, dev::ServiceResponse, test::TestRequest};

use super::tests::{EVIL, amend, change, customer, people, shown, token};
use crate::{
    domain::{Cause, ContactId, Failure, Held, Permission, Reason, Rule, State},
    http::tests::setup::{Setup, setup},
};

async fn text(response: ServiceResponse) -> (u16, String) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// A browser that is signed in.
struct Browser<'a> {
    setup: &'a Setup,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn of(setup: &'a Setup, token: &str) -> Self {
        let sent = TestRequest::post().uri("/sign-in").set_form([("token", token)]);
        let response = setup.call(sent).await;
        assert_eq!(response.status(), 303);
        let line = response.headers().get("set-cookie").unwrap().to_str().unwrap();
        Self { setup, cookie: line.split(';').next().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let request = TestRequest::get().uri(path).insert_header(("Cookie", self.cookie.clone()));
        text(self.setup.call(request).await).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let request = TestRequest::post().uri(path).insert_header(("Cookie", self.cookie.clone()));
        text(self.setup.call(request.set_form(fields)).await).await
    }

    /// Sends a form of a page, with its CSRF token.
    async fn act(&self, fields: &[(&str, &str)]) -> (u16, String) {
        let (_, page) = self.get("/customers/hope").await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a page with a form");
        let mut all = vec![("csrf", rest.split('"').next().unwrap())];
        all.extend(fields);
        self.send("/customers/hope/do", &all).await
    }
}

/// What a page that asks is about, as its form sends it.
fn told(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"people\" value=\"").expect("a page that asks");
    rest.split('"').next().unwrap().to_owned()
}

fn state_of(setup: &Setup, id: &str) -> State {
    let number = setup.state.deps.store.customer(&"hope".parse().unwrap()).unwrap().unwrap().number;
    let store = setup.state.deps.store.of(number);
    let subject = store.subject(&ContactId::new(id)).unwrap().unwrap();
    assert!(subject.decided().is_none() || subject.work.is_some() || subject.state == State::Review);
    if subject.decided().is_some() { State::Pending } else { subject.state }
}

/// So many people with one question.
async fn asked(setup: &Setup, many: usize) {
    people(setup, 0..many, |view| view.permission = Permission::Implicit).await;
    for id in 0..many {
        amend(setup, id, |subject| {
            let reason = Reason::new(Rule::P3, Cause::UnprovedOptIn);
            (subject.state, subject.reason, subject.work) = (State::Review, reason, None);
        })
        .await;
    }
}

#[actix::test]
async fn a_question_is_answered_for_many_after_a_page_that_says_what_will_be_written() {
    let setup = setup("").await;
    asked(&setup, 70).await;
    let admin = Browser::of(&setup, "sesame").await;
    let (status, page) = admin.get("/customers/hope/questions").await;
    assert!(status == 200 && page.contains("Accept, all 70"), "{page}");
    assert!(page.contains("opts the address in in Virtuous"), "{page}");
    let reason = Cause::UnprovedOptIn.text();
    let fields = [("what", "accept"), ("rule", "P3"), ("reason", reason)];
    let (status, page) = admin.act(&fields).await;
    assert!(
        status == 200 && page.contains("<h1>Accept?</h1>") && page.contains("<b>70</b> people"),
        "{page}"
    );
    assert!(page.contains("opts the address in in Virtuous") && page.contains("and 10 more"), "{page}");
    assert_eq!(state_of(&setup, "3"), State::Review, "nothing is done yet");
    let sure = |people| [fields[0], fields[1], fields[2], ("sure", "yes"), ("people", people)];
    // As many people, of whom one is another.
    let of_page = told(&page);
    amend(&setup, 69, |subject| subject.state = State::InSync).await;
    people(&setup, 70..71, |view| view.permission = Permission::Implicit).await;
    amend(&setup, 70, |subject| {
        let reason = Reason::new(Rule::P3, Cause::UnprovedOptIn);
        (subject.state, subject.reason, subject.work) = (State::Review, reason, None);
    })
    .await;
    let (_, page) = admin.act(&sure(&of_page)).await;
    assert!(page.contains("it is about other people"), "{page}");
    assert_eq!(state_of(&setup, "3"), State::Review);
    let of_page = told(&page);
    let (status, page) = admin.act(&sure(&of_page)).await;
    assert!(status == 200 && page.contains("<h1>Done</h1>") && page.contains("70 done"), "{page}");
    assert_ne!(state_of(&setup, "3"), State::Review);
    let (status, _) = admin.act(&sure(&of_page)).await;
    assert_eq!(status, 409, "nobody waits any more");
    let activity = shown(&setup, "/activity?customer=hope").await;
    assert!(activity.contains("work accept") && activity.contains("admin"), "{activity}");
}

#[actix::test]
async fn dead_letters_the_brake_and_the_customer_have_their_buttons() {
    let setup = setup("").await;
    customer(&setup, "hope", "Hope").await;
    people(&setup, 0..2, |_| {}).await;
    let at = setup.state.deps.clock.now();
    for id in 0..2 {
        amend(&setup, id, move |subject| {
            let (effect, response) = ("opt_out".to_owned(), format!("400 {EVIL} "));
            subject.failure = Some(Failure { effect, attempts: 3, response, at });
            (subject.state, subject.work) = (State::Failed, None);
        })
        .await;
    }
    let reason = Reason::about(Rule::B1, Cause::OffList, "CC: News");
    change(&setup, "hope", move |record| record.brake.held = Some(Held { since: at, count: 3, reason }))
        .await;
    let of_hope = setup.state.deps.store.of_named(&"hope".parse().unwrap()).unwrap().unwrap();
    of_hope.save_token("refresh".to_owned(), None, None, at).await.unwrap();
    let admin = Browser::of(&setup, "sesame").await;
    let response = format!("400 {EVIL} ");
    let letters = [("what", "retry"), ("effect", "opt_out"), ("response", &response)];
    let (_, page) = admin.act(&letters).await;
    assert!(page.contains("<b>2</b> people") && page.contains("reads both systems again"), "{page}");
    assert!(!page.contains("<script>alert"), "{page}");
    let of_page = told(&page);
    let sure = [letters[0], letters[1], letters[2], ("sure", "yes"), ("people", &of_page)];
    assert!(admin.act(&sure).await.1.contains("2 done"));
    let brake = [("what", "accept"), ("item", "brake")];
    let (_, page) = admin.act(&brake).await;
    assert!(page.contains("that the brake holds since") && page.contains("3 held"), "{page}");
    let sure = [brake[0], brake[1], ("sure", "yes"), ("people", &told(&page))];
    let (status, page) = admin.act(&sure).await;
    assert!(status == 200 && page.contains("<h1>Done</h1>"), "{page}");
    for (what, word) in [("pause", "Pause?"), ("resume", "Resume?"), ("start-import", "Start the import?")] {
        let (_, page) = admin.act(&[("what", what)]).await;
        assert!(page.contains(word), "{page}");
        let sure = [("what", what), ("sure", "yes"), ("people", &*told(&page))];
        let (status, page) = admin.act(&sure).await;
        assert!(status == 200 && page.contains("<h1>Done</h1>"), "{what}: {page}");
    }
    assert_eq!(admin.act(&[("what", "remove")]).await.0, 400, "no page does that");
    assert_eq!(admin.act(&[("what", "drop"), ("item", "77")]).await.0, 404);
}

#[actix::test]
async fn a_button_needs_its_session_its_page_and_the_scope() {
    let setup = setup("").await;
    customer(&setup, "mercy", "Mercy").await;
    let read = token(&setup, &[]).await;
    let reader = Browser::of(&setup, &read).await;
    let (_, page) = reader.get("/customers/hope").await;
    assert!(page.contains("Sign out") && !page.contains("/do\""), "what only reads has no buttons: {page}");
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap();
    let admin = Browser::of(&setup, "sesame").await;
    let (_, asking) = admin.act(&[("what", "pause")]).await;
    let of_page = told(&asking);
    let pause = [("csrf", csrf), ("what", "pause"), ("sure", "yes"), ("people", &of_page)];
    assert_eq!(reader.send("/customers/hope/do", &pause).await.0, 403);
    assert_eq!(admin.send("/customers/hope/do", &pause).await.0, 403, "another session's page");
    assert_eq!(admin.send("/customers/hope/do", &pause[1..]).await.0, 403, "no page");
    let stranger = Browser { setup: &setup, cookie: "tandem_session=0".to_owned() };
    assert_eq!(stranger.send("/customers/hope/do", &pause).await.0, 303, "the way leads through the sign-in");
    assert!(setup.state.deps.store.customer(&"hope".parse().unwrap()).unwrap().unwrap().pause.is_none());
    let of_mercy = Browser::of(&setup, &token(&setup, &["mercy"]).await).await;
    for path in [
        "/customers/hope",
        "/customers/hope/people",
        "/customers/hope/people.csv",
        "/customers/hope/questions",
    ] {
        assert_eq!(of_mercy.get(path).await.0, 404, "{path}");
    }
    assert_eq!(of_mercy.get("/customers/mercy/people").await.0, 200);
}

#[actix::test]
async fn people_are_found_filtered_and_given_as_a_table() {
    let setup = setup("").await;
    let none = shown(&setup, "/customers/hope/people").await;
    assert!(none.contains("No subscriber was read yet"), "{none}");
    people(&setup, 0..150, |view| view.profile.last_name = format!("=SUM(1) {EVIL}")).await;
    amend(&setup, 7, |subject| subject.state = State::Held).await;
    let text = shown(&setup, "/customers/hope/people").await;
    assert!(text.contains("Further people") && text.contains("p10@example.org"), "{text}");
    let held = shown(&setup, "/customers/hope/people?state=held").await;
    assert!(held.contains("p7@example.org") && !held.contains("p8@example.org"), "{held}");
    let admin = Browser::of(&setup, "sesame").await;
    let search = async |text: &str| admin.send("/customers/hope/people", &[("search", text)]).await;
    let (status, found) = search("p42@example").await;
    assert!(status == 200 && found.contains("/people/42\"") && !found.contains("/people/43\""), "{found}");
    assert!(search("nobody@").await.1.contains("Nobody is found"));
    assert_eq!(admin.get("/customers/hope/people?state=gone").await.0, 400);
    let (status, table) = admin.get("/customers/hope/people.csv").await;
    assert_eq!((status, table.lines().count()), (200, 151), "{table}");
    assert!(table.starts_with("email,id,name,") && table.contains("\"'=SUM(1)"), "{table}");
    let (_, table) = admin.get("/customers/hope/people.csv?state=held").await;
    assert_eq!(table.lines().count(), 2, "{table}");
}
