//! What waits: the queue by lane, reviews, dead letters, the brake.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Cause, CustomerId, CustomerRecord, Lane, State, Subject, VirtuousReferenceData},
    operator::{
        OperatorContext, OperatorError, Outcome, Question,
        offers::{self, Offer},
        review::{self, Review},
        shown::{brake::BrakeView, counts},
    },
    transport::Method,
};

/// Items of each kind that are listed; the counts are in `states`.
const ITEMS_MAX: usize = 500;
/// Subjects that are looked at for them.
const LOOKED_AT_MAX: usize = 5_000;

/// A write that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// What to name it by.
    pub id: String,
    /// The subscriber that it is about.
    pub subject: String,
    /// What was to be written.
    pub effect: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came back.
    pub response: String,
    /// The name of the person, else the address.
    #[serde(default)]
    pub name: String,
    /// What can be done, and what each does.
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// All that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkView {
    /// Waiting work by lane.
    pub lanes: BTreeMap<Lane, u64>,
    /// Subscribers by state.
    pub states: BTreeMap<State, u64>,
    /// For a person's decision.
    pub reviews: Vec<Review>,
    /// Given up.
    pub dead_letters: Vec<DeadLetter>,
    /// The brake, if it holds (B1).
    pub brake: Option<BrakeView>,
    /// Tags that staff need to create in Virtuous (S4).
    pub missing_tags: Vec<String>,
}

/// What waits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowWork {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for ShowWork {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}/work";
    const COMMAND: &'static str = "work {customer}";
    const SUMMARY: &'static str = "Queue, reviews, dead letters";
    type View = WorkView;

    /// Thousands of questions may be open: they are read apart from the threads that serve.
    async fn answer(&self, context: &OperatorContext) -> Result<WorkView, OperatorError> {
        let (apart, customer) = (context.clone(), self.customer.clone());
        context.deps.store.apart(move || WorkView::read(&apart, &customer)).await
    }

    fn outcome(view: &WorkView) -> Outcome {
        Outcome::of_brake(view.brake.is_some())
    }
}

impl WorkView {
    fn read(context: &OperatorContext, customer: &CustomerId) -> Result<Self, OperatorError> {
        let record = context.record(customer)?;
        let (store, number) = (&context.deps.store, record.number);
        let counts = store.of(number).counts()?;
        let mapping = store.of(record.number).planner(&record, &context.rules(&record.id))?.mapping;
        let reference = &store.of(number).reference_data()?.virtuous;
        let doubled = mapping.doubled_tags();
        let mut reviews: Vec<Review> = doubled.iter().map(|name| review::of_tag(name, reference)).collect();
        let open = open(context, &record, State::Review)?;
        let (untouched, open): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|subject| subject.reason.cause == Cause::Untouched);
        reviews.extend(review::of_untouched(untouched.len()));
        reviews.extend(open.iter().map(|subject| review::of(subject, reference)));
        let failed = self::open(context, &record, State::Failed)?;
        Ok(Self {
            lanes: counts::lanes(&counts),
            states: counts::states(&counts),
            reviews,
            dead_letters: failed.into_iter().filter_map(|one| DeadLetter::of(one, reference)).collect(),
            brake: BrakeView::of(&record),
            missing_tags: mapping.missing_tags(),
        })
    }
}

/// The open questions: a subject that was decided and is not planned again yet is none.
fn open(
    context: &OperatorContext,
    record: &CustomerRecord,
    state: State,
) -> Result<Vec<Subject>, OperatorError> {
    let mut subjects = context.deps.store.of(record.number).attention(state, LOOKED_AT_MAX)?;
    subjects.retain(|subject| subject.decided().is_none());
    // Untouched opt-outs are one question, however many there are (P7).
    let mut listed = 0;
    subjects.retain(|subject| {
        let is_one_of_many = subject.reason.cause == Cause::Untouched;
        listed += usize::from(!is_one_of_many);
        is_one_of_many || listed <= ITEMS_MAX
    });
    Ok(subjects)
}

impl DeadLetter {
    fn of(subject: Subject, reference: &VirtuousReferenceData) -> Option<Self> {
        let (name, offers) = (review::name_of(&subject), offers::of(&subject, reference));
        let failure = subject.failure?;
        let id = subject.id.to_string();
        let (effect, attempts, response) = (failure.effect, failure.attempts, failure.response);
        Some(Self { subject: id.clone(), id, effect, attempts, response, name, offers })
    }
}

impl fmt::Display for WorkView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lanes   {}\nstates  {}", counts::line(&self.lanes), counts::line(&self.states))?;
        if let Some(BrakeView { reason, since, .. }) = &self.brake {
            writeln!(f, "\nthe brake holds since {since} (`accept brake` lets it go on)\n  {reason}")?;
        }
        if !self.reviews.is_empty() {
            writeln!(f, "\nfor review")?;
        }
        // One question of many people is asked once.
        let mut questions: Vec<(&Review, Vec<&Review>)> = Vec::new();
        for one in &self.reviews {
            let question = |known: &(&Review, Vec<&Review>)| {
                (known.0.rule, &known.0.reason, &known.0.actions) == (one.rule, &one.reason, &one.actions)
            };
            match questions.iter_mut().find(|known| question(known)) {
                Some((_, people)) => people.push(one),
                None => questions.push((one, vec![one])),
            }
        }
        for (question, people) in questions {
            let many = if people.len() > 1 { format!("{} people: ", people.len()) } else { String::new() };
            writeln!(
                f,
                "  {:<3} {many}{} ({})",
                question.rule.as_str(),
                question.reason,
                question.actions.join(", ")
            )?;
            people.iter().try_for_each(|one| writeln!(f, "      {}", one.id))?;
        }
        if !self.dead_letters.is_empty() {
            writeln!(f, "\ndead letters (retry, drop)")?;
        }
        for one in &self.dead_letters {
            writeln!(f, "  {}  {} after {} tries: {}", one.id, one.effect, one.attempts, one.response)?;
        }
        if !self.missing_tags.is_empty() {
            writeln!(f, "\ntags that staff need to create in Virtuous (S4)")?;
        }
        self.missing_tags.iter().try_for_each(|tag| writeln!(f, "  {tag}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn reviews_dead_letters_and_the_brake_are_shown_with_what_can_be_done() {
        let place = Place::new().await;
        place.failed("1").await;
        place.asked_about("2").await;
        place.hold_brake(7).await;
        let answer = ShowWork { customer: place.hope() }.answer(&place.context).await.unwrap();
        let letter = &answer.dead_letters[0];
        assert_eq!((letter.id.as_str(), letter.effect.as_str(), letter.attempts), ("1", "opt_out", 18));
        assert_eq!((answer.reviews[0].id.as_str(), answer.reviews.len()), ("2", 1));
        assert!(answer.reviews[0].actions.iter().any(|action| action == "accept"), "{answer:?}");
        assert_eq!((answer.states[&State::Failed], answer.states[&State::Review]), (1, 1));
        assert_eq!(ShowWork::outcome(&answer), Outcome::NeedsPerson);
        let text = answer.to_string();
        assert!(text.starts_with("lanes   change 0, consent 0"), "{text}");
        assert!(text.contains("dead letters (retry, drop)\n  1  opt_out after 18 tries: 400"), "{text}");
    }
}
