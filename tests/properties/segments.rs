//! Lists and their tags, decision by decision (S1 to S5, I4).

use std::collections::BTreeSet;

use tandem::{
    domain::{Effect, Finding, Lane, ListId, Permission, Person, Rule, SegmentKey, Settlement, TagId},
    sync::{Household, Step, link, settle},
};

use super::{
    super::generate::{at, id, reference_data},
    Scene, news, planner,
};

fn named(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|&tag| tag.to_owned()).collect()
}

impl Scene {
    /// The list of news has another name from now on; its tag exists if `with_tag`.
    fn rename(&mut self, name: &str, with_tag: bool) {
        let mut reference = reference_data();
        name.clone_into(&mut reference.cc.lists.get_mut(&news()).unwrap().name);
        if with_tag {
            reference.virtuous.tags.insert(format!("CC: {name}"), vec![TagId(50)]);
        }
        self.planner = planner(&reference);
    }

    /// The person as the contact shows her now.
    fn person(&self) -> Person {
        let Self { world, subject, planner } = self;
        let fields = planner.mapping.field_names();
        link::person_of(&world.contacts[0], subject, &planner.rules, &fields, world.now()).unwrap()
    }
}

#[test]
fn s2_at_first_connect_constant_contact_wins() {
    let mut scene = Scene::unread();
    *scene.tags() = named(&["CC: Gala", "CC: Unknown", "Major donor"]);
    scene.world.cc.lists = vec![news()];
    scene.settle();
    assert_eq!(scene.world.cc.lists, [news()], "nobody joins by a tag that was there before");
    scene.tags().sort();
    assert_eq!(*scene.tags(), named(&["CC: News", "CC: Unknown", "Major donor"]));
}

#[test]
fn s5_staffs_tag_counts_though_nothing_is_agreed_on_consent() {
    let mut scene = Scene::unread();
    scene.world.cc.permission = Permission::NotSet;
    scene.settle();
    assert_eq!((scene.subject.base.consent, scene.subject.base.email.is_some()), (None, true));
    scene.tags().push("CC: News".to_owned());
    scene.settle();
    assert_eq!((scene.world.cc.lists.clone(), scene.tags().len()), (vec![news()], 1));
}

#[test]
fn s2_a_tag_that_shows_while_a_write_is_unsure_is_tandems() {
    let gala = ListId::new("l-gala");
    for unsure in [true, false] {
        // Another tag that is agreed on changes nothing.
        let mut scene = Scene::new(false);
        scene.world.cc.lists = vec![gala.clone()];
        scene.settle();
        assert_eq!(*scene.tags(), named(&["CC: Gala"]));
        scene.tags().push("CC: News".to_owned());
        let settlement = Settlement {
            id: id(),
            lane: Lane::Change,
            revision: scene.subject.revision,
            unsure,
            contact: None,
            findings: vec![Finding::Found(scene.person())],
        };
        let (household, now) = (Household::default(), scene.world.now());
        settle::settle(&mut scene.subject, &settlement, &scene.planner, &household, now);
        scene.settle();
        let (lists, tags) = (scene.world.cc.lists.clone(), scene.tags().clone());
        if unsure {
            assert_eq!((lists, tags), (vec![gala.clone()], named(&["CC: Gala"])));
        } else {
            assert_eq!((lists, tags), (vec![gala.clone(), news()], named(&["CC: Gala", "CC: News"])));
        }
    }
}

#[test]
fn s3_the_old_name_stays_on_until_the_new_one_is_on() {
    let mut scene = Scene::new(true);
    scene.rename("Fresh", false);
    let plan = scene.settle();
    assert_eq!(plan.missing_tags, ["CC: Fresh"]);
    assert_eq!(*scene.tags(), ["CC: News"]);
    scene.rename("Fresh", true);
    scene.read();
    let Step::Apply(planned) = scene.plan().step else { panic!("{:?}", scene.plan()) };
    assert!(matches!(&planned[0].effect, Effect::AddTag { name, .. } if name == "CC: Fresh"), "{planned:?}");
    assert_eq!((planned.len(), planned[0].reason.rule), (1, Rule::S3));
    scene.settle();
    assert_eq!(*scene.tags(), ["CC: Fresh"]);
    assert_eq!(scene.world.cc.lists, [news()], "nobody took a tag off");
}

#[test]
fn s3_the_old_name_of_a_list_that_is_left_goes_without_the_new_one() {
    let mut scene = Scene::new(true);
    scene.rename("Fresh", false);
    scene.settle();
    scene.world.cc.lists.clear();
    scene.settle();
    assert!(scene.tags().is_empty());
}

#[test]
fn s5_a_tag_of_staff_for_who_is_unsubscribed_goes_by_s5_and_any_other_by_s1() {
    let reason = |scene: &Scene| {
        let Step::Apply(planned) = scene.plan().step else { panic!("{:?}", scene.plan()) };
        let off = planned.into_iter().find(|one| matches!(one.effect, Effect::RemoveTag { .. }));
        off.map(|one| one.reason.rule)
    };
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.settle();
    scene.tags().push("CC: News".to_owned());
    scene.read();
    assert_eq!(reason(&scene), Some(Rule::S5));
    let mut scene = Scene::new(true);
    scene.world.cc.lists.clear();
    scene.read();
    assert_eq!(reason(&scene), Some(Rule::S1));
}

#[test]
fn i4_a_tag_stays_for_another_of_the_household_by_its_list_or_by_its_name() {
    let (one, other) = (ListId::new("l-same-1"), ListId::new("l-same-2"));
    let mut scene = Scene::new(false);
    scene.world.cc.lists = vec![one.clone()];
    scene.settle();
    assert_eq!(*scene.tags(), ["CC: Same"]);
    scene.world.cc.lists.clear();
    scene.read();
    let goes = |of: Option<&ListId>| {
        let segments: BTreeSet<SegmentKey> = of.cloned().map(SegmentKey::List).into_iter().collect();
        let household = Household { segments, ..Household::default() };
        let plan = scene.planner.plan(&scene.subject, &household, scene.world.now());
        matches!(&plan.step, Step::Apply(planned)
            if planned.iter().any(|one| matches!(one.effect, Effect::RemoveTag { .. })))
    };
    assert_eq!([goes(None), goes(Some(&news()))], [true, true]);
    assert_eq!([goes(Some(&one)), goes(Some(&other))], [false, false]);
}
