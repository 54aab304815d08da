//! `tandem import start hope` as well as `tandem import hope start`: the verb may stand where those of `customer` do.

use std::ffi::OsString;

/// Commands whose verb stands behind the customer, with their verbs.
const VERB_BEHIND: [(&str, &[&str]); 2] =
    [("import", &["start", "status", "pause", "resume"]), ("work", &["retry", "drop", "accept", "confirm"])];

/// The words in the order that the commands have. Where the word behind the first one is a verb as well, that is the verb, and the
/// first the name of a customer.
pub(super) fn verb_behind(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    let Some(at) = command_at(&words) else { return words };
    let verbs = VERB_BEHIND.iter().find(|(command, _)| words[at] == *command).map(|(_, verbs)| *verbs);
    let is_verb = |word: Option<&OsString>| {
        verbs.is_some_and(|verbs| verbs.iter().any(|verb| word.is_some_and(|word| word == verb)))
    };
    let is_name = |word: Option<&OsString>| word.is_some_and(|word| !word.to_string_lossy().starts_with('-'));
    let (first, second) = (words.get(at + 1), words.get(at + 2));
    if is_verb(first) && is_name(second) && !is_verb(second) {
        words.swap(at + 1, at + 2);
    }
    words
}

/// Where the command stands: behind the program's name and the options of all commands.
fn command_at(words: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = words.get(at)?.to_string_lossy();
        match word.as_ref() {
            "--config" => at += 2,
            option if option.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(line: &str) -> String {
        let words = verb_behind(line.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_verb_may_stand_before_the_customer_or_behind() {
        for (line, expected) in [
            ("tandem import start hope", "tandem import hope start"),
            ("tandem import hope start", "tandem import hope start"),
            ("tandem --config f --json import status hope", "tandem --config f --json import hope status"),
            ("tandem work accept hope 7 --contact 1", "tandem work hope accept 7 --contact 1"),
            ("tandem work retry hope", "tandem work hope retry"),
            ("tandem work drop", "tandem work drop"),
            ("tandem import start status", "tandem import start status"),
            ("tandem work accept --json", "tandem work accept --json"),
            ("tandem customer pause hope", "tandem customer pause hope"),
            ("tandem contact start hope", "tandem contact start hope"),
            ("tandem --config", "tandem --config"),
            ("tandem", "tandem"),
        ] {
            assert_eq!(ordered(line), expected);
        }
    }
}
