//! Takes personal data and secrets out of texts that others wrote, so that they may be stored and shown.

/// The longest scrubbed text, in characters.
const TEXT_CHARS_MAX: usize = 300;
/// A word longer than this is a token or a dump, not a word.
const WORD_CHARS_MAX: usize = 64;

/// The text on one line, shortened, with everything that looks like an email address (percent-encoded too) or like a
/// token replaced.
#[must_use]
pub fn scrub(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let mut room = TEXT_CHARS_MAX;
    // A word ends only where an address does, so that an address is one word.
    let ends_word = |c: char| c.is_whitespace() || c.is_control() || "\"'<>()[]{},;|`\\/?&=".contains(c);
    for c in text.chars().chain([' ']) {
        if !ends_word(c) {
            word.push(c);
            continue;
        }
        let shown = shown(&word);
        room = room.saturating_sub(shown.chars().count() + 1);
        if room == 0 {
            break;
        }
        out.push_str(shown);
        word.clear();
        if !(c.is_whitespace() || c.is_control()) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

fn shown(word: &str) -> &str {
    let lower = word.to_ascii_lowercase();
    if word.contains(['@', '\u{ff20}', '\u{fe6b}']) || lower.contains("%40") {
        "[email]"
    } else if word.chars().count() > WORD_CHARS_MAX {
        "[long]"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_go() {
        let check = |text: &str, expect: &str| assert_eq!(scrub(text), expect, "{text}");
        check("Email dana@example.com already exists", "Email [email] already exists");
        check("<dana@example.com>,sam%40example.com;", "<[email]>,[email];");
        check("to=d.lee+x@example.co.uk&x=1", "to=[email]&x=1");
        check("two\r\n\tlines", "two lines");
        check(&"x".repeat(65), "[long]");
        check("Validation failed for contact af73e650-96f0", "Validation failed for contact af73e650-96f0");
        assert!(scrub(&"word ".repeat(1000)).len() <= TEXT_CHARS_MAX);
    }
}
