//! F1, F2, P2, P6, D3: values and addresses that the two systems write in different ways.

use serde_json::{Value, json};
use tandem::{domain::State, simulator::virtuous::model::NewContact, transport::Method};

use crate::{
    scene::{
        address, calm, cc_writes, donor, field, individual, label_id, linked, named_with, opted_in, quick,
        settle,
    },
    world::{DAY, HOUR, MINUTE, Setup, World},
};

/// (35): what cannot be converted without doubt is left alone; a date is the calendar date as it is written.
#[actix::test]
async fn f1_a_number_or_date_in_doubt_is_left_alone() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let (size, since) = (label_id(&world, "Household Size"), label_id(&world, "Member Since"));
    let shown = async |number: &str, date: &str| {
        let number = json!({"custom_field_id": size, "value": number});
        let fields = json!([number, {"custom_field_id": since, "value": date}]);
        world.edit("cc/edit", &json!({"contact": ann, "fields": {"custom_fields": fields}}));
        world.pass(10 * MINUTE).await;
        (field(&world, &ann, "Household Size"), field(&world, &ann, "Member since"))
    };
    let both = |number: &str, date: &str| (Some(number.to_owned()), Some(date.to_owned()));
    assert_eq!(shown("4", "2016-07-08").await, both("4", "2016-07-08"), "{}", world.describe());
    assert_eq!(shown("12,5", "2016-07-09T23:30:00-05:00").await, both("4", "2016-07-09"));
    assert_eq!(shown("1.234,50", "soon").await, both("4", "2016-07-09"));
    assert_eq!(shown("1,234.5", "2016-07-10").await, both("1234.5", "2016-07-10"));
    // That date is the empty one of a database.
    let (_, date) = shown("5", "0001-01-01").await;
    assert!(date.is_none_or(|date| date.is_empty()), "{}", world.describe());
    world.finish_differing().await;
}

/// (36): an address is the same with characters that nobody sees, and with its domain in either form.
#[actix::test]
async fn p2_an_opt_out_reaches_an_address_that_is_written_in_another_way() {
    let ways = [
        ("Ann", "ann@example.com", "Ann@Example.com\u{200b}"),
        ("Bob", "bob@m\u{fc}nchen.de", "bob@xn--mnchen-3ya.de"),
        ("Cid", "cid@xn--mnchen-3ya.de", "cid@m\u{fc}nchen.de"),
    ];
    for (first, in_cc, by_staff) in ways {
        let world = World::start(&quick()).await;
        let id = world.subscribe(&named_with(first, &json!({"email": in_cc})), &[]);
        settle(&world, "created").await;
        world.pass(5 * MINUTE).await;
        let writes = world.writes();
        world.edit("virtuous/email", &json!({"contact": id, "email": by_staff}));
        world.pass(HOUR).await;
        assert_eq!((world.state(&id), world.writes()), (Some(State::InSync), writes), "{first}");
        world.edit("cc/unsubscribe", &json!({"contact": id}));
        world.pass(10 * MINUTE).await;
        let method = world.referenced(&id).unwrap().individuals.remove(0).methods.remove(0);
        assert_eq!((&*method.value, method.opted_in), (by_staff, false), "{}", world.describe());
        world.finish_differing().await;
    }
}

/// (37): a bare date of a deletion is the account's own day, which ends up to twelve hours after midnight UTC: an opt-in within them
/// is no proof that is newer.
#[actix::test]
async fn d3_p3_a_bare_date_of_a_deletion_lasts_into_the_next_day() {
    let world = World::start(&calm()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": ann}));
    world.until("opted out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    let day = DAY.as_secs();
    let now = u64::try_from(world.now().as_secs()).unwrap() % day;
    // Six hours after the next midnight.
    world.pass(std::time::Duration::from_secs(day - now + 6 * 3600)).await;
    world.edit("cc/revive", &json!({"contact": ann}));
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(2 * HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    assert_eq!(world.state(&ann), Some(State::Review), "{}", world.describe());
    world.finish_differing().await;
}

/// (39): a state of the US goes by its two letters; what is none stays as it is written.
#[actix::test]
async fn f2_a_state_goes_by_the_letters_that_the_crm_has() {
    let world = World::start(&quick()).await;
    for (first, state, country, expected) in
        [("Ann", "California", "United States", "CA"), ("Bob", "Bavaria", "Germany", "Bavaria")]
    {
        let home = json!({"kind": "home", "street": "1 Main St", "city": "Davis", "state": state,
            "postal_code": "95616", "country": country});
        let new: Value = named_with(first, &json!({"street_addresses": [home]}));
        let id = world.subscribe(&new, &[]);
        settle(&world, "created").await;
        let held = world.referenced(&id).unwrap().address.map(|address| address.state.to_string());
        assert_eq!(held.as_deref(), Some(expected), "{}", world.describe());
    }
    world.finish().await;
}

/// (5): an address that Tandem wrote and that a reading does not show yet is no question, and is not written twice.
#[actix::test]
async fn e1_p6_a_changed_address_that_shows_late_is_no_question() {
    for lag_ms in [2_000, 3 * 60_000, 20 * 60_000] {
        let world = World::start(&Setup { query_every: "2m", ..quick() }).await;
        let ann = linked(&world, "Ann", &[]).await;
        world.control("virtuous/unreliable", &json!({"lag_ms": lag_ms}));
        world.edit("cc/email", &json!({"contact": ann, "email": "ann@example.org"}));
        for _ in 0..60 {
            world.pass(2 * MINUTE).await;
            let state = world.state(&ann);
            assert!(!matches!(state, Some(State::Review | State::Failed)), "{lag_ms}: {}", world.describe());
        }
        assert_eq!((world.opt_ins("ann@example.org"), world.opt_ins(&address("Ann"))), (vec![true], vec![]));
        assert_eq!(cc_writes(&world), 0, "{lag_ms}");
        world.control("virtuous/unreliable", &json!({}));
        settle(&world, "an honest world again").await;
        world.finish().await;
    }
}

/// (8): values that mean the same are the same from the first reading on; of a field that Constant Contact says nothing of, staff's value
/// stays.
#[actix::test]
async fn f1_values_that_mean_the_same_are_not_written() {
    let world = World::start(&quick()).await;
    world.control("virtuous/unreliable", &json!({"forms": ["thousands", "yes_no", "midnight"]}));
    let staffs = [
        ("Household Size", "1234"),
        ("Volunteer", "true"),
        ("Member since", "2016-04-23"),
        ("How Heard", "Radio"),
    ];
    let custom_fields = staffs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    world.staff_add(&NewContact { custom_fields, ..donor("Ann") });
    let labels = ["Household Size", "Volunteer", "Member Since"].into_iter().zip(staffs);
    let values: Vec<Value> = labels
        .map(|(label, (_, value))| json!({"custom_field_id": label_id(&world, label), "value": value}))
        .collect();
    let ann = world.subscribe(&named_with("Ann", &json!({"custom_fields": values})), &[]);
    settle(&world, "linked").await;
    world.pass(2 * HOUR).await;
    assert_eq!(world.calls_of(Method::Put, "/api/Contact/{id}"), 0, "{}", world.describe());
    for (name, value) in staffs {
        assert_eq!(field(&world, &ann, name).as_deref(), Some(value), "{name}");
    }
    world.control("virtuous/unreliable", &json!({}));
    settle(&world, "an honest world again").await;
    world.finish_differing().await;
}

/// (8): a value that is shown in another form is agreed on in that form, and written once.
#[actix::test]
async fn e3_a_value_that_is_shown_in_another_form_is_written_once() {
    let world = World::start(&Setup { query_every: "2m", ..quick() }).await;
    let ann = linked(&world, "Ann", &[]).await;
    let (size, heard) = (label_id(&world, "Household Size"), label_id(&world, "How Heard"));
    world.control(
        "virtuous/unreliable",
        &json!({"forms": ["thousands", "crlf", "entities", "squeezed", "cut"]}),
    );
    let writes = world.writes();
    let text = format!("A friend  & a neighbour,\nat the fair{}", " of the town".repeat(10));
    let size = json!({"custom_field_id": size, "value": "1234"});
    let fields = json!([size, {"custom_field_id": heard, "value": text}]);
    world.edit("cc/edit", &json!({"contact": ann, "fields": {"custom_fields": fields}}));
    world.pass(6 * HOUR).await;
    assert_eq!(field(&world, &ann, "Household Size").as_deref(), Some("1234"), "{}", world.describe());
    assert_eq!(
        (world.writes() - writes, world.state(&ann)),
        (1, Some(State::InSync)),
        "{}",
        world.describe()
    );
    world.control("virtuous/unreliable", &json!({}));
    settle(&world, "an honest world again").await;
    world.finish_differing().await;
}

/// (9): methods that stand in another order at each reading are the same methods.
#[actix::test]
async fn e3_p2_methods_in_changing_order_hold_no_opt_out_back() {
    let world = World::start(&Setup { query_every: "2m", ..quick() }).await;
    let mut two = individual("Ann", &address("Ann"), true);
    two.methods.extend(individual("Ann", "ann@work.example", true).methods);
    world.staff_add(&NewContact { individuals: vec![two], ..NewContact::default() });
    let ann = linked(&world, "Ann", &[]).await;
    world.control("virtuous/unreliable", &json!({"methods_shuffled": true}));
    let total = |world: &World| world.organisation(|held| held.meter.total());
    let calls = total(&world);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("the opt-out", 10 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    world.pass(HOUR).await;
    assert!(total(&world) - calls < 60, "{} calls", total(&world) - calls);
    world.control("virtuous/unreliable", &json!({}));
    settle(&world, "an honest world again").await;
    world.finish().await;
}
