//! The words and figures of the pages.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::{
    config::ImportWindow,
    domain::{Lane, State, Stream},
};

/// A count as pages show it: its thousands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl HtmlSafe for Count {}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count(self.0))
    }
}

/// A count, its thousands apart.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A state in words.
#[must_use]
pub const fn of_state(state: State) -> &'static str {
    match state {
        State::InSync => "in step",
        State::Pending => "to do",
        State::Submitted => "in Virtuous' import",
        State::Held => "held",
        State::Review => "needs a decision",
        State::Failed => "given up",
        State::Excluded => "left out by rule",
    }
}

/// The colour of a state.
#[must_use]
pub const fn colour(state: State) -> &'static str {
    match state {
        State::InSync => "well",
        State::Failed => "bad",
        State::Review => "ask",
        State::Pending | State::Submitted => "busy",
        State::Held | State::Excluded => "",
    }
}

/// What a state means, in a line.
#[must_use]
pub const fn meaning(state: State) -> &'static str {
    match state {
        State::InSync => "Both systems agree.",
        State::Pending => "There is something to read or write.",
        State::Submitted => "Sent to Virtuous; its nightly import makes the contact.",
        State::Held => "Waits for something that may never come: a name, a confirmation, a tag.",
        State::Review => "Only a person can decide.",
        State::Failed => "A write was refused for good.",
        State::Excluded => "Not kept in step, by rule.",
    }
}

/// A lane in words.
#[must_use]
pub const fn of_lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Consent => "opt-outs",
        Lane::Change => "changes",
        Lane::Import => "the import",
        Lane::Verify => "second looks",
    }
}

/// A stream of readings in words.
#[must_use]
pub const fn of_stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Changes => "Changed contacts",
        Stream::OptOuts => "Unsubscribed contacts",
        Stream::Lists => "Lists and fields",
        Stream::Counts => "Counts",
        Stream::Bounces => "Bounces",
        Stream::Sweep => "All contacts",
        Stream::Virtuous => "Changed contacts of Virtuous",
    }
}

/// The hours of a window; `None` if it is always open.
#[must_use]
pub fn hours(window: ImportWindow) -> Option<String> {
    let ImportWindow::Daily { from, to } = window else { return None };
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    Some(format!("{} and {}", clock(from), clock(to)))
}

/// A decision in words, as a button has it.
#[must_use]
pub fn of_verb(verb: &str) -> &'static str {
    match verb {
        "accept" => "Accept",
        "drop" => "Leave as it is",
        "confirm" => "Ask the person by email",
        _ => "Try again",
    }
}

/// A name in one word, such as `opt_out`, as words.
#[must_use]
pub fn plain(name: &str) -> String {
    match name {
        "opt_out" => "opt out".to_owned(),
        "opt_in" => "opt in".to_owned(),
        "unsubscribe_in_cc" => "unsubscribe in Constant Contact".to_owned(),
        "change_lists_in_cc" => "change lists in Constant Contact".to_owned(),
        other => other.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "person", "people"), "1 person");
        assert_eq!(counted(2_000, "person", "people"), "2,000 people");
        assert_eq!(plain("opt_out"), "opt out");
        assert_eq!(hours(ImportWindow::parse("20:00-06:30").unwrap()).unwrap(), "20:00 and 06:30");
        assert_eq!(hours(ImportWindow::Any), None);
    }
}
