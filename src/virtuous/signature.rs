//! Signatures over webhook bodies: HMAC-SHA256 in hex or Base64 (reference/virtuous.md 11.3: the pages disagree, so both
//! are taken). Serves both receivers, since a hint may be signed in the same way (INTERFACE.md).

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// Whether `header` is the signature of exactly these bytes under one of the secrets: the present one, and the one
/// before it while it is being exchanged. An empty secret signs nothing. The comparison takes the same time wherever the
/// difference is.
#[must_use]
pub fn verify(body: &[u8], header: &str, secrets: &[SecretString]) -> bool {
    let tags = candidates(header);
    secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        tags.iter().any(|tag| hmac::verify(&key, body, tag).is_ok())
    })
}

/// The 32 bytes that a header may stand for.
fn candidates(header: &str) -> Vec<Vec<u8>> {
    let header = header.trim();
    let text = header.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("sha256"));
    let text = text.map_or(header, |(_, value)| value).trim();
    // 64 hex digits are also Base64, of 48 bytes; the length tells them apart.
    if text.len() > 64 {
        return Vec::new();
    }
    let bytes = text.as_bytes();
    [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .filter_map(|encoding| encoding.decode(bytes).ok())
        .filter(|tag| tag.len() == 32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(secret: &str, body: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::sign(&key, body).as_ref().to_vec()
    }

    #[test]
    fn both_encodings_and_both_secrets_serve() {
        let secrets = [SecretString::from("new"), SecretString::from("old")];
        for secret in ["new", "old"] {
            let tag = tag(secret, b"body");
            let hex = HEXLOWER_PERMISSIVE.encode(&tag);
            for header in [
                hex.clone(),
                hex.to_uppercase(),
                format!("sha256={hex}"),
                format!(" {} ", BASE64.encode(&tag)),
                BASE64URL_NOPAD.encode(&tag),
            ] {
                assert!(verify(b"body", &header, &secrets), "{header}");
                assert!(!verify(b"bodx", &header, &secrets), "{header}");
            }
        }
    }

    #[test]
    fn nothing_else_serves() {
        let good = BASE64.encode(&tag("s", b"body"));
        assert!(!verify(b"body", &good, &[]));
        assert!(!verify(b"body", &good, &[SecretString::from("t")]));
        assert!(!verify(b"body", "", &[SecretString::from("s")]));
        assert!(!verify(b"body", &good[..20], &[SecretString::from("s")]));
        let unsigned = BASE64.encode(&tag("", b"body"));
        assert!(!verify(b"body", &unsigned, &[SecretString::from("")]));
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(header in ".{0,100}") {
            proptest::prop_assert!(!verify(b"body", &header, &[SecretString::from("s")]));
        }
    }
}
