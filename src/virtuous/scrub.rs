//! Texts of the other side made fit for logs, dead letters and screens: no addresses, no secrets, one line, bounded.

/// The longest text that is kept, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 300;

/// Removes anything like an email address or a bearer token, joins the lines, and bounds the length.
pub(super) fn scrub(text: &str) -> String {
    let mut clean = String::new();
    let mut length = 0;
    let mut after_bearer = false;
    // Far more than can be kept, so that a body of megabytes is not walked through.
    for word in
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).take(400)
    {
        let word: String = word.chars().take(4 * TEXT_CHARS_MAX).collect();
        let word = if after_bearer { "[removed]".to_owned() } else { without_addresses(&word) };
        after_bearer = word.to_ascii_lowercase().ends_with("bearer");
        length += word.chars().count() + 1;
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(&word);
        if length > TEXT_CHARS_MAX {
            break;
        }
    }
    match clean.char_indices().nth(TEXT_CHARS_MAX) {
        Some((at, _)) => clean[..at].to_owned(),
        None => clean,
    }
}

/// Replaces each run of characters that could stand in an address and that holds an at sign, encoded or not.
fn without_addresses(word: &str) -> String {
    let in_address = |c: char| c.is_alphanumeric() || ".!#$%&*+/=?^_`{|}~-@".contains(c);
    let mut clean = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, clean: &mut String| {
        let encoded = run.to_ascii_lowercase();
        let address = ["@", "%40", "&#64", "\\u0040"].iter().any(|at| encoded.contains(at));
        clean.push_str(if address { "[address]" } else { run });
        run.clear();
    };
    for c in word.chars() {
        if in_address(c) {
            run.push(c);
        } else {
            flush(&mut run, &mut clean);
            clean.push(c);
        }
    }
    flush(&mut run, &mut clean);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_go() {
        assert_eq!(scrub("email 'ann+x@example.org' is\r\n taken"), "email '[address]' is taken");
        assert_eq!(scrub("<a@b>, c%40d.example;"), "<[address]>, [address];");
        assert_eq!(scrub("Authorization: Bearer abc.def failed"), "Authorization: Bearer [removed] failed");
        assert_eq!(scrub("The request is invalid."), "The request is invalid.");
    }

    proptest::proptest! {
        #[test]
        fn no_address_survives(before in ".{0,400}", user in "[a-z0-9+._-]{1,20}", after in ".{0,40}") {
            let clean = scrub(&format!("{before}{user}@example.org{after}"));
            proptest::prop_assert!(!clean.contains('@'), "{clean}");
            proptest::prop_assert!(clean.chars().count() <= TEXT_CHARS_MAX);
            proptest::prop_assert!(!clean.contains('\n'));
        }
    }
}
