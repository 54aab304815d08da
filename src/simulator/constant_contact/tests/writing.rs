//! Single writes: PUT, POST, DELETE, sign-up form, resubscribe.

use serde_json::json;

use super::{super::*, World};
use crate::{
    simulator::{ids::Uuid, wire::SimRequest},
    transport::Method,
};

fn put(world: &mut World, id: Uuid, body: &serde_json::Value) -> (u16, serde_json::Value) {
    world.write(Method::Put, &format!("/v3/contacts/{id}"), body)
}

#[test]
fn put_nulls_what_was_left_out_and_keeps_sub_resources() {
    let mut world = World::new();
    let list = world.list("News");
    let mut seed = ContactSeed::with_email("dana@example.org").named("Dana", "Lee").on_lists(&[list]);
    seed.profile.job_title = Some("Cellist".into());
    seed.notes = vec!["hello".into()];
    let dana = world.add(seed);
    world.pass(60);
    let (status, body) = put(&mut world, dana, &json!({"first_name": "Dana", "update_source": "Account"}));
    assert_eq!(status, 200, "{body}");
    assert!(body.get("last_name").is_none() && body.get("job_title").is_none());
    assert_eq!(body["list_memberships"], json!([list]));
    assert_eq!(body["notes"][0]["content"], json!("hello"));
    assert_eq!(body["email_address"]["address"], json!("dana@example.org"), "kept (GUESS)");
    assert_eq!(body["updated_at"], json!("2026-11-20T10:01:00Z"));
    let (_, body) = put(&mut world, dana, &json!({"update_source": "Account", "list_memberships": []}));
    assert_eq!(body["list_memberships"], json!([]));
    world.sim.switches.put_without_email_clears_it = true;
    let (_, body) = put(&mut world, dana, &json!({"update_source": "Account"}));
    assert!(body.get("email_address").is_none());
}

#[test]
fn put_wants_a_source_and_refuses_without_effect() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let before = format!("{:?}", world.contact(dana));
    let long = "x".repeat(51);
    for (bad, status) in [
        (json!({"first_name": "D"}), 400),
        (json!({"update_source": "System"}), 400),
        (json!({"update_source": "Account", "first_name": long}), 400),
        (json!({"update_source": "Account", "email_address": {"address": "nonsense"}}), 400),
        (
            json!({"update_source": "Account", "list_memberships": ["af73e650-96f0-11ef-b2a0-fa163eafb85e"]}),
            400,
        ),
        (json!({"update_source": "Account", "birthday_month": 3}), 400),
    ] {
        assert_eq!(put(&mut world, dana, &bad).0, status, "{bad}");
    }
    let path = format!("/v3/contacts/{dana}");
    let mut plain = SimRequest::new(Method::Put, &path);
    plain.body = b"{}".to_vec();
    assert_eq!(world.send(plain).status(), 415);
    assert_eq!(format!("{:?}", world.contact(dana)), before);
    assert_eq!(world.sim.account("hope").unwrap().writes, 0);
}

#[test]
fn put_unsubscribes_and_whose_opt_out_it_is_decides_the_way_back() {
    let mut world = World::new();
    let list = world.list("News");
    let dana = world.add(ContactSeed::with_email("dana@example.org").on_lists(&[list]));
    world.pass(60);
    let opt_out = |source: &str| {
        json!({"update_source": source, "email_address": {
            "address": "dana@example.org", "permission_to_send": "unsubscribed", "opt_out_reason": "CRM"}})
    };
    let opt_in = json!({"update_source": "Account", "email_address": {
        "address": "dana@example.org", "permission_to_send": "implicit"}});
    let (status, body) = put(&mut world, dana, &opt_out("Account"));
    assert_eq!(status, 200);
    assert_eq!(body["email_address"]["opt_out_source"], json!("Account"));
    assert_eq!(body["list_memberships"], json!([]));
    world.pass(60);
    let (_, again) = put(&mut world, dana, &opt_out("Account"));
    assert_eq!(again["email_address"]["opt_out_date"], json!("2026-11-20T10:01:00Z"), "the first one counts");
    let (status, body) = put(&mut world, dana, &opt_in);
    assert_eq!((status, &body["email_address"]["permission_to_send"]), (200, &json!("implicit")));
    assert!(body["email_address"].get("opt_out_date").is_none());

    assert_eq!(put(&mut world, dana, &opt_out("Contact")).0, 200);
    let (status, body) = put(&mut world, dana, &opt_in);
    assert_eq!((status, &body[0]["error_key"]), (409, &json!("contacts.api.conflict")));
    assert!(world.contact(dana).is_unsubscribed());
    world.sim.switches.put_refuses_to_lift_own_opt_out = false;
    assert_eq!(put(&mut world, dana, &opt_in).0, 200);
}

#[test]
fn put_revives_a_deleted_contact() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    assert_eq!(world.send(SimRequest::new(Method::Delete, &format!("/v3/contacts/{dana}"))).status(), 204);
    assert!(world.contact(dana).deleted_at.is_some());
    assert_eq!(put(&mut world, dana, &json!({"update_source": "Contact"})).0, 400);
    assert_eq!(put(&mut world, dana, &json!({"update_source": "Account", "first_name": "D"})).0, 200);
    assert!(world.contact(dana).deleted_at.is_none());
}

#[test]
fn an_address_belongs_to_one_contact_even_when_deleted() {
    let mut world = World::new();
    let gone = world.person("gone@example.org");
    let now = world.now;
    world.sim.delete_contact("hope", gone, now).unwrap();
    let body = json!({"create_source": "Account", "email_address": {"address": "Gone@Example.org"}});
    let (status, answer) = world.write(Method::Post, "/v3/contacts", &body);
    assert_eq!(status, 409);
    let message = answer[0]["error_message"].as_str().unwrap();
    assert_eq!(message, format!("Validation failed: Email already exists for contact {gone}"));
    assert_eq!(world.write(Method::Post, "/v3/contacts", &json!({"first_name": "A"})).0, 400);
    let body = json!({"create_source": "Account", "email_address": {"address": "new@example.org"}});
    let (status, answer) = world.write(Method::Post, "/v3/contacts", &body);
    assert_eq!((status, &answer["email_address"]["opt_in_source"]), (201, &json!("Account")));
    let other = world.person("other@example.org");
    let taken = json!({"update_source": "Account", "email_address": {"address": "new@example.org"}});
    assert_eq!(put(&mut world, other, &taken).0, 409);
}

#[test]
fn a_new_address_frees_the_old_one() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let now = world.pass(60);
    world.sim.change_email("hope", dana, "dana@new.org", now).unwrap();
    assert_eq!(
        world.contact(dana).updated_at.to_string(),
        "2026-11-20T10:00:00Z",
        "not seen by updated_after"
    );
    assert!(world.addresses("/v3/contacts?email=dana@example.org").is_empty());
    assert_eq!(world.addresses("/v3/contacts?email=DANA@new.org"), ["dana@new.org"]);
    let second = world.person("dana@example.org");
    let taken = world.sim.change_email("hope", second, "dana@new.org", now);
    assert_eq!(taken, Err(EditError::AddressTaken(dana)));
}

#[test]
fn sign_up_forces_explicit_and_adds() {
    let mut world = World::new();
    let (news, gala) = (world.list("News"), world.list("Gala"));
    let dana = world.add(ContactSeed::with_email("dana@example.org").named("Dana", "Lee").on_lists(&[news]));
    let now = world.pass(60);
    world.sim.unsubscribe("hope", dana, OptOut::by(Source::Contact), now).unwrap();
    world.sim.delete_contact("hope", dana, now).unwrap();
    world.pass(60);
    let body = json!({"email_address": "dana@example.org", "last_name": "Lim", "list_memberships": [gala]});
    let (status, answer) = world.write(Method::Post, "/v3/contacts/sign_up_form", &body);
    assert_eq!((status, &answer["action"]), (200, &json!("updated")));
    let contact = world.contact(dana);
    assert_eq!(contact.permission(), Some(Permission::Explicit));
    let email = contact.email.as_ref().unwrap();
    assert_eq!((email.opt_in_source, email.opt_out_date), (Some(Source::Contact), None));
    assert_eq!(email.opt_in_date.unwrap().to_string(), "2026-11-20T10:02:00Z");
    assert_eq!(
        (contact.profile.first_name.as_deref(), contact.profile.last_name.as_deref()),
        (Some("Dana"), Some("Lim"))
    );
    assert_eq!((contact.deleted_at, contact.lists.as_slice()), (None, [gala].as_slice()));
    world.sim.switches.confirmed_opt_in = true;
    let body = json!({"email_address": "new@example.org", "list_memberships": [gala]});
    let (status, answer) = world.write(Method::Post, "/v3/contacts/sign_up_form", &body);
    assert_eq!((status, &answer["action"]), (201, &json!("created")));
    assert_eq!(world.addresses("/v3/contacts?status=pending_confirmation"), ["new@example.org"]);
    assert_eq!(
        world.write(Method::Post, "/v3/contacts/sign_up_form", &json!({"email_address": "a@b.org"})).0,
        400
    );
}

#[test]
fn one_resubscribe_email_and_the_person_confirms() {
    let mut world = World::new();
    let news = world.list("News");
    let dana = world.person("dana@example.org");
    let path = format!("/v3/contacts/resubscribe/{dana}");
    let body = json!({"list_ids": [news]});
    assert_eq!(world.write(Method::Put, &path, &body).0, 400, "not unsubscribed");
    let now = world.pass(60);
    world.sim.unsubscribe("hope", dana, OptOut::by(Source::Contact), now).unwrap();
    assert_eq!(world.write(Method::Put, &path, &body).0, 200);
    assert!(world.contact(dana).is_unsubscribed(), "until the person confirms");
    assert_eq!(world.write(Method::Put, &path, &body).0, 409, "one email ever");
    let now = world.pass(60);
    world.sim.resubscribe("hope", dana, Proof::Confirmed, now).unwrap();
    let contact = world.contact(dana);
    assert_eq!(
        (contact.permission(), contact.lists.as_slice()),
        (Some(Permission::Explicit), [news].as_slice())
    );
    assert_eq!(contact.email.as_ref().unwrap().opt_in_date.unwrap().timestamp(), now);
    assert!(contact.updated_at.timestamp() < now, "updated_after misses it too");
}

#[test]
fn erased_contacts_are_unknown() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    world.sim.erase_contact("hope", dana).unwrap();
    assert_eq!(world.status(&format!("/v3/contacts/{dana}")), 404);
    assert!(world.addresses("/v3/contacts?status=all").is_empty());
    world.person("dana@example.org");
    assert_eq!(world.addresses("/v3/contacts").len(), 1);
}
