//! `/customers/{id}/questions`: what only a person can decide, grouped by question and not by person; writes that were given up, by
//! cause; the brake.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    customer,
    dead_letters::{self, Cause, NAMED},
    moment::Moment,
    of_people,
    prose::Prose,
    rule_text,
    shell::Shell,
    standing,
    words::{self, Count},
};
use crate::{
    domain::{CustomerId, Rule, State},
    http::state::HttpState,
    operator::{
        OperatorContext, OperatorError, Question,
        offers::Offer,
        questions::work::{ShowWork, WorkView},
        review::Review,
        shown::customer::CustomerView,
    },
};

/// A question of one or many people.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    rule: Rule,
    reason: String,
    people: Count,
    /// Some of them, by contact id and name.
    named: Vec<(String, String)>,
    /// Whether it is about people: one about a tag or a setting has none.
    is_of_people: bool,
    /// What can be answered, as commands.
    answers: Vec<String>,
    /// What can be answered by a button: for everybody with this question, or about the tag.
    offers: Vec<Offer>,
}

impl Asked {
    fn rule_text(&self) -> Prose {
        rule_text::of(self.rule)
    }

    fn word(&self, offer: &Offer) -> &'static str {
        words::of_verb(&offer.verb)
    }

    fn text(&self) -> Prose {
        Prose::of(&*self.reason)
    }

    fn more(&self) -> Count {
        Count(self.people.0.saturating_sub(self.named.len() as u64))
    }
}

#[derive(Template)]
#[template(path = "questions.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    customer: CustomerView,
    brake: Option<(Prose, Count, Moment)>,
    missing_tags: Vec<String>,
    questions: Vec<Asked>,
    causes: Vec<Cause>,
    /// People beyond those that the question lists.
    unlisted: Count,
    unlisted_letters: Count,
    is_quiet: bool,
}

/// `GET /customers/{customer}/questions`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    of_people::answered((&request, &state), ("questions", "Questions"), async |context, shell| {
        page_of(context, &path, shell).await
    })
    .await
}

async fn page_of(context: &OperatorContext, id: &str, shell: Shell) -> Result<Page, OperatorError> {
    let customer = customer::of(context, id).await?;
    let work = ShowWork { customer: customer.id.clone() }.answer(context).await?;
    let zone = context.settings_of(&customer.id).map_or(chrono_tz::UTC, |settings| settings.time_zone);
    let brake = work.brake.as_ref().map(|brake| {
        (Prose::of(&*brake.reason), Count(brake.count), Moment::of(brake.since, context.now(), zone))
    });
    let questions = by_question(&customer.id, &work);
    let listed: u64 = questions.iter().filter(|one| one.is_of_people).map(|one| one.people.0).sum();
    let causes = dead_letters::by_cause(&work.dead_letters);
    let beyond = |state, listed: u64| Count(standing::of(&customer, state).saturating_sub(listed));
    Ok(Page {
        shell: shell.about(&customer.id, &customer.name),
        is_quiet: brake.is_none()
            && questions.is_empty()
            && causes.is_empty()
            && work.missing_tags.is_empty(),
        unlisted: if work.reviews.len() >= 500 { beyond(State::Review, listed) } else { Count(0) },
        unlisted_letters: if work.dead_letters.len() >= 500 {
            beyond(State::Failed, work.dead_letters.len() as u64)
        } else {
            Count(0)
        },
        missing_tags: work.missing_tags,
        brake,
        questions,
        causes,
        customer,
    })
}

/// The reviews by question: one row for a rule and its reason, those of the most people first.
fn by_question(customer: &CustomerId, work: &WorkView) -> Vec<Asked> {
    let mut asked: BTreeMap<(Rule, &str), Asked> = BTreeMap::new();
    for review in &work.reviews {
        let one = asked.entry((review.rule, &review.reason)).or_insert_with(|| Asked {
            rule: review.rule,
            reason: review.reason.clone(),
            people: Count(0),
            named: Vec::new(),
            is_of_people: false,
            answers: answers(customer, review),
            offers: for_all(review),
        });
        // A tag or a setting is asked about under its own name, beside the people that wait for it.
        if is_of_person(review) {
            one.people.0 += 1;
            one.is_of_people = true;
            if one.named.len() < NAMED {
                one.named.push((review.subject.clone(), review.name.clone()));
            }
        } else {
            one.answers = answers(customer, review);
            one.offers.clone_from(&review.offers);
        }
    }
    let mut asked: Vec<Asked> = asked.into_values().collect();
    asked.sort_by_key(|one| std::cmp::Reverse(one.people));
    asked
}

/// What can be answered for many at once: a choice of one contact cannot.
fn for_all(review: &Review) -> Vec<Offer> {
    let is_plain = |offer: &&Offer| offer.contact.is_none() && offer.tag.is_none();
    review.offers.iter().filter(is_plain).cloned().collect()
}

/// Whether a question is about a subscriber: those about a tag or a setting are named after it.
fn is_of_person(review: &Review) -> bool {
    !(review.rule == Rule::S4 && review.actions.iter().all(|action| action.contains(" --tag "))
        || review.id == "untouched")
}

/// The commands that answer a question, for one of its people.
fn answers(customer: &CustomerId, review: &Review) -> Vec<String> {
    let item = if is_of_person(review) { "CONTACT" } else { &review.id };
    let of = |action: &String| {
        if action.contains(' ') {
            format!("tandem work {customer} {}", action.replacen(&review.subject, item, 1))
        } else {
            format!("tandem work {customer} {action} {item}")
        }
    };
    review.actions.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(id: &str, rule: Rule, reason: &str, actions: &[&str]) -> Review {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        let (name, offers) = (String::new(), Vec::new());
        Review {
            id: id.to_owned(),
            subject: id.to_owned(),
            rule,
            reason: reason.to_owned(),
            actions,
            name,
            offers,
        }
    }

    #[test]
    fn a_thousand_people_with_one_question_are_one_row() {
        let tag = "accept \"CC: Café\" --tag 7";
        let mut reviews: Vec<_> =
            (0..1_000).map(|id| review(&id.to_string(), Rule::P3, "unproved", &["accept", "drop"])).collect();
        reviews.push(review("CC: Café", Rule::S4, "two tags: CC: Café", &[tag]));
        reviews.extend(
            (0..12).map(|id| review(&format!("t{id}"), Rule::S4, "two tags: CC: Café", &[tag, "drop"])),
        );
        let work = WorkView {
            lanes: BTreeMap::new(),
            states: BTreeMap::new(),
            reviews,
            dead_letters: Vec::new(),
            brake: None,
            missing_tags: Vec::new(),
        };
        let asked = by_question(&"hope".parse().unwrap(), &work);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(
            (asked[0].people, asked[0].named.len(), asked[0].more()),
            (Count(1_000), NAMED, Count(988))
        );
        assert_eq!(asked[0].answers, ["tandem work hope accept CONTACT", "tandem work hope drop CONTACT"]);
        assert_eq!(asked[1].people, Count(12), "the tag once, with its people");
        assert_eq!(asked[1].answers, ["tandem work hope accept \"CC: Café\" --tag 7"]);
    }
}
