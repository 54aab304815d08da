//! Single decisions that random cases meet too rarely: one subscriber, one contact, and what happens to them in order.
//! [`consent`] and [`segments`] go on with one facet each.

#[path = "consent.rs"]
mod consent;
#[path = "segments.rs"]
mod segments;

use std::time::Duration;

use tandem::{
    domain::{
        Actor, CcView, CustomerRules, Deletion, DeletionProof, Effect, EmailMethod, Finding, Individual,
        IndividualId, Lane, ListId, MethodId, Permission, ReferenceData, Refusal, SegmentKey, Settlement,
        ShownMethod, Stage, State, Subject, Timestamp, Told, VirtuousContact, VirtuousContactId,
    },
    sync::{Household, Mapping, Plan, Planner, Step, retry, settle},
};

use super::{
    generate::{ID, at, id, reference_data},
    world::World,
};

const ADDRESS: &str = "ann@x.org";
const DAY: Duration = Duration::from_secs(86_400);

/// A subscriber who is linked and in step, both sides of her, and the customer's planner.
struct Scene {
    world: World,
    subject: Subject,
    planner: Planner,
}

fn planner(reference: &ReferenceData) -> Planner {
    let rules = CustomerRules::default();
    let mapping = Mapping::new(reference, &rules);
    Planner {
        rules,
        mapping: mapping.into(),
        stage: Stage::Live,
        scanned_at: Some(at(0)),
        ..Planner::default()
    }
}

fn news() -> ListId {
    ListId::new("l-news")
}

impl Scene {
    /// Ann, opted in on both sides long ago; on the list of news, with its tag, if `on_list`.
    fn new(on_list: bool) -> Self {
        let mut scene = Self::unread();
        if on_list {
            scene.world.cc.lists.push(news());
            scene.tags().push("CC: News".to_owned());
        }
        assert_eq!(scene.settle().state, State::InSync, "{:?}", scene.subject.reason);
        assert!(scene.agreed_in());
        scene
    }

    /// Ann, whom Tandem has not read yet, opted in on both sides long ago.
    fn unread() -> Self {
        let ago = at(0).minus(100 * DAY);
        let cc = CcView {
            seen_at: at(0),
            email: Some(ADDRESS.to_owned()),
            permission: Permission::Explicit,
            opt_in_source: Actor::Contact,
            opt_in_at: Some(ago),
            ..CcView::default()
        };
        let method = EmailMethod {
            id: MethodId(1),
            kind: "Home Email".to_owned(),
            value: ADDRESS.to_owned(),
            opted_in: true,
            primary: true,
            created_at: Some(ago),
            modified_at: Some(ago),
        };
        let person = Individual {
            id: IndividualId(1),
            primary: true,
            emails: vec![method].into(),
            fields: Told::whole(vec![]),
        };
        let contact = VirtuousContact {
            id: VirtuousContactId(100),
            merged_into: None,
            archived: None,
            private: Some(false),
            references: Told::whole(vec![("Constant Contact".to_owned(), ID.to_owned())]),
            tags: Told::whole(Vec::new()),
            fields: Told::whole(Vec::new()),
            individuals: Told::whole(vec![person]),
            modified_at: Some(ago),
        };
        let world = World::new(&cc, vec![contact], true);
        Self { world, subject: Subject::new(id(), at(0)), planner: planner(&reference_data()) }
    }

    /// Reads both sides.
    fn read(&mut self) {
        self.world.read_again(&mut self.subject, &self.planner);
    }

    /// The plan as things stand.
    fn plan(&self) -> Plan {
        self.planner.plan(&self.subject, &Household::default(), self.world.now())
    }

    fn tags(&mut self) -> &mut Vec<String> {
        &mut self.world.contacts[0].tags
    }

    /// Reads both sides and works until nothing is left to do; gives the plan that is left.
    fn settle(&mut self) -> Plan {
        self.read();
        for _ in 0..10 {
            self.world.turn(&mut self.subject, &self.planner, &Household::default());
            let plan = self.plan();
            if plan.step == Step::Nothing {
                return plan;
            }
        }
        panic!("does not come to an end: {:?}", self.subject);
    }

    fn method(&mut self) -> &mut ShownMethod {
        &mut self.world.contacts[0].individuals[0].emails[0]
    }

    fn opted_in(&mut self) -> bool {
        self.method().opted_in == Some(true)
    }

    fn agreed_in(&self) -> bool {
        self.subject.base.consent.is_some_and(|agreed| agreed.opted_in)
    }

    /// Staff opt Ann out at this moment.
    fn staff_opt_out(&mut self, when: Timestamp) {
        let method = self.method();
        (method.opted_in, method.modified_at) = (Some(false), Some(when));
    }

    /// Ann unsubscribes at this moment.
    fn unsubscribe(&mut self, when: Timestamp) {
        let cc = &mut self.world.cc;
        (cc.permission, cc.opt_out_source) = (Permission::Unsubscribed, Actor::Contact);
        cc.opt_out_at = Some(when);
        cc.lists.clear();
    }

    /// Ann opts in again by herself at this moment; what Constant Contact showed of an opt-out is gone.
    fn opt_in(&mut self, when: Timestamp) {
        let cc = &mut self.world.cc;
        (cc.permission, cc.opt_in_source, cc.opt_in_at) = (Permission::Explicit, Actor::Contact, Some(when));
        (cc.opt_out_source, cc.opt_out_at, cc.opt_out_reason, cc.deletion) =
            (Actor::Unknown, None, None, None);
    }

    /// Constant Contact shows Ann active again, and nothing says why.
    fn bare_active(&mut self) {
        self.opt_in(at(0));
        let cc = &mut self.world.cc;
        (cc.permission, cc.opt_in_source, cc.opt_in_at) = (Permission::Implicit, Actor::Unknown, None);
    }

    /// The next try fails for the moment.
    fn fails(&mut self) {
        let household = Household::default();
        let now = self.subject.work.map_or(self.world.now(), |work| work.due);
        let plan = self.planner.plan(&self.subject, &household, now);
        let Step::Apply(planned) = &plan.step else { panic!("nothing to try: {plan:?}") };
        let refusal = Refusal::Transient { text: "503".to_owned(), after: None, may_have_arrived: false };
        let findings = vec![Finding::Failed { action: planned[0].effect.kind().into(), refusal }];
        let settlement = Settlement {
            id: id(),
            lane: self.subject.work.map_or(Lane::Change, |work| work.lane),
            revision: self.subject.revision,
            unsure: false,
            contact: None,
            findings,
        };
        settle::settle(&mut self.subject, &settlement, &self.planner, &household, now);
    }
}

#[test]
fn d3_p3_a_deletion_with_a_bare_date_lasts_until_the_end_of_that_day() {
    let day = Timestamp::parse("2027-01-14").unwrap();
    let revived = |proof: Timestamp, gone: Deletion| {
        let mut scene = Scene::new(false);
        scene.world.cc.deletion = Some(gone);
        scene.settle();
        assert!(!scene.opted_in(), "D1");
        scene.opt_in(proof);
        let plan = scene.settle();
        (scene.opted_in(), plan.state)
    };
    let bare = Deletion { at: day, proof: DeletionProof::DeletedAt };
    for same_day in [1, 12 * 3600, 86_399, 86_400, 36 * 3600 - 1] {
        let proof = day.plus(Duration::from_secs(same_day));
        assert_eq!(revived(proof, bare), (false, State::Review), "second {same_day} of the day");
    }
    assert_eq!(revived(day.plus(DAY + DAY / 2), bare), (true, State::InSync));
    // With a time it is that moment, and so is one that was found at midnight.
    let timed = Deletion { at: day.plus(Duration::from_secs(1)), ..bare };
    assert_eq!(revived(day.plus(Duration::from_secs(2)), timed), (true, State::InSync));
    let found = Deletion { proof: DeletionProof::NotFound, ..bare };
    assert_eq!(revived(day.plus(Duration::from_secs(1)), found), (true, State::InSync));
}

#[test]
fn p3_the_date_of_tandems_own_unsubscribe_is_no_opt_out() {
    for (proof, opts_in) in [(100, false), (101, true), (500, true)] {
        let mut scene = Scene::new(false);
        scene.staff_opt_out(at(100));
        scene.settle();
        let told = scene.world.cc.clone();
        assert_eq!(told.permission, Permission::Unsubscribed);
        assert!(told.opt_out_at > Some(at(500)), "Tandem's own write is newer than the proof");
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}, staff's opt-out of second 100");
    }
}

#[test]
fn p3_the_date_of_tandems_own_opt_out_is_no_opt_out() {
    for (proof, opts_in) in [(100, false), (101, true), (500, true)] {
        let mut scene = Scene::new(false);
        scene.unsubscribe(at(100));
        scene.settle();
        assert!(!scene.opted_in());
        assert!(scene.method().modified_at > Some(at(500)), "Tandem's own write is newer than the proof");
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}, an unsubscribe of second 100");
    }
}

#[test]
fn s4_a_tag_that_is_missing_was_not_taken_off_by_staff() {
    let key = SegmentKey::List(news());
    for twice in [false, true] {
        let mut scene = Scene::new(true);
        assert_eq!(scene.subject.base.segments, [(key.clone(), "CC: News".to_owned())]);
        // Staff delete the tag for everybody; or there are two of its name, and nobody knows which is meant.
        let mut without = reference_data();
        if twice {
            let ids = without.virtuous.tags.get_mut("CC: News").unwrap();
            ids.push(tandem::domain::TagId(99));
        } else {
            without.virtuous.tags.remove("CC: News");
        }
        scene.planner = planner(&without);
        scene.tags().clear();
        let plan = scene.settle();
        assert_eq!(scene.world.cc.lists, [news()], "nobody leaves the list: {plan:?}");
        assert_eq!(plan.missing_tags.len(), usize::from(!twice));
        assert!(!plan.remarks.is_empty());
        // Made anew, it is put on again.
        scene.planner = planner(&reference_data());
        scene.settle();
        assert_eq!(scene.world.cc.lists, [news()]);
        assert_eq!(*scene.tags(), ["CC: News"]);
    }
    // A tag that is there and is off was taken off.
    let mut scene = Scene::new(true);
    scene.tags().clear();
    scene.settle();
    assert!(scene.world.cc.lists.is_empty());
}

#[test]
fn s5_who_is_unsubscribed_or_deleted_joins_no_list() {
    let tagged = |change: fn(&mut Scene)| {
        let mut scene = Scene::new(false);
        change(&mut scene);
        scene.settle();
        scene.tags().push("CC: News".to_owned());
        scene.settle();
        (scene.world.cc.lists, scene.world.contacts.remove(0).tags.to_vec())
    };
    let nothing = (Vec::new(), Vec::new());
    assert_eq!(tagged(|scene| scene.unsubscribe(at(100))), nothing);
    assert_eq!(tagged(|scene| scene.staff_opt_out(at(100))), nothing, "Tandem unsubscribed her");
    assert_eq!(
        tagged(|scene| {
            let proof = DeletionProof::DeletedAt;
            scene.world.cc.deletion = Some(Deletion { at: at(100), proof });
        }),
        nothing
    );
    assert_eq!(tagged(|_| ()), (vec![news()], vec!["CC: News".to_owned()]));
}

#[test]
fn b3_p1_an_opt_out_is_tried_for_ever_and_all_else_is_given_up() {
    let out: [fn(&mut Scene); 3] = [
        |scene| scene.unsubscribe(at(100)),
        |scene| scene.staff_opt_out(at(100)),
        |scene| {
            let proof = DeletionProof::NotFound;
            scene.world.cc.deletion = Some(Deletion { at: at(100), proof });
        },
    ];
    for change in out {
        let mut scene = Scene::new(false);
        change(&mut scene);
        scene.read();
        settle::replan(
            &mut scene.subject,
            Lane::Change,
            &scene.planner,
            &Household::default(),
            scene.world.now(),
        );
        for _ in 0..3 * retry::ATTEMPTS_MAX {
            let before = scene.subject.work.unwrap().due;
            scene.fails();
            let work = scene.subject.work.unwrap();
            assert_eq!((work.lane, &scene.subject.failure), (Lane::Consent, &None));
            assert!(work.due.since(before) <= Duration::from_secs(360), "E3");
        }
        scene.settle();
        assert!(!scene.opted_in() && !scene.agreed_in());
    }
    let mut scene = Scene::new(false);
    scene.world.cc.lists = vec![news()];
    scene.read();
    for _ in 1..retry::ATTEMPTS_MAX {
        scene.fails();
        assert!(scene.subject.failure.is_none() && scene.subject.work.is_some());
    }
    scene.fails();
    assert!(scene.subject.failure.is_some() && scene.subject.state == State::Failed);
}

#[test]
fn p1_the_consent_lane_comes_first() {
    assert_eq!(Lane::ALL[0], Lane::Consent);
    assert!(Lane::ALL.iter().all(|lane| Lane::Consent <= *lane && Lane::Consent.to_u8() <= lane.to_u8()));
    // Whatever lane a change waits in, an opt-out takes it to the first.
    for lane in Lane::ALL {
        let mut scene = Scene::new(true);
        scene.unsubscribe(at(100));
        scene.read();
        assert_eq!(scene.subject.work.map(|work| work.lane), Some(Lane::Consent));
        let (planner, household) = (&scene.planner, Household::default());
        let settled = settle::replan(&mut scene.subject, lane, planner, &household, scene.world.now());
        assert!(settled.plan.opts_out());
        assert_eq!(scene.subject.work.map(|work| work.lane), Some(Lane::Consent));
        let Step::Apply(planned) = &settled.plan.step else { panic!("{:?}", settled.plan) };
        assert!(matches!(planned[0].effect, Effect::SetOptIn { opted_in: false, .. }), "{planned:?}");
    }
}
