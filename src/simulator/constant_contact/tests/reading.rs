//! Reading contacts, lists, counts and reports.

use serde_json::json;

use super::{super::*, World};
use crate::{
    domain::Timestamp,
    simulator::{ids::Stamp, wire::SimRequest},
    transport::Method,
};

#[test]
fn updated_after_misses_unsubscribes_and_optout_after_finds_them() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let since = world.pass(60).to_rfc3339_secs();
    let now = world.pass(60);
    world
        .sim
        .unsubscribe(
            "hope",
            dana,
            OptOut { source: Source::Contact, reason: Some("Other"), through: None },
            now,
        )
        .unwrap();
    world.pass(1);
    assert!(world.addresses(&format!("/v3/contacts?status=all&updated_after={since}")).is_empty());
    assert!(world.addresses(&format!("/v3/contacts?status=unsubscribed&updated_after={since}")).is_empty());
    let page = world.get(&format!("/v3/contacts?status=all&optout_after={since}"));
    let email = &page["contacts"][0]["email_address"];
    assert_eq!(email["opt_out_date"], json!("2026-11-20T10:02:00Z"));
    assert_eq!(email["updated_at"], email["opt_out_date"], "the email has its own clock");
    assert_eq!(email["opt_out_reason"], json!("Other"));
    assert!(email.get("opt_in_date").is_none() && email.get("opt_in_source").is_none());
    assert_eq!(page["contacts"][0]["updated_at"], json!("2026-11-20T10:00:00Z"));
}

#[test]
fn list_moves_are_seen_only_by_the_switch() {
    let mut world = World::new();
    let list = world.list("News");
    let dana = world.person("dana@example.org");
    let since = world.pass(10).to_rfc3339_secs();
    let now = world.pass(10);
    world.sim.move_lists("hope", dana, &[list], &[], now).unwrap();
    assert!(world.addresses(&format!("/v3/contacts?updated_after={since}")).is_empty());
    assert_eq!(world.addresses(&format!("/v3/contacts?lists={list}")), ["dana@example.org"]);
    world.sim.switches.list_moves_touch_updated_at = true;
    world.sim.move_lists("hope", dana, &[], &[list], now).unwrap();
    assert_eq!(world.addresses(&format!("/v3/contacts?updated_after={since}")), ["dana@example.org"]);
}

#[test]
fn deleted_contacts_hide_unless_asked_for() {
    let mut world = World::new();
    let list = world.list("News");
    let gone = world.add(ContactSeed::with_email("gone@example.org").on_lists(&[list]));
    world.person("here@example.org");
    let now = world.pass(60);
    assert!(world.sim.delete_contact("hope", gone, now).unwrap());
    assert_eq!(world.addresses("/v3/contacts"), ["here@example.org"]);
    assert_eq!(world.addresses("/v3/contacts?status=deleted"), ["gone@example.org"]);
    assert_eq!(world.addresses("/v3/contacts?status=all").len(), 2);
    assert!(world.addresses("/v3/contacts?email=gone%40example.org").is_empty());
    let one = world.get(&format!("/v3/contacts/{gone}?include=list_memberships"));
    assert_eq!((&one["deleted_at"], &one["list_memberships"]), (&json!("2026-11-20"), &json!([])));
    world.sim.switches.get_finds_deleted = false;
    assert_eq!(world.status(&format!("/v3/contacts/{gone}")), 404);
}

#[test]
fn what_was_not_asked_for_is_absent() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let bare = world.get(&format!("/v3/contacts/{dana}"));
    for part in
        ["custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes"]
    {
        assert!(bare.get(part).is_none(), "{part}");
        let asked = world.get(&format!("/v3/contacts/{dana}?include={part}"));
        assert_eq!(asked[part], json!([]), "{part}");
    }
    for absent in ["deleted_at", "sms_channel", "update_source", "job_title"] {
        assert!(bare.get(absent).is_none(), "{absent}");
    }
    assert!(bare["email_address"].get("opt_out_date").is_none());
    let nobody = world.add(ContactSeed { sms_number: Some("7815551212".into()), ..ContactSeed::default() });
    let nobody = world.get(&format!("/v3/contacts/{nobody}"));
    assert!(nobody.get("email_address").is_none());
    assert_eq!(nobody["sms_channel"]["sms_address"], json!("7815551212"));
}

#[test]
fn pages_repeat_when_rows_come_and_skip_when_rows_leave() {
    let mut world = World::new();
    for number in 0..5 {
        world.person(&format!("p{number}@example.org"));
        world.pass(10);
    }
    let first = world.get("/v3/contacts?limit=2&include=notes&include_count=true");
    assert_eq!(first["contacts_count"], json!(5));
    assert_eq!(first["contacts"][0]["email_address"]["address"], json!("p4@example.org"), "newest first");
    let href = first["_links"]["next"]["href"].as_str().unwrap().to_owned();
    assert!(href.starts_with("/v3/contacts?cursor="), "{href}");
    assert_eq!(world.addresses(&href), ["p2@example.org", "p1@example.org"]);
    assert_eq!(world.get(&href)["contacts"][0]["notes"], json!([]), "include is carried");

    let fresh = world.person("p5@example.org");
    assert_eq!(world.addresses(&href), ["p3@example.org", "p2@example.org"], "p3 again");
    let now = world.now;
    let newest = world.sim.find_contact("hope", "p4@example.org").unwrap();
    world.sim.delete_contact("hope", fresh, now).unwrap();
    world.sim.delete_contact("hope", newest, now).unwrap();
    assert_eq!(world.addresses(&href), ["p1@example.org", "p0@example.org"], "p2 never");
    assert_eq!(world.get(&href)["_links"], json!({}), "the last page has empty links");
}

#[test]
fn a_cursor_keeps_its_filters() {
    let mut world = World::new();
    for number in 0..3 {
        world.person(&format!("p{number}@example.org"));
    }
    let now = world.pass(5);
    for number in 0..2 {
        let id = world.sim.find_contact("hope", &format!("p{number}@example.org")).unwrap();
        world.sim.unsubscribe("hope", id, OptOut::by(Source::Account), now).unwrap();
    }
    let first = world.get("/v3/contacts?status=unsubscribed&limit=1");
    let href = first["_links"]["next"]["href"].as_str().unwrap();
    assert_eq!(world.addresses(href), ["p0@example.org"]);
}

#[test]
fn bad_values_are_refused_with_an_array() {
    let mut world = World::new();
    for bad in [
        "limit=501",
        "limit=0",
        "status=gone",
        "updated_after=yesterday",
        "updated_after=2026-11-20",
        "lists=7",
        "include=everything",
        "include_count=yes",
        "sort=created_at",
        "cursor=x",
    ] {
        let answer = world.send(SimRequest::new(Method::Get, &format!("/v3/contacts?{bad}")));
        assert_eq!(answer.status(), 400, "{bad}");
        assert_eq!(answer.value()[0]["error_key"], json!("contacts.api.validation.error"), "{bad}");
    }
    let missing =
        world.send(SimRequest::new(Method::Get, "/v3/contacts/af73e650-96f0-11ef-b2a0-fa163eafb85e"));
    assert_eq!((missing.status(), &missing.value()[0]["error_key"]), (404, &json!("not_found")));
}

#[test]
fn bounds_exclude_their_second_unless_switched() {
    let mut world = World::new();
    world.person("dana@example.org");
    let path = "/v3/contacts?updated_after=2026-11-20T10:00:00Z&updated_before=2026-11-20T10:00:01Z";
    assert!(world.addresses(path).is_empty());
    assert_eq!(world.addresses("/v3/contacts?updated_after=2026-11-20T05:59:59-04:00").len(), 1);
    world.sim.switches.bounds_are_inclusive = true;
    assert_eq!(world.addresses(path).len(), 1);
}

#[test]
fn lists_hide_once_deleted_and_count_members() {
    let mut world = World::new();
    let (news, old) = (world.list("News"), world.list("Old"));
    let dana = world.add(ContactSeed::with_email("dana@example.org").on_lists(&[news, old]));
    let sam = ContactSeed { permission: Permission::TempHold, ..ContactSeed::with_email("sam@example.org") };
    world.add(sam.on_lists(&[news]));
    let now = world.pass(5);
    world.sim.delete_list("hope", old, now).unwrap();
    world.sim.rename_list("hope", news, "Bulletin", now).unwrap();
    assert_eq!(world.contact(dana).lists, [news]);
    let page = world.get("/v3/contact_lists?include_membership_count=all&include_count=true");
    assert_eq!(page["lists_count"], json!(1));
    assert_eq!(
        (&page["lists"][0]["name"], &page["lists"][0]["membership_count"]),
        (&json!("Bulletin"), &json!(2))
    );
    let active = world.get("/v3/contact_lists?include_membership_count=active");
    assert_eq!(active["lists"][0]["membership_count"], json!(1));
    let all = world.get("/v3/contact_lists?status=all&limit=1");
    let next = all["_links"]["next"]["href"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&next)["lists"][0]["deleted_at"], json!("2026-11-20T10:00:05Z"));
}

#[test]
fn counts_know_no_hold() {
    let mut world = World::new();
    let of = |permission, address: &str| ContactSeed { permission, ..ContactSeed::with_email(address) };
    world.add(of(Permission::Explicit, "a@x.org"));
    world.add(of(Permission::TempHold, "b@x.org"));
    world.add(of(Permission::Unsubscribed, "c@x.org"));
    let gone = world.add(of(Permission::Implicit, "d@x.org"));
    let now = world.now;
    world.sim.delete_contact("hope", gone, now).unwrap();
    let counts = world.get("/v3/contacts/counts?include=new_subscriber");
    let expect = json!({"total": 3, "explicit": 1, "implicit": 0, "pending": 0, "unsubscribed": 1, "new_subscriber": 3});
    assert_eq!(counts, expect);
}

#[test]
fn bounces_come_newest_first_and_never_show_on_the_contact() {
    let mut world = World::new();
    let dana = world.person("dana@example.org");
    let now = world.now;
    let before = format!("{:?}", world.contact(dana));
    let ids = world.sim.add_campaign("hope", "Autumn", now).unwrap();
    for code in [BounceCode::F, BounceCode::B, BounceCode::V] {
        let now = world.pass(60);
        world.sim.add_bounce("hope", dana, code, ids.campaign_activity_id, now).unwrap();
    }
    assert_eq!(format!("{:?}", world.contact(dana)), before);
    world.sim.change_email("hope", dana, "dana@new.org", now).unwrap();

    let campaigns = world.get("/v3/emails?after_date=2026-11-19");
    let campaign = campaigns["campaigns"][0]["campaign_id"].as_str().unwrap().to_owned();
    let detail = world.get(&format!("/v3/emails/{campaign}"));
    let activity = detail["campaign_activities"][0]["campaign_activity_id"].as_str().unwrap().to_owned();
    assert_eq!(activity, ids.campaign_activity_id.to_string());

    let path = format!("/v3/reports/email_reports/{activity}/tracking/bounces");
    let page = world.get(&format!("{path}?limit=2"));
    let codes = |page: &serde_json::Value| {
        let rows = page["tracking_activities"].as_array().unwrap();
        rows.iter().map(|row| row["bounce_code"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(codes(&page), "VB");
    let row = &page["tracking_activities"][0];
    assert_eq!(row["created_time"], json!("2026-11-20T10:03:00.000Z"));
    assert_eq!(row["email_address"], json!("dana@example.org"));
    assert_eq!(row["current_email_address"], json!("dana@new.org"));
    let last = world.get(page["_links"]["next"]["href"].as_str().unwrap());
    assert_eq!((codes(&last), &last["_links"]), ("F".to_owned(), &json!({})));
    assert_eq!(codes(&world.get(&format!("{path}?bounce_code=B&bounce_code=F"))), "BF");
    world.sim.switches.reports_end_with_null = true;
    assert_eq!(world.get(&path)["_links"], json!({"next": {"href": null}}));

    let summary = world.get("/v3/reports/summary_reports/email_campaign_summaries");
    assert_eq!(summary["bulk_email_campaign_summaries"][0]["unique_counts"]["bounces"], json!(1));
    let permalink = detail["campaign_activities"][1]["campaign_activity_id"].as_str().unwrap().to_owned();
    assert_eq!(world.status(&format!("/v3/reports/email_reports/{permalink}/tracking/bounces")), 400);
    let unknown = world.send(SimRequest::new(
        Method::Get,
        "/v3/reports/email_reports/af73e650-96f0-11ef-b2a0-fa163eafb85e/tracking/bounces",
    ));
    assert_eq!(unknown.status(), 404);
    assert!(unknown.value().is_object(), "reports answer with an object");
}

#[test]
fn optouts_of_a_campaign_and_complaints() {
    let mut world = World::new();
    let (dana, sam) = (world.person("dana@example.org"), world.person("sam@example.org"));
    let now = world.pass(1);
    let ids = world.sim.add_campaign("hope", "Autumn", now).unwrap();
    let activity = ids.campaign_activity_id;
    world
        .sim
        .unsubscribe(
            "hope",
            dana,
            OptOut { source: Source::Contact, reason: Some("Too many"), through: Some(activity) },
            now,
        )
        .unwrap();
    world.sim.complain("hope", sam, activity, now).unwrap();
    let page = world.get(&format!("/v3/reports/email_reports/{activity}/tracking/optouts"));
    assert_eq!(page["tracking_activities"].as_array().unwrap().len(), 1);
    assert_eq!(page["tracking_activities"][0]["opt_out_reason"], json!("Too many"));
    let summary = world.get("/v3/reports/summary_reports/email_campaign_summaries");
    let counts = &summary["bulk_email_campaign_summaries"][0]["unique_counts"];
    assert_eq!((&counts["abuse"], &counts["optouts"]), (&json!(1), &json!(1)));
    assert!(world.contact(sam).is_unsubscribed());
    let details = format!("/v3/reports/contact_reports/{dana}/activity_details");
    assert_eq!(world.status(&details), 400, "a type is needed");
    let details = world.get(&format!("{details}?tracking_activities_list=em_bounces,em_optouts"));
    assert_eq!(details["tracking_activities"][0]["campaign_activity_name"], json!("Autumn"));
}

#[test]
fn fields_tags_and_account() {
    let mut world = World::new();
    let now = world.now;
    let seed = FieldSeed {
        label: "Favorite Program".into(),
        kind: "single_select".into(),
        choices: vec!["Arts".into(), "Sports".into()],
    };
    world.sim.add_custom_field("hope", &seed, now).unwrap();
    world.sim.add_tag("hope", "VIP", now).unwrap();
    let fields = world.get("/v3/contact_custom_fields?limit=100");
    assert_eq!(fields["custom_fields"][0]["choices"][1]["choice_id"], json!(2), "a number here");
    assert_eq!(world.status("/v3/contact_custom_fields?limit=101"), 400);
    let tags = world.get("/v3/contact_tags?include_count=true");
    assert_eq!(tags["tags"][0]["contacts_count"], json!(0));
    assert!(world.get("/v3/account/summary")["encoded_account_id"].is_string());
    assert!(world.get("/v3/account/user/privileges")[0]["privilege_id"].is_u64());
}

#[test]
fn a_large_account_is_paged_whole() {
    /// Optimised, 26,475 take 17 MB and a page of 500 takes 3 ms; unoptimised, fewer do.
    const CONTACTS: u32 = 6_000;
    let mut world = World::new();
    let lists: Vec<_> = (0..10).map(|number| world.list(&format!("List {number}"))).collect();
    let start = world.now.as_secs() - 40_000_000;
    for number in 0..CONTACTS {
        let created = Timestamp::from_secs(start + i64::from(number) * 7_919 % 39_000_000);
        let mut seed = ContactSeed::with_email(&format!("person{number}@example.org"))
            .named("First", "Last")
            .on_lists(&lists[..number as usize % 4]);
        seed.created_at = Some(Stamp::at(created));
        world.add(seed);
    }
    // 26,475 of them must stay below 40 MB, what hangs on them included.
    assert!(size_of::<Contact>() <= 640, "{}", size_of::<Contact>());
    let path =
        "/v3/contacts?status=all&limit=500&include=custom_fields,list_memberships,taggings,phone_numbers";
    let mut next = Some(path.to_owned());
    let mut seen = std::collections::HashSet::new();
    while let Some(path) = next {
        let page = world.get(&path);
        seen.extend(page["contacts"].as_array().unwrap().iter().map(|c| c["contact_id"].to_string()));
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), CONTACTS as usize);
}

#[test]
fn pages_of_a_large_account_show_what_was_edited_in_any_block_of_it() {
    let mut world = World::new();
    let ids: Vec<_> = (0..5_000)
        .map(|at| {
            world.pass(u64::from(at % 7 == 0));
            world.person(&format!("p{at}@example.org"))
        })
        .collect();
    world.pass(60);
    let all = |world: &mut World, query: &str| {
        let (mut shown, mut next) =
            (Vec::new(), Some(format!("/v3/contacts?limit=500&include_count=true{query}")));
        while let Some(path) = next {
            let page = world.get(&path);
            let count = page["contacts_count"].as_u64();
            let rows = page["contacts"].as_array().unwrap();
            shown.extend(rows.iter().map(|one| one["contact_id"].as_str().unwrap().to_owned()));
            next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
            assert!(next.is_some() || count == Some(shown.len() as u64), "{count:?} {}", shown.len());
        }
        shown
    };
    let newest_first = || ids.iter().rev().map(ToString::to_string);
    assert_eq!(all(&mut world, ""), newest_first().collect::<Vec<_>>());
    let since = world.pass(60).to_rfc3339_secs();
    let now = world.pass(1);
    let (old, middle, new) = (ids[10], ids[2_500], ids[4_990]);
    for id in [old, new] {
        let out = OptOut { source: Source::Contact, reason: None, through: None };
        world.sim.unsubscribe("hope", id, out, now).unwrap();
    }
    world.sim.delete_contact("hope", middle, now).unwrap();
    let out = [new, old].map(|id| id.to_string());
    assert_eq!(all(&mut world, &format!("&status=all&optout_after={since}")), out);
    assert_eq!(all(&mut world, "&status=unsubscribed"), out);
    assert_eq!(
        all(&mut world, ""),
        newest_first().filter(|id| *id != middle.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(all(&mut world, "&status=all").len(), 5_000);
    assert_eq!(all(&mut world, "&status=deleted"), [middle.to_string()]);
    world.pass(1);
    let late = world.person("late@example.org").to_string();
    assert_eq!(all(&mut world, &format!("&updated_after={since}"))[0], late);
    assert_eq!(all(&mut world, "").len(), 5_000);
}
