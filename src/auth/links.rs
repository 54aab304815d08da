//! Signed links and states of the connect page: HMACs with the signing key, so that nothing is kept.

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};

use super::SigningKey;
use crate::domain::{CustomerId, Timestamp};

/// How long a link of `tandem customer link` is good for.
pub const LINK_SECS: i64 = 24 * 3600;
/// How long the browser may stay at Constant Contact.
pub const STATE_SECS: i64 = 600;

/// The address at which a customer connects, good for 24 hours.
#[must_use]
pub fn start_link(public_url: &str, key: &SigningKey, customer: &CustomerId, now: Timestamp) -> String {
    let expires = now.as_secs() + LINK_SECS;
    let signature = key.sign("link", &format!("{customer} {expires}"));
    format!("{public_url}/oauth/constant-contact/start/{customer}?expires={expires}&signature={signature}")
}

/// Whether a link is ours and not too old.
#[must_use]
pub fn is_link(
    key: &SigningKey,
    customer: &CustomerId,
    expires: i64,
    signature: &str,
    now: Timestamp,
) -> bool {
    let fresh = (now.as_secs()..=now.as_secs() + LINK_SECS).contains(&expires);
    fresh && key.verifies("link", &format!("{customer} {expires}"), signature)
}

/// A state for the way to Constant Contact and back; `None` when the machine has no randomness.
#[must_use]
pub fn new_state(key: &SigningKey, customer: &CustomerId, now: Timestamp) -> Option<String> {
    let mut nonce = [0; 16];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let expires = now.as_secs() + STATE_SECS;
    let text = format!("{customer}.{expires}.{}", HEXLOWER.encode(&nonce));
    let signature = key.sign("state", &text);
    Some(format!("{text}.{signature}"))
}

/// The customer of a state that is ours and not too old.
#[must_use]
pub fn customer_of_state(key: &SigningKey, state: &str, now: Timestamp) -> Option<CustomerId> {
    let (text, signature) = state.rsplit_once('.')?;
    let mut parts = text.split('.');
    let (customer, expires) = (parts.next()?.parse().ok()?, parts.next()?.parse::<i64>().ok()?);
    let fresh = (now.as_secs()..=now.as_secs() + STATE_SECS).contains(&expires);
    (fresh && key.verifies("state", text, signature)).then_some(customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_states_are_bound_to_customer_key_and_time() {
        let (key, other) = (SigningKey::random().unwrap(), SigningKey::random().unwrap());
        let hope: CustomerId = "hope".parse().unwrap();
        let now = Timestamp::from_secs(1_000_000);
        let link = start_link("http://x", &key, &hope, now);
        let query = url::Url::parse(&link).unwrap();
        let value = |name: &str| query.query_pairs().find(|(named, _)| named == name).unwrap().1.into_owned();
        let (expires, signature) = (value("expires").parse().unwrap(), value("signature"));
        assert!(is_link(&key, &hope, expires, &signature, now));
        assert!(!is_link(&key, &"else".parse().unwrap(), expires, &signature, now));
        assert!(!is_link(&key, &hope, expires + 1, &signature, now));
        assert!(!is_link(&other, &hope, expires, &signature, now));
        assert!(!is_link(&key, &hope, expires, &signature, Timestamp::from_secs(expires + 1)));
        let state = new_state(&key, &hope, now).unwrap();
        assert_eq!(customer_of_state(&key, &state, now), Some(hope));
        assert_eq!(customer_of_state(&other, &state, now), None);
        assert_eq!(customer_of_state(&key, &state.replace("hope", "else"), now), None);
        assert_eq!(customer_of_state(&key, &state, Timestamp::from_secs(1_000_601)), None);
    }
}
