//! A comment names its subject.

use crate::{fault::Fault, tree::Tree};

/// Words that leave the reader to guess who or what is meant.
const VAGUE: [&str; 3] = ["whoever", "nobody", "one that"];

/// Lines of comments with such words.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.files {
        for comment in &file.source.comments {
            for word in VAGUE.iter().filter(|word| has(&comment.text, word)) {
                let rule = format!("a comment says \"{word}\"");
                faults.push(Fault::in_src(
                    &file.path,
                    comment.line,
                    rule,
                    "name the subject: the contact, the scan",
                ));
            }
        }
    }
    faults
}

fn has(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    let inside =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(words).any(|(at, _)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + words.len()..].chars().next())
    })
}
