//! What one facet contributes to a plan, and the fold that puts the facets together.

use crate::domain::{AgreedConsent, Reason, SegmentKey, TagId};

use super::{Plan, Planned};

/// What a facet found: what both sides agree on, what is to be written, and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facet {
    /// What both sides agree on in this facet.
    pub agreed: Agreed,
    /// What is to be written, in this order.
    pub effects: Vec<Planned>,
    /// What was noticed beside.
    pub remarks: Vec<Reason>,
    /// Questions that a person decides.
    pub reviews: Vec<Reason>,
    /// Tags that staff need to create (S4).
    pub missing_tags: Vec<String>,
}

/// The part of the base that a facet settles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Agreed {
    /// The facet leaves the base as it is.
    #[default]
    Unchanged,
    /// Both sides agree on consent, or say nothing of it (P1).
    Consent {
        /// The agreed value.
        consent: Option<AgreedConsent>,
        /// Whether the value answers every earlier opt-out (P3).
        answered: bool,
    },
    /// Staff's opt-out stands, and Constant Contact is not told of it (P1, one way).
    ConsentDisagrees,
    /// The address, and the former addresses that still count for consent (P6).
    Email {
        /// The agreed address, as compared.
        email: Option<String>,
        /// Former addresses, oldest first.
        former: Vec<String>,
    },
    /// Segments with the names of their tags (S1).
    Segments {
        /// Each segment with the name of its tag.
        segments: Vec<(SegmentKey, String)>,
        /// The tags' ids by name (S5).
        tag_ids: Vec<(String, TagId)>,
    },
    /// Fields with their values (F1).
    Fields(Vec<(String, String)>),
}

impl Facet {
    /// A facet that only writes.
    pub(super) fn writes(effects: Vec<Planned>) -> Self {
        Self { effects, ..Self::default() }
    }

    /// A facet that only asks a person.
    pub(super) fn asks(review: Reason) -> Self {
        Self { reviews: vec![review], ..Self::default() }
    }

    /// A facet that only agrees.
    pub(super) fn agrees(agreed: Agreed) -> Self {
        Self { agreed, ..Self::default() }
    }

    /// The facet of an archived or private contact: opt-outs go on, questions do not (I3).
    pub(super) fn opt_outs_only(mut self) -> Self {
        self.effects.retain(|planned| planned.effect.kind().opts_out());
        self.reviews.clear();
        self
    }
}

/// The facets that were put together so far.
#[derive(Debug)]
pub(super) struct Merged {
    /// The plan without its step.
    pub plan: Plan,
    /// What is to be written.
    pub effects: Vec<Planned>,
    /// What a person decides.
    pub reviews: Vec<Reason>,
}

impl Merged {
    /// Begins with a plan that does nothing.
    pub(super) const fn new(plan: Plan) -> Self {
        Self { plan, effects: Vec::new(), reviews: Vec::new() }
    }

    /// Adds one facet.
    pub(super) fn add(&mut self, facet: Facet) {
        let Facet { agreed, effects, remarks, reviews, missing_tags } = facet;
        let plan = &mut self.plan;
        match agreed {
            Agreed::Unchanged => {}
            Agreed::Consent { consent, answered } => {
                plan.base.consent = consent;
                (plan.consent_agrees, plan.consent_answered) = (true, answered);
            }
            Agreed::ConsentDisagrees => plan.consent_agrees = true,
            Agreed::Email { email, former } => (plan.base.email, plan.base.former) = (email, former),
            Agreed::Segments { segments, tag_ids } => {
                (plan.base.segments, plan.base.tag_ids) = (segments, tag_ids);
            }
            Agreed::Fields(fields) => plan.base.fields = fields,
        }
        join(&mut plan.remarks, remarks);
        join(&mut plan.missing_tags, missing_tags);
        join(&mut self.effects, effects);
        join(&mut self.reviews, reviews);
    }
}

/// Puts `more` behind `all`; most facets have nothing to add.
#[inline]
fn join<T>(all: &mut Vec<T>, mut more: Vec<T>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}
