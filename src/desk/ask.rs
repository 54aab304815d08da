//! The questions, and their places in the admin API: one table, read both ways.

use crate::{domain::CustomerId, transport::Method};

/// A question of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Is everything set up right?
    Check,
    /// Take over the customers' files.
    Apply,
    /// All customers.
    Customers,
    /// One customer.
    Customer(CustomerId),
    /// Stop a customer's work.
    Pause(CustomerId),
    /// Go on with it.
    Resume(CustomerId),
    /// Forget a customer.
    Remove(CustomerId),
    /// An address at which the customer connects Constant Contact.
    Link(CustomerId),
    /// The dry run (B2).
    Plan(CustomerId),
    /// The first import (C4).
    Import(CustomerId, ImportVerb),
    /// A whole reading of both sides (V2).
    Reconcile(CustomerId),
    /// One person.
    Contact(CustomerId, String),
    /// Queue, reviews, dead letters.
    Work(CustomerId),
    /// A decision about one item, or about all (`None`, for [`WorkVerb::Retry`] only).
    Decide(CustomerId, WorkVerb, Option<String>, Option<Choice>),
    /// What the store holds.
    Inspect,
}

/// What to do with the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ImportVerb {
    /// Begin it.
    Start,
    /// How far it is.
    Status,
    /// Hold the import lane.
    Pause,
    /// Go on.
    Resume,
}

/// What to do with an item of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WorkVerb {
    /// Back to work.
    Retry,
    /// Leave it as it is until something changes.
    Drop,
    /// Go on as proposed.
    Accept,
    /// Have Constant Contact send its one confirmation email (P5).
    Confirm,
}

/// Which of several an item of work is decided for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This Virtuous contact is the subscriber (I2).
    Contact(i64),
    /// This Virtuous tag is meant by the name (S4).
    Tag(i64),
    /// By confirming, the subscriber joins this list, given by its name or id (P5).
    List(String),
}

impl Choice {
    /// As it stands on the command line, without the dashes, and in the query.
    #[must_use]
    pub fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Contact(id) => ("contact", id.to_string()),
            Self::Tag(id) => ("tag", id.to_string()),
            Self::List(name) => ("list", name.clone()),
        }
    }
}

impl ImportVerb {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Start, "start"), (Self::Status, "status"), (Self::Pause, "pause"), (Self::Resume, "resume")];
}

impl WorkVerb {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Retry, "retry"), (Self::Drop, "drop"), (Self::Accept, "accept"), (Self::Confirm, "confirm")];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verb, _)| *verb == self).map_or("", |(_, word)| word)
    }
}

/// The routes below `/api/v1/`, for the page that describes the API: method, path, what it does.
pub const ROUTES: [(&str, &str, &str); 19] = [
    ("post", "/check", "Checks settings, store and both APIs of every customer"),
    ("post", "/apply", "Takes over the customers' files"),
    ("get", "/inspect", "What the store holds"),
    ("get", "/customers", "All customers"),
    ("get", "/customers/{customer}", "One customer"),
    ("post", "/customers/{customer}/pause", "Stops a customer's work"),
    ("post", "/customers/{customer}/resume", "Goes on with it"),
    ("post", "/customers/{customer}/remove", "Forgets a customer whose file is gone"),
    ("post", "/customers/{customer}/link", "An address for connecting Constant Contact, good for 24 hours"),
    ("get", "/customers/{customer}/plan", "Dry run: what would be written"),
    ("get", "/customers/{customer}/import", "How far the first import is"),
    ("post", "/customers/{customer}/import/{verb}", "start, pause or resume"),
    ("post", "/customers/{customer}/reconcile", "Has both sides read whole, and shows the reading under way"),
    (
        "get",
        "/customers/{customer}/contact",
        "One person; the query's `who` is an email address or a contact id",
    ),
    ("get", "/customers/{customer}/work", "Queue, reviews, dead letters"),
    ("post", "/customers/{customer}/work/retry", "Puts the query's `item`, or all, back to work"),
    ("post", "/customers/{customer}/work/drop", "Leaves the query's `item` as it is"),
    (
        "post",
        "/customers/{customer}/work/accept",
        "Goes on with the query's `item` as proposed, for the query's `contact` or `tag` where there are several",
    ),
    (
        "post",
        "/customers/{customer}/work/confirm",
        "Has Constant Contact send its one confirmation email to the query's `item`, for the query's `list` or those they had",
    ),
];

impl Ask {
    /// The method and the path with query, below `/api/v1`.
    #[must_use]
    pub fn route(&self) -> (Method, String) {
        let of = |id: &CustomerId, rest: &str| format!("/customers/{id}{rest}");
        let query = |name: &str, value: &str| {
            let mut query = url::form_urlencoded::Serializer::new("?".to_owned());
            query.append_pair(name, value);
            // The serializer joins with `&` what it does not know to be empty.
            query.finish().replacen("?&", "?", 1)
        };
        match self {
            Self::Check => (Method::Post, "/check".to_owned()),
            Self::Apply => (Method::Post, "/apply".to_owned()),
            Self::Inspect => (Method::Get, "/inspect".to_owned()),
            Self::Customers => (Method::Get, "/customers".to_owned()),
            Self::Customer(id) => (Method::Get, of(id, "")),
            Self::Pause(id) => (Method::Post, of(id, "/pause")),
            Self::Resume(id) => (Method::Post, of(id, "/resume")),
            Self::Remove(id) => (Method::Post, of(id, "/remove")),
            Self::Link(id) => (Method::Post, of(id, "/link")),
            Self::Plan(id) => (Method::Get, of(id, "/plan")),
            Self::Import(id, ImportVerb::Status) => (Method::Get, of(id, "/import")),
            Self::Import(id, verb) => {
                let word = ImportVerb::ALL.iter().find(|(it, _)| it == verb).map_or("", |(_, word)| word);
                (Method::Post, of(id, &format!("/import/{word}")))
            }
            Self::Reconcile(id) => (Method::Post, of(id, "/reconcile")),
            Self::Contact(id, who) => (Method::Get, of(id, "/contact") + &query("who", who)),
            Self::Work(id) => (Method::Get, of(id, "/work")),
            Self::Decide(id, verb, item, choice) => {
                let item = item.iter().map(|item| ("item", item.clone()));
                let pairs = item.chain(choice.as_ref().map(Choice::parts));
                let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                let query = if query.is_empty() { query } else { format!("?{query}") };
                (Method::Post, of(id, &format!("/work/{}", verb.as_str())) + &query)
            }
        }
    }

    /// The question at a place; `path` is below `/api/v1`.
    #[must_use]
    pub fn of(method: &str, path: &str, query: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let (get, post) = (method == "GET", method == "POST");
        match parts.as_slice() {
            ["check"] if post => Some(Self::Check),
            ["apply"] if post => Some(Self::Apply),
            ["inspect"] if get => Some(Self::Inspect),
            ["customers"] if get => Some(Self::Customers),
            ["customers", id, rest @ ..] => {
                let id: CustomerId = id.parse().ok()?;
                match rest {
                    [] if get => Some(Self::Customer(id)),
                    ["pause"] if post => Some(Self::Pause(id)),
                    ["resume"] if post => Some(Self::Resume(id)),
                    ["remove"] if post => Some(Self::Remove(id)),
                    ["link"] if post => Some(Self::Link(id)),
                    ["plan"] if get => Some(Self::Plan(id)),
                    ["import"] if get => Some(Self::Import(id, ImportVerb::Status)),
                    ["import", word] if post => {
                        let verb = ImportVerb::ALL.iter().find(|(_, it)| it == word)?.0;
                        Some(Self::Import(id, verb)).filter(|_| verb != ImportVerb::Status)
                    }
                    ["reconcile"] if post => Some(Self::Reconcile(id)),
                    ["contact"] if get => Some(Self::Contact(id, value("who")?)),
                    ["work"] if get => Some(Self::Work(id)),
                    ["work", word] if post => {
                        let verb = WorkVerb::ALL.iter().find(|(_, it)| it == word)?.0;
                        let number = |name| value(name).map(|text| text.parse::<i64>().ok());
                        let choice = match (number("contact"), number("tag"), value("list")) {
                            (None, None, None) => None,
                            (Some(contact), None, None) => Some(Choice::Contact(contact?)),
                            (None, Some(tag), None) => Some(Choice::Tag(tag?)),
                            (None, None, Some(list)) => Some(Choice::List(list)),
                            _ => return None,
                        };
                        Some(Self::Decide(id, verb, value("item"), choice))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The customer whose work the question changes.
    #[must_use]
    pub fn changes(&self) -> Option<&CustomerId> {
        match self {
            Self::Pause(id)
            | Self::Resume(id)
            | Self::Remove(id)
            | Self::Reconcile(id)
            | Self::Decide(id, ..) => Some(id),
            Self::Import(id, verb) if *verb != ImportVerb::Status => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_found_again_at_its_place() {
        let id = || "hope".parse::<CustomerId>().unwrap();
        let mut asks = vec![Ask::Check, Ask::Apply, Ask::Customers, Ask::Inspect, Ask::Customer(id())];
        asks.extend([
            Ask::Pause(id()),
            Ask::Resume(id()),
            Ask::Remove(id()),
            Ask::Link(id()),
            Ask::Plan(id()),
            Ask::Reconcile(id()),
        ]);
        asks.extend([Ask::Work(id()), Ask::Contact(id(), "Ann & Bob+1@example.org".into())]);
        asks.extend(ImportVerb::ALL.map(|(verb, _)| Ask::Import(id(), verb)));
        for (verb, _) in WorkVerb::ALL {
            let item = || Some("a/b?c".into());
            asks.extend([Ask::Decide(id(), verb, None, None), Ask::Decide(id(), verb, item(), None)]);
            for choice in [Choice::Contact(7), Choice::Tag(-8), Choice::List("Art & co?".into())] {
                asks.extend([Ask::Decide(id(), verb, item(), Some(choice))]);
            }
        }
        for ask in asks {
            let (method, route) = ask.route();
            let (path, query) = route.split_once('?').unwrap_or((&route, ""));
            assert_eq!(Ask::of(method.as_str(), path, query), Some(ask), "{route}");
            assert_eq!(Ask::of("DELETE", path, query), None);
        }
        assert_eq!(Ask::of("GET", "/customers/No Such", ""), None);
    }
}
