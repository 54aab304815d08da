//! Writes that were given up, by their cause: one row for what and why, however many people it is about (B3).

use std::collections::BTreeMap;

use super::words::{self, Count};
use crate::operator::{offers::Offer, questions::work::DeadLetter};

/// People of a group that are named.
pub(super) const NAMED: usize = 12;

/// Dead letters of one cause.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// What was to be written, in words.
    pub effect: String,
    /// The same, as the answers have it.
    pub kind: String,
    /// What came back.
    pub response: String,
    /// How many people.
    pub people: Count,
    /// How often the most patient of them was tried.
    pub attempts: u32,
    /// Some of them, by contact id and name.
    pub named: Vec<(String, String)>,
    /// What can be done for all of them.
    pub offers: Vec<Offer>,
}

impl Cause {
    /// What can be done, in words.
    #[must_use]
    pub fn word(&self, offer: &Offer) -> &'static str {
        words::of_verb(&offer.verb)
    }
}

/// The causes, those of the most people first.
#[must_use]
pub fn by_cause(letters: &[DeadLetter]) -> Vec<Cause> {
    let mut causes: BTreeMap<(&str, &str), Cause> = BTreeMap::new();
    for letter in letters {
        let cause = causes.entry((&letter.effect, &letter.response)).or_insert_with(|| Cause {
            effect: words::plain(&letter.effect),
            kind: letter.effect.clone(),
            response: letter.response.clone(),
            people: Count(0),
            attempts: 0,
            named: Vec::new(),
            offers: letter.offers.clone(),
        });
        cause.people.0 += 1;
        cause.attempts = cause.attempts.max(letter.attempts);
        if cause.named.len() < NAMED {
            cause.named.push((letter.subject.clone(), letter.name.clone()));
        }
    }
    let mut causes: Vec<Cause> = causes.into_values().collect();
    causes.sort_by_key(|one| std::cmp::Reverse(one.people));
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_dead_letters_of_one_cause_are_one_row() {
        let letter = |id: usize, effect: &str, response: &str| DeadLetter {
            id: id.to_string(),
            subject: id.to_string(),
            effect: effect.to_owned(),
            attempts: u32::try_from(id % 20).unwrap(),
            response: response.to_owned(),
            name: String::new(),
            offers: Vec::new(),
        };
        let mut letters: Vec<_> = (0..1_000).map(|id| letter(id, "opt_out", "400 ")).collect();
        letters.push(letter(7, "add_tag", "422 no such tag"));
        let causes = by_cause(&letters);
        assert_eq!((causes.len(), causes[0].people, causes[0].named.len()), (2, Count(1_000), NAMED));
        assert_eq!(
            (causes[0].effect.as_str(), causes[0].response.as_str(), causes[0].attempts),
            ("opt out", "400 ", 19)
        );
        assert_eq!(causes[1].response, "422 no such tag");
    }
}
