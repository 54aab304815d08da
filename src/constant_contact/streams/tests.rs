use super::*;
use crate::domain::Timestamp;

#[test]
fn the_requests_are_these() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let (from, to) = (at("2026-11-20T10:00:00.900Z"), at("2026-11-20T05:20:00-05:00"));
    let check = |path: crate::constant_contact::PagePath, expect: &str| assert_eq!(path.as_str(), expect);
    let tail =
        "include=custom_fields,list_memberships,phone_numbers,street_addresses&include_count=true&limit=500";
    let tags = tail.replace("addresses&", "addresses,taggings&");
    check(
        changes::first(Some(from), Some(to), Include::with_tags(true)),
        &format!(
            "/v3/contacts?status=all&updated_after=2026-11-20T10:00:00Z&updated_before=2026-11-20T10:20:00Z&{tags}"
        ),
    );
    check(changes::first(None, None, Include::with_tags(false)), &format!("/v3/contacts?status=all&{tail}"));
    check(
        optouts::first(from, None, Include::Record),
        &format!("/v3/contacts?status=all&optout_after=2026-11-20T10:00:00Z&{tail}"),
    );
    check(
        optouts::first(from, Some(to), Include::Record),
        &format!(
            "/v3/contacts?status=all&optout_after=2026-11-20T10:00:00Z&optout_before=2026-11-20T10:20:00Z&{tail}"
        ),
    );
    check(lists::first(), "/v3/contact_lists?status=all&include_membership_count=all&limit=500");
    check(lists::first_tags(), "/v3/contact_tags?limit=500");
    check(fields::first(), "/v3/contact_custom_fields?limit=100");
    check(counts::path(), "/v3/contacts/counts");
}

#[test]
fn calls_are_counted() {
    assert_eq!([0, 1, 500, 501, 100_000].map(calls_for), [1, 1, 1, 2, 200]);
}
