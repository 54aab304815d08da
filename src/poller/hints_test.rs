use super::*;
use crate::{
    access::scripted::now,
    budget::SingleReads,
    poller::{
        scripted::{World, contact, id},
        scripted_customer::Customer,
    },
    store::DayShare,
};

fn by(number: u32) -> String {
    format!("GET /v3/contacts/{}?", id(number))
}

fn about(number: u32) -> HintAbout {
    HintAbout::Contact(id(number).to_string())
}

fn asked(number: u32) -> HintAbout {
    HintAbout::Asked(id(number).to_string())
}

/// Contacts 1 to `known` are known, and answer once each.
async fn customer(known: u32) -> Customer {
    let mut customer = Customer::new(World::new()).await;
    for number in 1..=known {
        customer.world.then(&by(number), 200, contact(number));
        customer = customer.knows(number).await;
    }
    customer
}

async fn followed(customer: &Customer) -> Followed {
    customer.with(async |view: &View<'_>| follow(view).await).await.unwrap()
}

#[tokio::test]
async fn w5_hints_that_name_nobody_known_are_one_wish_for_a_poll_and_no_call() {
    let mut customer = customer(0).await;
    for number in 0..15 {
        customer = customer.hint(about(number)).await;
        customer = customer.hint(HintAbout::Email(format!("nobody{number}@example.com"))).await;
    }
    assert!(followed(&customer).await.any);
    assert_eq!((customer.world.asked().len(), customer.hints()), (0, vec![HintAbout::Nobody]));
    assert!(!followed(&customer).await.any, "the wish itself is no hint to follow");
}

#[tokio::test]
async fn w5_twenty_hints_are_followed_one_by_one_and_more_at_once_are_one_poll() {
    let twenty = A_TURN as u32;
    let mut few = customer(twenty).await;
    let mut many = customer(twenty + 1).await;
    for number in 1..=twenty {
        few = few.hint(about(number)).await;
        many = many.hint(about(number)).await;
    }
    many = many.hint(about(twenty + 1)).await;
    followed(&few).await;
    assert_eq!((few.world.asked().len(), few.hints()), (A_TURN, vec![]));
    followed(&many).await;
    assert_eq!((many.world.asked().len(), many.hints()), (0, vec![HintAbout::Nobody]));
}

#[tokio::test]
async fn w5_what_is_over_the_share_of_the_day_is_polled_or_waits_for_the_next_day() {
    let mut customer = customer(8).await;
    customer.calls_a_day = 100;
    assert_eq!(SingleReads::of_day(100), SingleReads { by_hints: 4, all: 5 });
    for number in 1..=6 {
        customer = customer.hint(about(number)).await;
    }
    customer = customer.hint(asked(7)).await.hint(asked(8)).await;
    let next = followed(&customer).await.next;
    assert_eq!(customer.world.asked().len(), 5);
    assert_eq!(customer.hints(), [HintAbout::Nobody, asked(8)]);
    assert_eq!(next, Some(now().next_utc_midnight()));
    // The count is kept: a new process goes on with it, and nothing is written for a share that is used.
    let customer = customer.hint(about(6)).await;
    followed(&customer).await;
    assert_eq!(customer.world.asked().len(), 5);
    assert_eq!(customer.store.share_of_day(DayShare::SingleReads).unwrap().used, 5);
}

#[tokio::test]
async fn w5_readings_that_were_claimed_and_not_made_are_given_back() {
    let customer = customer(1).await.hint(HintAbout::Email("s1@example.com".to_owned())).await;
    followed(&customer).await;
    assert_eq!(customer.world.asked().len(), 1, "no search where a contact lives under the address");
    assert_eq!(customer.store.share_of_day(DayShare::SingleReads).unwrap().used, 1);
}

#[tokio::test]
async fn d1_w5_a_wish_of_tandems_own_is_never_left_to_a_poll() {
    let mut customer = customer(0).await;
    for number in 1..=30 {
        customer = customer.knows(number).await.hint(asked(number)).await;
    }
    for number in 1..=3 {
        customer.world.then(&by(number), 503, "");
    }
    let store = customer.store.clone();
    followed(&customer).await;
    let waiting = store.hints(Timestamp::FAR_FUTURE, usize::MAX).unwrap().due;
    assert_eq!(waiting.len(), 30, "three failed and wait, the rest stays");
    assert!(waiting.iter().all(|hint| matches!(hint.about, HintAbout::Asked(_))));
}

/// Some twenty hints that waited through an outage of ten hours used up the day's 375.
#[tokio::test]
async fn e4_calls_that_never_left_take_nothing_of_the_share_of_single_contacts() {
    let customer = Customer::new(World::new()).await.knows(1).await.hint(about(1)).await;
    customer.world.unreachable(&by(1));
    let outcome = customer.with(async |view: &View<'_>| follow(view).await).await;
    assert!(matches!(outcome, Err(TurnError::NotNow(_))), "the host is waited for");
    assert_eq!(customer.world.asked().len(), 1);
    assert_eq!(customer.store.share_of_day(DayShare::SingleReads).unwrap().used, 0);
    // A limit says not now.
    let limited = Customer::new(World::new()).await.knows(1).await.hint(about(1)).await;
    limited.world.use_up_the_day();
    let outcome = limited.with(async |view: &View<'_>| follow(view).await).await;
    assert!(matches!(outcome, Err(TurnError::NotNow(_))));
    assert_eq!(limited.store.share_of_day(DayShare::SingleReads).unwrap().used, 0);
    // A call without an answer may have arrived.
    let lost = Customer::new(World::new().lost(&by(1))).await.knows(1).await.hint(about(1)).await;
    followed(&lost).await;
    assert_eq!(lost.store.share_of_day(DayShare::SingleReads).unwrap().used, 1);
}

#[tokio::test]
async fn e4_second_looks_and_looks_after_a_sweep_that_never_left_are_put_back() {
    let missed = now().minus(Duration::from_secs(600));
    let customer = Customer::new(World::new()).await.knows(1).await.not_found(id(1), missed).await;
    customer.world.unreachable(&by(1));
    let looked = customer.with(async |view: &View<'_>| crate::poller::second_looks::look_again(view).await);
    assert!(looked.await.is_err());
    assert_eq!(customer.store.share_of_day(DayShare::SingleReads).unwrap().used, 0);

    let sweep = crate::poller::scripted::page(&[contact(1)], 1, None);
    let world = World::new().on("GET /v3/contacts?status=all&include=", 200, sweep);
    let customer = Customer::new(world).await.knows(1).await.knows(2).await;
    customer.world.unreachable(&by(2));
    let mut windows = crate::poller::windows::Windows::default();
    let swept = async |view: &View<'_>| crate::poller::sweep::read_page(view, &mut windows).await;
    assert!(customer.with(swept).await.is_err());
    customer.world.is_played();
    assert_eq!(customer.store.share_of_day(DayShare::SingleReads).unwrap().used, 0);
    assert_eq!(customer.hints(), [asked(2)]);
}
