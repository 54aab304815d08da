//! A row of the tables of consent: a subscriber, what Virtuous shows, and what the decision is to be.

use super::{Decision, decide};
use crate::domain::{
    Actor, AgreedConsent, Cause, CcView, ContactId, CustomerRules, EmailMethod, Gaps, IndividualId, LinkedBy,
    MethodId, Permission, Person, Reason, Rule, Subject, Timestamp, VirtuousContactId,
};

pub(super) const ADDRESS: &str = "ann@x.org";

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// A subscriber and what Virtuous shows: (opted in, modified at).
pub(super) struct Row {
    pub subject: Subject,
    pub person: Person,
    pub rules: CustomerRules,
}

pub(super) fn row(permission: Permission, methods: &[(bool, Option<i64>)]) -> Row {
    let mut subject = Subject::new(ContactId::new("1"), at(0));
    subject.cc.email = Some("Ann@x.org".to_owned());
    subject.cc.permission = permission;
    let method = |(id, (opted_in, modified)): (i64, &(bool, Option<i64>))| EmailMethod {
        id: MethodId(id),
        kind: "Home Email".to_owned(),
        value: ADDRESS.to_owned(),
        opted_in: *opted_in,
        primary: true,
        created_at: Some(at(-100)),
        modified_at: modified.map(at),
    };
    let person = Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(1),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: (1..).zip(methods).map(method).collect(),
        tags: Vec::new(),
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: at(1_000),
        late: Vec::new(),
        others: Vec::new(),
    };
    Row { subject, person, rules: CustomerRules::default() }
}

impl Row {
    pub(super) fn cc(mut self, change: impl FnOnce(&mut CcView)) -> Self {
        change(&mut self.subject.cc);
        self
    }

    /// An opt-in in Constant Contact by the person, at this second.
    pub(super) fn joined(self, secs: i64) -> Self {
        self.cc(|cc| (cc.opt_in_source, cc.opt_in_at) = (Actor::Contact, Some(at(secs))))
    }

    pub(super) fn agreed(mut self, opted_in: bool, secs: Option<i64>) -> Self {
        self.subject.base.consent = Some(AgreedConsent { opted_in, at: secs.map(at) });
        self.subject.base.email = Some(ADDRESS.to_owned());
        self
    }

    pub(super) fn fresh(mut self, secs: i64) -> Self {
        self.subject.fresh_since = Some(at(secs));
        self
    }

    pub(super) fn one_way(mut self) -> Self {
        self.rules.two_way = false;
        self
    }

    pub(super) fn decides(&self) -> Decision {
        decide(&self.subject, &self.person, &self.rules)
    }

    #[track_caller]
    pub(super) fn keeps(&self, opted_in: bool, secs: Option<i64>) {
        let agreed = AgreedConsent { opted_in, at: secs.map(at) };
        assert_eq!(self.decides(), Decision::Keep(Some(agreed)));
    }

    #[track_caller]
    pub(super) fn writes(&self, wish: bool, secs: Option<i64>, rule: Rule, cause: Cause) {
        let agreed = AgreedConsent { opted_in: wish, at: secs.map(at) };
        let reason = Reason::new(rule, cause);
        assert_eq!(self.decides(), Decision::Virtuous { opted_in: wish, agreed, reason });
    }

    #[track_caller]
    pub(super) fn unsubscribes(&self, secs: Option<i64>) {
        let agreed = AgreedConsent { opted_in: false, at: secs.map(at) };
        let reason = Reason::new(Rule::P1, Cause::OptedOutInVirtuous);
        assert_eq!(self.decides(), Decision::ConstantContact { agreed, reason });
    }

    #[track_caller]
    pub(super) fn asks(&self, rule: Rule, cause: Cause) {
        assert_eq!(self.decides(), Decision::Review(Reason::new(rule, cause)));
    }
}
