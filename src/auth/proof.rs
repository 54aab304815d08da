//! The program that listens at the port shows that it holds the data folder, before a command sends it the admin token.

use super::SigningKey;

/// A challenge has so many characters at the least, and at the most.
const CHALLENGE_CHARS: std::ops::RangeInclusive<usize> = 32..=128;

/// The proof for a challenge; `None` if that is none. The port is part of it, so that another program that listens elsewhere cannot
/// have the service answer in its place.
#[must_use]
pub fn of(key: &SigningKey, challenge: &str, port: u16) -> Option<String> {
    let is_challenge =
        CHALLENGE_CHARS.contains(&challenge.len()) && challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_challenge.then(|| key.sign("proof", &format!("{challenge} {port}")))
}

/// Whether a proof answers a challenge.
#[must_use]
pub fn holds(key: &SigningKey, challenge: &str, port: u16, shown: &str) -> bool {
    key.verifies("proof", &format!("{challenge} {port}"), shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_proof_is_of_one_key_challenge_and_port() {
        let (key, other) = (SigningKey::random().unwrap(), SigningKey::random().unwrap());
        let challenge = "0123456789abcdef".repeat(2);
        let proof = of(&key, &challenge, 8400).unwrap();
        assert!(holds(&key, &challenge, 8400, &proof));
        assert!(!holds(&other, &challenge, 8400, &proof) && !holds(&key, &challenge, 8401, &proof));
        assert!(!holds(&key, &"0".repeat(32), 8400, &proof));
        assert_eq!(of(&key, "hope 1", 8400), None, "no text of another's choice is signed");
        assert!(!holds(&SigningKey::new(Secret::default()), &challenge, 8400, ""));
    }
}
