use super::*;
use crate::{
    domain::{Cause, Pause, Reason, Refused, Rule, Stage, System},
    operator::tests::Place,
};

fn told(place: &Place) -> Vec<(AlertKind, String, String)> {
    let customers = RwLock::new(place.context.customers.clone());
    let all = standing(&place.context.deps, &customers).unwrap();
    all.standing.into_iter().map(|one| (one.kind, one.what, one.remedy)).collect()
}

fn kinds(place: &Place) -> Vec<AlertKind> {
    told(place).into_iter().map(|(kind, ..)| kind).collect()
}

#[tokio::test]
async fn what_needs_a_person_stands_with_its_remedy_and_names_no_person() {
    let place = Place::new().await;
    assert_eq!(kinds(&place), []);
    place.failed("1").await;
    place.asked_about("2").await;
    place.hold_brake(60).await;
    let now = place.context.now();
    let reason = Reason::about(Rule::B3, Cause::Refused, "virtuous: the key");
    let refused = Pause::refused(System::Virtuous, Refused::Access, reason.clone(), now);
    place.change(move |record| record.pause = Some(refused)).await;
    assert_eq!(
        kinds(&place),
        [AlertKind::Paused, AlertKind::Brake, AlertKind::OptOutRefused, AlertKind::Questions]
    );
    let all = told(&place);
    assert!(
        all[0].1.contains("virtuous: the key") && all[0].2.contains("`tandem customer resume hope`"),
        "{all:?}"
    );
    assert!(all[1].1.contains("60 people wait") && all[1].2.contains("accept brake"), "{all:?}");
    assert!(all[2].1.contains("opt-outs of 1 people were refused"), "{all:?}");
    assert!(all[3].1.contains("1 people wait for a decision, and writes to 1 were given up"), "{all:?}");
    let text = format!("{all:?}");
    assert!(!text.contains("example.org") && !text.contains('@'), "{text}");
    // An operator knows of their own pause.
    place.change(move |record| record.pause = Some(Pause::by_operator(reason, now))).await;
    assert!(!kinds(&place).contains(&AlertKind::Paused));
    // Without its file the customer does not run.
    let looked = standing(&place.context.deps, &RwLock::default()).unwrap();
    assert_eq!((looked.standing, looked.unseen), (Vec::new(), ["hope".to_owned()].into()));
}

#[tokio::test]
async fn b4_one_value_that_cannot_be_read_silences_no_other_customer_and_is_not_over() {
    use crate::config::{CustomerSettings, Environment};
    let place = Place::new().await;
    let store = &place.context.deps.store;
    let mercy = "mercy".parse().unwrap();
    let second = store.enrol(mercy, place.context.now()).await.unwrap().number;
    let file = std::path::Path::new("mercy.toml");
    let file = CustomerSettings::from_toml("", file, &Environment::default()).unwrap();
    let customers = RwLock::new(vec![place.context.customers[0].clone(), Arc::new(file)]);
    let now = place.context.now();
    let reason = Reason::about(Rule::B3, Cause::Refused, "virtuous: the key");
    let pause = Pause::refused(System::Virtuous, Refused::Access, reason, now);
    let paused = move |record: &mut CustomerRecord| record.pause = Some(pause);
    store.of(second).update_customer(paused).await.unwrap().unwrap();
    place.failed("1").await;
    place.failed("2").await;
    let look = || standing(&place.context.deps, &customers).unwrap();
    let kinds = |looked: &Looked| looked.standing.iter().map(|one| one.kind).collect::<Vec<_>>();
    let all = [AlertKind::OptOutRefused, AlertKind::Questions, AlertKind::Paused];

    let hope = store.of(place.record().number);
    hope.damage_subject("1").await.unwrap();
    let looked = look();
    assert_eq!((kinds(&looked), looked.unseen.len()), (all.to_vec(), 0), "the other dead letter is seen");
    hope.damage_counts().await.unwrap();
    let looked = look();
    assert_eq!(kinds(&looked), [AlertKind::Paused], "mercy's");
    assert_eq!(looked.unseen, ["hope".to_owned()].into());
    hope.damage_record().await.unwrap();
    let looked = look();
    assert_eq!((kinds(&looked), looked.unseen.len()), (vec![AlertKind::Paused], 1));
}

#[tokio::test]
async fn p1_an_opt_out_stands_once_it_is_late_and_only_where_it_may_be_written() {
    use crate::domain::Permission;
    let place = Place::new().await;
    let now = place.context.now();
    place
        .subscriber("1", |view| {
            view.permission = Permission::Unsubscribed;
            view.opt_out_at = Some(now);
        })
        .await;
    let owes = place.context.deps.store.of(place.record().number).oldest_owed().unwrap();
    for _ in 0..15 {
        place.later();
    }
    assert_eq!(kinds(&place), [], "before the import nothing is owed");
    place.change(|record| record.stage = Stage::Live).await;
    let stands = kinds(&place).contains(&AlertKind::OptOutLate);
    assert_eq!(stands, owes.is_some(), "{owes:?}");
    assert!(owes.is_some());
}
