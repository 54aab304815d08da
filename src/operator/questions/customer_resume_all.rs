//! Goes on with the work of every paused customer, where that helps.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Cause, CustomerId, CustomerRecord, Rule},
    operator::{OperatorContext, OperatorError, Outcome, Question, enrolment},
    transport::Method,
};

/// Goes on with the work of every paused customer that can go on; what a person paused stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerResumeAll {}

/// A customer that stays paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaysPaused {
    /// The customer.
    pub customer: CustomerId,
    /// Why it is paused.
    pub reason: String,
    /// By which rule.
    pub rule: Rule,
    /// What to do, as going on alone would not help.
    pub remedy: String,
}

/// What became of the paused customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResumedView {
    /// Those that go on.
    pub resumed: Vec<CustomerId>,
    /// Those that stay paused, and why.
    pub still_paused: Vec<StaysPaused>,
}

impl Question for CustomerResumeAll {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/resume";
    const COMMAND: &'static str = "customer resume --all";
    const SUMMARY: &'static str = "Goes on with the work of every paused customer";
    const IS_FILTERED: bool = true;
    type View = ResumedView;

    async fn answer(&self, context: &OperatorContext) -> Result<ResumedView, OperatorError> {
        let mut view = ResumedView { resumed: Vec::new(), still_paused: Vec::new() };
        let records = context.records()?;
        let customers = records.len();
        for record in records {
            if let Some(stays) = stays_paused(&record) {
                view.still_paused.push(stays);
                continue;
            }
            if record.pause.is_none() {
                continue;
            }
            let now = context.now();
            let resume = move |record: &mut CustomerRecord| {
                // Another pause may have come meanwhile.
                if stays_paused(record).is_none() {
                    record.end_pause_among(customers, now);
                }
            };
            context.deps.store.of(record.number).update_customer(resume).await?;
            if let Some(service) = &context.service {
                service.nudge(&record.id);
            }
            view.resumed.push(record.id);
        }
        Ok(view)
    }

    fn outcome(view: &ResumedView) -> Outcome {
        if view.still_paused.is_empty() { Outcome::Done } else { Outcome::NeedsPerson }
    }
}

/// Why a paused customer is not resumed: it would only pause again, or a person or its file paused it. `None` if it is, or is not paused.
fn stays_paused(record: &CustomerRecord) -> Option<StaysPaused> {
    let (id, pause) = (&record.id, record.pause.as_ref()?);
    let remedy = if enrolment::is_by_file(pause) {
        format!("take `paused = true` out of {id}.toml and run `tandem customer apply`")
    } else if pause.by_operator {
        format!("a person paused it: ask why, then `tandem customer resume {id}`")
    } else if pause.reason.rule == Rule::I5 {
        format!(
            "put its account, key or file right, or accept the other one with `tandem customer rebind {id}`; then `tandem customer \
             resume {id}` (I5)"
        )
    } else if pause.reason.cause == Cause::KeyMissing {
        "put the key file back and start tandem again: they go on by themselves".to_owned()
    } else {
        return None;
    };
    let (reason, rule) = (pause.reason.to_string(), pause.reason.rule);
    Some(StaysPaused { customer: id.clone(), reason, rule, remedy })
}

impl fmt::Display for ResumedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resumed.is_empty() && self.still_paused.is_empty() {
            return writeln!(f, "no customer is paused");
        }
        self.resumed.iter().try_for_each(|id| writeln!(f, "{id}: goes on"))?;
        self.still_paused.iter().try_for_each(|one| {
            writeln!(f, "{}: stays paused: {} [{}]\n  {}", one.customer, one.reason, one.rule, one.remedy)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Pause, Reason, Refused, System},
        operator::{
            questions::{customer_pause::CustomerPause, customer_resume::CustomerResume},
            tests::Place,
        },
    };

    #[tokio::test]
    async fn b3_all_that_can_go_on_do_and_the_others_are_named_with_the_reason() {
        let place = Place::new().await;
        let (store, now) = (&place.context.deps.store, place.context.now());
        let nothing = CustomerResumeAll {}.answer(&place.context).await.unwrap();
        assert!(nothing.resumed.is_empty() && nothing.to_string().contains("no customer is paused"));
        CustomerPause { customer: place.hope() }.answer(&place.context).await.unwrap();
        let refused = Reason::about(Rule::B3, Cause::Refused, "virtuous refuses the key or grant");
        let other = Reason::about(Rule::I5, Cause::AnotherAccount, "it is \"Faith\", expected \"Mercy\"");
        let by_file = Reason::about(Rule::B3, Cause::Decided, enrolment::BY_FILE);
        for (id, pause) in [
            ("dead", Pause::refused(System::Virtuous, Refused::Access, refused, now)),
            ("mercy", Pause::until_a_person_acts(other, now)),
            ("quiet", Pause::by_operator(by_file, now)),
        ] {
            let number = store.enrol(id.parse().unwrap(), now).await.unwrap().number;
            store.of(number).update_customer(move |record| record.pause = Some(pause)).await.unwrap();
        }
        let view = CustomerResumeAll {}.answer(&place.context).await.unwrap();
        let resumed: Vec<&str> = view.resumed.iter().map(CustomerId::as_str).collect();
        assert_eq!(resumed, ["dead"], "{view}");
        let stays: Vec<&str> = view.still_paused.iter().map(|one| one.customer.as_str()).collect();
        assert_eq!(stays, ["hope", "mercy", "quiet"], "{view}");
        for (one, remedy) in
            view.still_paused.iter().zip(["resume hope`", "customer rebind mercy", "quiet.toml"])
        {
            assert!(one.remedy.contains(remedy), "{view}");
        }
        assert_eq!(CustomerResumeAll::outcome(&view), Outcome::NeedsPerson);
        let paused = |id: &str| store.customer(&id.parse().unwrap()).unwrap().unwrap().pause.is_some();
        assert_eq!(["dead", "hope", "mercy", "quiet"].map(paused), [false, true, true, true]);
        // By its name it goes on.
        CustomerResume { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert!(!paused("hope"));
    }
}
