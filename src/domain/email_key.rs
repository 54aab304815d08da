//! The form by which email addresses are compared (P2).

/// Characters that take no room: an address with them looks like the one without.
const NO_WIDTH: [char; 9] = [
    '\u{ad}', '\u{180e}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}',
];

/// The form by which addresses are compared: without blanks around it and characters without width, in lower case, the domain as
/// the network knows it (IDNA). The same again for a form. Never shown, never sent.
#[must_use]
pub fn email_key(address: &str) -> String {
    if address.is_ascii() {
        return address.trim().to_ascii_lowercase();
    }
    let seen: String = address.chars().filter(|character| !NO_WIDTH.contains(character)).collect();
    let seen = seen.trim().to_lowercase();
    match seen.rsplit_once('@') {
        Some((mailbox, domain)) => match idna::domain_to_ascii(domain) {
            Ok(domain) => format!("{mailbox}@{domain}"),
            Err(_) => seen,
        },
        None => seen,
    }
}

/// Whether an address compares by this key.
#[must_use]
pub fn has_email_key(address: &str, key: &str) -> bool {
    // Most addresses are plain: their keys need not be made for a comparison.
    if address.is_ascii() { address.trim().eq_ignore_ascii_case(key) } else { email_key(address) == key }
}

/// Whether an address compares by one of these keys.
#[must_use]
pub fn has_email_key_of(address: &str, keys: &[String]) -> bool {
    keys.iter().any(|key| has_email_key(address, key))
}

/// The form before domains were compared by IDNA: indexes of older stores are by it.
#[must_use]
pub fn former_email_key(address: &str) -> String {
    address.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p2_addresses_are_equal_that_reach_the_same_mailbox() {
        for other in [
            " Ann@Example.ORG ",
            "ann@example.org\u{200b}",
            "\u{feff}ann@exam\u{200d}ple.org\u{a0}",
            "ann@example\u{ff0e}org",
        ] {
            assert_eq!(email_key(other), "ann@example.org", "{other:?}");
        }
        assert_eq!(email_key("ann@M\u{fc}nchen.de"), "ann@xn--mnchen-3ya.de");
        assert_eq!(email_key("ann@mu\u{308}nchen.de"), email_key("Ann@XN--mnchen-3ya.DE"));
        assert_ne!(email_key("\u{e4}nn@example.org"), email_key("ann@example.org"));
    }

    #[test]
    fn p2_a_key_is_its_own_key() {
        for address in
            ["Ann@M\u{fc}nchen.de", "\u{200b}", "@", "a@\u{200b}", "\u{130}@b.org", "a@b@M\u{fc}.de"]
        {
            let key = email_key(address);
            assert_eq!(email_key(&key), key, "{address:?}");
        }
    }
}
