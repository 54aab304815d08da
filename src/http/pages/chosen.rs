//! What a form asks for: which action, to which items, and what it does.

use super::form::{Fields, field};
use crate::operator::{
    OperatorContext, OperatorError, Question,
    offers::Offer,
    questions::{
        contact::ShowContact,
        work::{ShowWork, WorkView},
    },
    shown::{brake::BrakeView, customer::CustomerView},
};

/// One question that is put.
pub struct Item {
    /// The subscriber that it is about, if it is about one.
    pub person: Option<String>,
    /// The question's parameters beside the customer.
    pub parameters: Fields,
}

/// What a form asks for.
pub struct Chosen {
    /// The route below `/api/v1`.
    pub path: String,
    /// The action in words.
    pub word: &'static str,
    /// What it does, as a sentence without its subject.
    pub does: String,
    /// To what: one entry where it is about the customer.
    pub items: Vec<Item>,
    /// The page to go back to, below the customer's.
    pub back: &'static str,
}

/// An action about a whole customer.
struct OfCustomer {
    what: &'static str,
    route: &'static str,
    word: &'static str,
    does: &'static str,
}

const OF_CUSTOMER: [OfCustomer; 6] = [
    OfCustomer {
        what: "pause",
        route: "pause",
        word: "Pause",
        does: "stops reading and writing of this customer until somebody resumes it; its opt-outs wait too",
    },
    OfCustomer {
        what: "resume",
        route: "resume",
        word: "Resume",
        does: "goes on; after a pause of an hour or more both systems are read whole",
    },
    OfCustomer {
        what: "start-import",
        route: "import/start",
        word: "Start the import",
        does: "begins to write, in both systems, what the dry run shows; from then on they are kept in step",
    },
    OfCustomer {
        what: "hold-import",
        route: "import/pause",
        word: "Hold the import",
        does: "sends no new contacts until it goes on; opt-outs and changes of linked people go on",
    },
    OfCustomer {
        what: "go-on-import",
        route: "import/resume",
        word: "Go on with the import",
        does: "sends new contacts again",
    },
    OfCustomer {
        what: "reconcile",
        route: "reconcile",
        word: "Read everything",
        does: "reads both systems whole, beside all else, and says what differed from what was known",
    },
];

/// What the form asks for, as things are now.
///
/// # Errors
/// [`OperatorError::Malformed`] for what no page sends; [`OperatorError::Refused`] for what nothing waits for any more.
pub async fn of(
    context: &OperatorContext,
    customer: &CustomerView,
    fields: &Fields,
) -> Result<Chosen, OperatorError> {
    let (what, id) = (field(fields, "what"), &customer.id);
    if let Some(act) = OF_CUSTOMER.iter().find(|act| act.what == what) {
        let items = vec![Item { person: None, parameters: Vec::new() }];
        let back = if act.what == "start-import" { "/plan" } else { "" };
        return Ok(Chosen {
            path: format!("customers/{id}/{}", act.route),
            word: act.word,
            does: act.does.to_owned(),
            items,
            back,
        });
    }
    let word = word(what).ok_or_else(|| OperatorError::Malformed(format!("no page does \"{what}\"")))?;
    let (does, items) = if field(fields, "item") == "brake" {
        (released(customer)?, vec![item(None, &[("item", "brake")])])
    } else if field(fields, "item").is_empty() {
        many(context, customer, (what, fields)).await?
    } else {
        one(context, customer, (what, fields)).await?
    };
    if items.is_empty() {
        return Err(OperatorError::Refused("Nothing waits for this any more: look again.".to_owned()));
    }
    Ok(Chosen { path: format!("customers/{id}/work/{what}"), word, does, items, back: "/questions" })
}

/// What goes on once the brake is released: a page that was made when it held others asks again.
fn released(customer: &CustomerView) -> Result<String, OperatorError> {
    let nothing = || OperatorError::Refused("The brake holds nothing any more: look again.".to_owned());
    let BrakeView { reason, count, since } = customer.brake.as_ref().ok_or_else(nothing)?;
    Ok(format!(
        "lets everything go on that the brake holds since {since} ({count} held: {reason}): it is written, and cannot be taken back from \
         here"
    ))
}

fn word(verb: &str) -> Option<&'static str> {
    match verb {
        "accept" => Some("Accept"),
        "drop" => Some("Leave as it is"),
        "retry" => Some("Try again"),
        "confirm" => Some("Ask the person by email"),
        _ => None,
    }
}

fn item(person: Option<&str>, parameters: &[(&str, &str)]) -> Item {
    let parameters = parameters.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Item { person: person.map(str::to_owned), parameters }
}

/// An item of its own: a person, or a tag under its name.
async fn one(
    context: &OperatorContext,
    customer: &CustomerView,
    (verb, fields): (&str, &Fields),
) -> Result<(String, Vec<Item>), OperatorError> {
    let (wanted, contact, tag) = (field(fields, "item"), field(fields, "contact"), field(fields, "tag"));
    let offers = if tag.is_empty() {
        let who = wanted.to_owned();
        ShowContact { customer: customer.id.clone(), who }.answer(context).await?.actions
    } else {
        let work = ShowWork { customer: customer.id.clone() }.answer(context).await?;
        work.reviews.into_iter().flat_map(|review| review.offers).collect()
    };
    let text = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let is_meant = |offer: &&Offer| {
        offer.verb == verb && offer.item == wanted && text(offer.contact) == contact && text(offer.tag) == tag
    };
    let Some(offer) = offers.iter().find(is_meant) else { return Ok((String::new(), Vec::new())) };
    let mut parameters = vec![("item", wanted)];
    parameters.extend([("contact", contact), ("tag", tag)].into_iter().filter(|(_, text)| !text.is_empty()));
    let person = tag.is_empty().then_some(wanted);
    Ok((offer.does.clone(), vec![item(person, &parameters)]))
}

/// Everybody with one question, or with a dead letter of one cause.
async fn many(
    context: &OperatorContext,
    customer: &CustomerView,
    (verb, fields): (&str, &Fields),
) -> Result<(String, Vec<Item>), OperatorError> {
    let work = ShowWork { customer: customer.id.clone() }.answer(context).await?;
    let found = if field(fields, "effect").is_empty() {
        asked(&work, (verb, fields))
    } else {
        given_up(&work, (verb, fields))
    };
    let does = found.first().map(|(_, offer)| offer.does.clone()).unwrap_or_default();
    Ok((does, found.iter().map(|(id, _)| item(Some(id), &[("item", id)])).collect()))
}

/// The people of a question, with what the answer does for each.
fn asked<'a>(work: &'a WorkView, (verb, fields): (&str, &Fields)) -> Vec<(&'a str, &'a Offer)> {
    let (rule, reason) = (field(fields, "rule"), field(fields, "reason"));
    let same = work.reviews.iter().filter(|one| one.rule.as_str() == rule && one.reason == reason);
    same.filter_map(|one| Some((one.id.as_str(), plain(&one.offers, verb, &one.id)?))).collect()
}

/// The people of a cause of dead letters.
fn given_up<'a>(work: &'a WorkView, (verb, fields): (&str, &Fields)) -> Vec<(&'a str, &'a Offer)> {
    let (effect, response) = (field(fields, "effect"), field(fields, "response"));
    let same = work.dead_letters.iter().filter(|one| one.effect == effect && one.response == response);
    same.filter_map(|one| Some((one.id.as_str(), plain(&one.offers, verb, &one.id)?))).collect()
}

/// The offer that names nothing but the person: a choice of one contact is no answer for many.
fn plain<'a>(offers: &'a [Offer], verb: &str, item: &str) -> Option<&'a Offer> {
    offers
        .iter()
        .find(|one| one.verb == verb && one.item == item && one.contact.is_none() && one.tag.is_none())
}
