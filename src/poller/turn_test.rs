use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    access::scripted::now,
    domain::Stream,
    poller::{
        scripted::{World, contact, id, page},
        scripted_customer::Customer,
    },
    store::{DayShare, HintAbout},
};

const CHANGES: &str = "GET /v3/contacts?status=all&updated_after=";
const OPT_OUTS: &str = "GET /v3/contacts?status=all&optout_after=";
const SWEEP: &str = "GET /v3/contacts?status=all&include=";
const LISTS: &str = "GET /v3/contact_lists?";
const FIELDS: &str = "GET /v3/contact_custom_fields?";
const COUNTS: &str = "GET /v3/contacts/counts";
const SUMMARIES: &str = "GET /v3/reports/summary_reports/email_campaign_summaries?";

async fn turn_of(customer: &Customer, memory: &mut Memory) -> Result<Turn, TurnError> {
    customer.with(async |view: &View<'_>| walk(view, memory).await).await
}

/// Lists were read in this process.
fn awake() -> Memory {
    let mut memory = Memory::default();
    memory.lists_read = true;
    memory
}

fn empty() -> serde_json::Value {
    page(&[], 0, None)
}

#[test]
fn every_part_has_its_place_and_its_backoff() {
    for (place, part) in Part::ORDER.into_iter().enumerate() {
        assert_eq!(part as usize, place);
    }
}

#[tokio::test]
async fn nothing_is_due_until_the_next_poll() {
    let customer = Customer::new(World::new()).await;
    let turn = turn_of(&customer, &mut awake()).await.unwrap();
    assert_eq!(turn, Turn::Idle(Some(now().plus(Duration::from_secs(600)))));
}

#[tokio::test]
async fn p1_opt_outs_come_before_lists_and_changes_and_counts_after_them() {
    let world = World::new()
        .on(OPT_OUTS, 200, empty())
        .on(LISTS, 200, json!({"lists": []}))
        .on(FIELDS, 200, json!({"custom_fields": []}))
        .on(CHANGES, 200, empty())
        .on(COUNTS, 200, "{}");
    let customer = Customer::new(world).await.due(Stream::OptOuts).await.due(Stream::Changes).await;
    let mut memory = Memory::default();
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    let asked = customer.world.asked();
    let order = [OPT_OUTS, LISTS, FIELDS, CHANGES, COUNTS];
    assert!(asked.iter().zip(order).all(|(asked, expect)| asked.starts_with(expect)), "{asked:?}");
    assert_eq!((memory.counts_due, memory.polls_since_lists), (false, 1));
}

#[tokio::test]
async fn b3_an_outage_costs_a_call_of_each_group_and_is_told_at_the_end() {
    let missed = now().minus(Duration::from_secs(600));
    let mut world = World::new().on(OPT_OUTS, 503, "").on(&format!("GET /v3/contacts/{}", id(1)), 503, "");
    // A part of lists, fields and tags is tried twice more at once (W7).
    for _ in 0..3 {
        world = world.on(LISTS, 503, "");
    }
    let customer = Customer::new(world).await.due(Stream::OptOuts).await.due(Stream::Changes).await;
    let customer = customer.knows(1).await.not_found(id(1), missed).await;
    let mut memory = Memory::default();
    assert!(matches!(turn_of(&customer, &mut memory).await, Err(TurnError::Outside(_))));
    customer.world.is_played();
    assert_eq!(customer.world.asked().len(), 5, "no changes after lists that failed");
    assert!(memory.waits(Part::Changes, now()).is_some());
    // The next turn asks for opt-outs only; background waits with the poll.
    let customer = customer.due(Stream::Bounces).await;
    customer.world.then(OPT_OUTS, 200, empty());
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    assert_eq!(customer.world.asked().len(), 6);
}

#[tokio::test]
async fn p1_a_refused_grant_or_a_full_day_ends_the_turn_at_the_opt_outs() {
    let world = World::new().on(OPT_OUTS, 429, "");
    let customer = Customer::new(world).await.due(Stream::OptOuts).await.due(Stream::Changes).await;
    assert!(matches!(turn_of(&customer, &mut awake()).await, Err(TurnError::NotNow(_))));
    let world = World::new().on(OPT_OUTS, 403, "[]");
    let customer = Customer::new(world).await.due(Stream::OptOuts).await.due(Stream::Changes).await;
    // A second refusal a minute later pauses the customer (B3).
    assert!(matches!(turn_of(&customer, &mut awake()).await, Err(TurnError::NotNow(_))));
}

#[tokio::test]
async fn w5_a_hint_about_no_known_contact_asks_for_a_poll_at_most_one_a_minute() {
    let world = World::new().on(OPT_OUTS, 200, empty()).on(CHANGES, 200, empty());
    let customer = Customer::new(world).await.hint(HintAbout::Nobody).await;
    let mut memory = awake();
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert_eq!(customer.hints(), []);
    let customer = customer.hint(HintAbout::Nobody).await;
    let turn = turn_of(&customer, &mut memory).await.unwrap();
    assert_eq!(turn, Turn::Idle(Some(now().plus(Duration::from_secs(60)))));
    assert_eq!(customer.hints(), [HintAbout::Nobody]);
}

#[tokio::test]
async fn w5_a_wish_for_a_poll_outlives_counts_that_failed() {
    let world = World::new().on(OPT_OUTS, 200, empty()).on(CHANGES, 200, empty()).on(COUNTS, 503, "");
    let customer = Customer::new(world).await.hint(HintAbout::Nobody).await;
    let mut memory = awake();
    memory.counts_due = true;
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert_eq!(customer.hints(), [HintAbout::Nobody]);
    assert!(!memory.counts_due && memory.waits(Part::Changes, now()).is_some());
}

#[tokio::test]
async fn w3_background_reads_a_piece_a_turn_while_no_poll_is_due() {
    let summaries = json!({"bulk_email_campaign_summaries": []});
    let world = World::new().on(SUMMARIES, 200, summaries).on(SWEEP, 200, empty());
    let customer = Customer::new(world).await.due(Stream::Bounces).await;
    let swept = crate::sync::windows::Cursor {
        completed_at: Some(Timestamp::EPOCH),
        ..customer.store.cursor(Stream::Sweep).unwrap()
    };
    customer.store.set_cursor(Stream::Sweep, swept).await.unwrap();
    let mut memory = awake();
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    assert_eq!(customer.world.asked().len(), 1);
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert!(matches!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Idle(Some(_))));
}

#[tokio::test]
async fn d1_a_first_404_is_noted_and_a_second_is_a_deletion() {
    let by_id = format!("GET /v3/contacts/{}", id(1));
    let world = World::new().on(&by_id, 404, "[]");
    let customer = Customer::new(world).await.knows(1).await;
    let customer = customer.hint(HintAbout::Contact(id(1).to_string())).await;
    assert_eq!(turn_of(&customer, &mut awake()).await.unwrap(), Turn::Progressed);
    assert_eq!(customer.store.missing().unwrap(), [(id(1), now())]);
    assert!(!customer.is_deleted(&id(1)) && customer.hints().is_empty());

    let first = now().minus(Duration::from_secs(600));
    let world = World::new().on(&by_id, 404, "[]");
    let customer = Customer::new(world).await.knows(1).await.not_found(id(1), first).await;
    assert_eq!(turn_of(&customer, &mut awake()).await.unwrap(), Turn::Progressed);
    assert!(customer.is_deleted(&id(1)));

    // A second look that cannot be read is no proof.
    let world = World::new().on(&by_id, 400, "[]");
    let customer = Customer::new(world).await.knows(1).await.not_found(id(1), first).await;
    assert_eq!(turn_of(&customer, &mut awake()).await.unwrap(), Turn::Progressed);
    assert!(!customer.is_deleted(&id(1)) && customer.store.missing().unwrap().is_empty());
}

#[tokio::test]
async fn d2_contacts_that_a_complete_sweep_missed_are_looked_at_and_kept_as_hints_until_then() {
    let world = World::new()
        .on(SWEEP, 200, page(&[contact(1)], 1, None))
        .on(&format!("GET /v3/contacts/{}", id(2)), 404, "[]")
        .on(&format!("GET /v3/contacts/{}", id(3)), 503, "");
    let customer = Customer::new(world).await.knows(1).await.knows(2).await.knows(3).await;
    let mut windows = crate::poller::windows::Windows::default();
    let swept = async |view: &View<'_>| crate::poller::sweep::read_page(view, &mut windows).await;
    assert!(matches!(customer.with(swept).await, Err(TurnError::Outside(_))));
    customer.world.is_played();
    assert!(customer.is_deleted(&id(2)) && !customer.is_deleted(&id(3)));
    assert_eq!(customer.hints(), [HintAbout::Asked(id(3).to_string())]);
}

#[tokio::test]
async fn p4_b3_a_report_that_fails_is_put_off_alone_and_what_was_read_is_not_read_again() {
    let sent = now().to_string();
    let campaign =
        |id: &str| json!({"campaign_id": id, "last_sent_date": sent, "unique_counts": {"bounces": 1}});
    let summaries = json!({"bulk_email_campaign_summaries": [campaign("k1"), campaign("k2")]});
    let no_sendings = json!({"name": "Spring", "campaign_activities": []});
    let world = World::new().on(SUMMARIES, 200, &summaries).on("GET /v3/emails/k1", 503, "").on(
        "GET /v3/emails/k2",
        200,
        no_sendings,
    );
    let customer = Customer::new(world).await.due(Stream::Bounces).await;
    let mut memory = awake();
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert!(memory.waits(Part::Bounces, now()).is_none(), "the report waits, and nothing else does");
    // The first reading is over with the further tries of the report (E5, P3), and asks for nothing until then.
    assert!(customer.store.cursor(Stream::Bounces).unwrap().completed_at.is_none());
    let tried_again = Turn::Idle(Some(now().plus(Duration::from_secs(60))));
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), tried_again);
    // The next pass asks for neither: the one was read, the other waits.
    let customer = customer.read_at(Stream::Bounces, now().minus(Duration::from_secs(2 * 86_400))).await;
    customer.world.then(SUMMARIES, 200, &summaries);
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert_eq!(customer.world.asked().len(), 4);
}

/// The count of odd records of earlier pages was forgotten, and the window begun anew (W2).
#[tokio::test]
async fn w2_an_odd_record_on_the_first_page_is_set_aside_and_the_window_goes_on() {
    let odd = json!({"contact_id": 5, "email_address": 5});
    let world = World::new().on(CHANGES, 200, page(&[contact(1), odd], 3, Some("x"))).on(
        "GET /v3/contacts?cursor=x",
        200,
        page(&[contact(2)], 3, None),
    );
    let customer = Customer::new(world).await.due(Stream::Changes).await;
    assert_eq!(turn_of(&customer, &mut awake()).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    let cursor = customer.store.cursor(Stream::Changes).unwrap();
    assert_eq!((cursor.open, cursor.rereads, cursor.short_windows), (None, 0, 0));
}

/// A followed page that always answers 400 was asked for 998 times in 10 seconds.
#[tokio::test]
async fn w7_a_followed_page_that_is_always_refused_waits_longer_each_time() {
    let mut world = World::new();
    for _ in 0..2 {
        let first = page(&[contact(1)], 2, Some("x"));
        world = world.on(CHANGES, 200, first).on("GET /v3/contacts?cursor=x", 400, "[]");
    }
    let customer = Customer::new(world).await.due(Stream::Changes).await;
    let mut memory = awake();
    for _ in 0..4 {
        let _ = turn_of(&customer, &mut memory).await;
    }
    customer.world.is_played();
    assert_eq!(customer.world.asked().len(), 4, "two attempts, then it waits");
    assert!(memory.waits(Part::Changes, now()).is_some());
}

/// A poll that takes as long as the time between two left no turn for anything else.
#[tokio::test]
async fn w3_polls_that_are_always_due_leave_background_a_turn_between_them() {
    let summaries = json!({"bulk_email_campaign_summaries": []});
    let world =
        World::new().on(CHANGES, 200, empty()).on(SUMMARIES, 200, summaries).on(CHANGES, 200, empty());
    let mut customer = Customer::new(world).await.due(Stream::Bounces).await;
    let mut memory = awake();
    for _ in 0..2 {
        customer = customer.due(Stream::Changes).await;
        assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    }
    customer.world.is_played();
}

/// A restart granted the whole share of the day anew.
#[tokio::test]
async fn w5_a_restart_leaves_polls_by_hint_what_is_left_of_their_share_of_the_day() {
    let mut customer = Customer::new(World::new()).await;
    // A twentieth of these is four calls: two polls.
    customer.calls_a_day = 80;
    for polls in [true, true, false] {
        if polls {
            customer.world.then(OPT_OUTS, 200, empty());
            customer.world.then(CHANGES, 200, empty());
        }
        customer = customer.hint(HintAbout::Nobody).await;
        // Memory that is new is that of a process that has started again.
        turn_of(&customer, &mut awake()).await.unwrap();
        customer.world.is_played();
        assert_eq!(customer.hints().is_empty(), polls);
    }
    assert_eq!(customer.store.share_of_day(DayShare::HintPolls).unwrap().used, 4);
}

/// A window ends at a whole second, and what the hint speaks of may be of this very one.
#[tokio::test]
async fn w5_a_poll_by_hint_waits_for_the_end_of_the_second_and_answers_only_what_came_before() {
    let customer = Customer::new(World::new()).await;
    customer.store.keep_hints(vec![HintAbout::Nobody], now()).await.unwrap();
    let turn = turn_of(&customer, &mut awake()).await.unwrap();
    assert_eq!(turn, Turn::Idle(Some(now().plus(Duration::from_secs(2)))));
    let world = World::new().on(OPT_OUTS, 200, empty()).on(CHANGES, 200, empty());
    let customer = Customer::new(world).await;
    customer.store.keep_hints(vec![HintAbout::Nobody], now()).await.unwrap();
    let mut memory = awake();
    memory.hint_polls.wished_since = Some(now().minus(Duration::from_secs(9)));
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert_eq!(customer.hints(), [HintAbout::Nobody], "it came again a moment ago");
}

#[tokio::test]
async fn w5_a_poll_by_hint_leaves_the_reserve_of_the_day_to_opt_outs_that_are_due() {
    let customer = Customer::new(World::new()).await.hint(HintAbout::Nobody).await;
    customer.world.use_up_the_day();
    let mut memory = awake();
    assert!(matches!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Idle(Some(_))));
    let turn = turn_of(&customer, &mut memory).await.unwrap();
    assert_eq!(
        turn,
        Turn::Idle(Some(now().plus(Duration::from_secs(600)))),
        "the opt-outs by their own clock"
    );
    assert_eq!((customer.world.asked().len(), customer.hints()), (0, vec![HintAbout::Nobody]));
    // Whatever stopped the poll by hint, the scheduled one goes.
    let customer = customer.due(Stream::OptOuts).await;
    customer.world.then(OPT_OUTS, 200, empty());
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert_eq!(customer.world.asked().len(), 1);
}

#[tokio::test]
async fn w5_a_window_of_opt_outs_that_a_hint_opened_goes_on_as_ordinary_work_and_counts_to_its_share() {
    let world = World::new().on(OPT_OUTS, 200, page(&[contact(1)], 2, Some("x")));
    let customer = Customer::new(world).await.hint(HintAbout::Nobody).await;
    let mut memory = awake();
    customer.world.then("GET /v3/contacts?cursor=x", 503, "");
    customer.world.then(CHANGES, 200, empty());
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    customer.world.use_up_the_day();
    memory = awake();
    turn_of(&customer, &mut memory).await.unwrap();
    assert_eq!(customer.world.asked().len(), 3, "the second page is not worth the reserve");
    let customer = customer.due(Stream::OptOuts).await;
    customer.world.then("GET /v3/contacts?cursor=x", 200, page(&[contact(2)], 2, None));
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
}

/// Lists, tags and counts were read with every fourth poll that a hint caused.
#[tokio::test]
async fn w5_polls_by_hint_bring_no_reading_of_lists_nearer() {
    let world = World::new().on(CHANGES, 200, empty());
    let customer = Customer::new(world).await.due(Stream::Changes).await;
    let mut memory = awake();
    turn_of(&customer, &mut memory).await.unwrap();
    assert_eq!(memory.polls_since_lists, 1);
    let customer = customer.hint(HintAbout::Nobody).await;
    customer.world.then(OPT_OUTS, 200, empty());
    customer.world.then(CHANGES, 200, empty());
    turn_of(&customer, &mut memory).await.unwrap();
    customer.world.is_played();
    assert_eq!((memory.polls_since_lists, customer.hints()), (1, vec![]));
}

#[tokio::test]
async fn w5_a_person_has_every_stream_polled_once_before_its_time() {
    let world = World::new()
        .on(OPT_OUTS, 200, empty())
        .on(LISTS, 200, json!({"lists": []}))
        .on(FIELDS, 200, json!({"custom_fields": []}))
        .on(CHANGES, 200, empty())
        .on(COUNTS, 200, "{}");
    let mut customer = Customer::new(world).await.asked(now());
    for stream in [Stream::OptOuts, Stream::Lists, Stream::Changes] {
        customer = customer.read_at(stream, now().minus(Duration::from_secs(1))).await;
    }
    let mut memory = awake();
    assert_eq!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Progressed);
    customer.world.is_played();
    assert!(matches!(turn_of(&customer, &mut memory).await.unwrap(), Turn::Idle(Some(_))), "it is answered");
}

/// Who left a list while a sweep was under way, and stood on a page of it that was read before, kept list and tag for a week.
#[tokio::test]
async fn w3_many_who_moved_during_a_sweep_are_found_by_another_after_it() {
    let world = World::new()
        .on(SWEEP, 200, page(&[contact(1)], 2, Some("x")))
        .on("GET /v3/contacts?cursor=x", 200, page(&[contact(2)], 2, None))
        .on(SWEEP, 200, page(&[contact(1), contact(2)], 2, None));
    let customer = Customer::new(world).await.knows(1).await.knows(2).await;
    let mut windows = crate::poller::windows::Windows::default();
    let mut sweep = async |asks: bool| {
        let line = async |view: &View<'_>| {
            crate::poller::sweep::read_page(view, &mut windows).await.unwrap();
            if asks {
                view.commit.baselines(view.known.baselines().unwrap(), true).await.unwrap();
            }
            crate::poller::sweep::due(view).unwrap() <= now()
        };
        customer.with(line).await
    };
    assert!(sweep(true).await, "in the middle of its window");
    assert!(sweep(false).await, "it has ended, and the wish came after its first page");
    assert!(!sweep(false).await);
    customer.world.is_played();
}
