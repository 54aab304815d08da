//! The first sync and changes after it, in every world that the references leave open (GUESS and CONFLICT).

use serde_json::{Value, json};

use crate::world::{HOUR, MINUTE, Setup, World};

/// A name, and switches of Virtuous and of Constant Contact.
fn worlds() -> Vec<(&'static str, Value, Value)> {
    let virtuous = |name, switches| (name, switches, json!({}));
    let cc = |name, switches| (name, json!({}), switches);
    vec![
        virtuous("imports opt out", json!({"import_opt_in_default": false})),
        virtuous("imports flip the opt-in", json!({"import_flips_opt_in": true})),
        virtuous("imports make no tags", json!({"import_creates_tags": false})),
        virtuous("imports replace tags", json!({"import_replaces_tags": true})),
        virtuous("both names are needed", json!({"both_names_required": true})),
        virtuous("a repeated tag is a second one", json!({"repeated_tag": "duplicate"})),
        virtuous("a repeated tag is taken", json!({"repeated_tag": "accept"})),
        virtuous(
            "nothing moves a contact's date",
            json!({"tag_bumps_contact": false, "method_bumps_contact": false}),
        ),
        virtuous("exact dates", json!({"exact_dates": true})),
        virtuous("operators with spaces", json!({"operators": "spaced"})),
        virtuous("both operators", json!({"operators": "both", "paging_in_body": true})),
        virtuous("times with Z", json!({"times_with_z": true})),
        virtuous("values as they are stored", json!({"values_as_shown": false})),
        virtuous("old names of types", json!({"old_type_names": true})),
        virtuous("PUT clears what is left out", json!({"put_clears_omitted": true})),
        virtuous("addresses are unique", json!({"emails_unique": true})),
        virtuous("one reference a contact", json!({"several_references": false})),
        virtuous("422 for invalid", json!({"invalid_status": 422, "find_gives_newest": true})),
        virtuous("small batches", json!({"max_batch": 100, "join_id_name": "contactTagId"})),
        cc("list moves move the date", json!({"list_moves_touch_updated_at": true})),
        cc("consent moves the date", json!({"consent_touches_updated_at": true})),
        cc("unsubscribing keeps lists", json!({"unsubscribe_strips_lists": false})),
        cc("opt-in dates are kept", json!({"unsubscribed_hides_opt_in": false})),
        cc("bounds are inclusive", json!({"bounds_are_inclusive": true})),
        cc("cursors count pages", json!({"cursor_counts_pages": true, "cursor_carries_include": false})),
        cc(
            "tokens are not rotated",
            json!({"rotating_refresh_tokens": false, "reports_end_with_null": true}),
        ),
        cc("refresh ends tokens", json!({"refresh_ends_access_tokens": true, "reuse_revokes_grant": true})),
        cc("deleted ones are not found", json!({"get_finds_deleted": false, "deleted_at_is_date": false})),
    ]
}

#[actix::test]
async fn every_world_ends_in_agreement() {
    for (number, (name, virtuous, constant_contact)) in worlds().into_iter().enumerate() {
        let seed = 200 + number as u64;
        println!("{name}, seed {seed}");
        let setup = Setup { virtuous, constant_contact, ..Setup::new(100, seed) };
        let world = World::synced(&setup).await;
        world.edit("cc/unsubscribe", &json!({"count": 8}));
        world.edit("cc/move-lists", &json!({"count": 8}));
        world.edit("cc/edit", &json!({"count": 8}));
        world.edit("cc/add", &json!({"count": 4}));
        world.edit("cc/delete", &json!({"count": 3}));
        world.pass(2 * MINUTE).await;
        world.until_settled(name, 6 * HOUR).await;
        world.pass(5 * MINUTE).await;
        let writes = world.writes();
        world.pass(10 * MINUTE).await;
        assert_eq!(world.writes(), writes, "{name}: writes go on");
        world.finish().await;
    }
}
