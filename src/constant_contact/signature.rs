//! The optional signature of hints: HMAC-SHA256 over the raw body (INTERFACE.md, `webhook_secret`).

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use ring::hmac;

/// Whether `header` signs `body`: hex or base64, with or without `sha256=` before it. Compared in constant time.
/// An empty secret signs nothing.
#[must_use]
pub fn verify_signature(secret: &[u8], body: &[u8], header: &str) -> bool {
    let header = header.trim();
    let text = match header.split_at_checked(7) {
        Some((name, rest)) if name.eq_ignore_ascii_case("sha256=") => rest,
        _ => header,
    };
    if secret.is_empty() {
        return false;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let encodings = [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    encodings
        .iter()
        .filter_map(|encoding| encoding.decode(text.as_bytes()).ok())
        .any(|tag| hmac::verify(&key, body, &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_hex_and_base64_and_nothing_else() {
        let (secret, body) = (b"secret", b"{\"contact_id\":\"1\"}");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), body);
        let hex = HEXLOWER_PERMISSIVE.encode(tag.as_ref());
        for good in [
            hex.clone(),
            hex.to_uppercase(),
            format!("sha256={hex}"),
            format!(" SHA256={hex} "),
            BASE64.encode(tag.as_ref()),
            format!("sha256={}", BASE64URL_NOPAD.encode(tag.as_ref())),
        ] {
            assert!(verify_signature(secret, body, &good), "{good}");
            assert!(!verify_signature(b"other", body, &good), "{good}");
            assert!(!verify_signature(secret, b"{}", &good), "{good}");
            assert!(!verify_signature(b"", body, &good), "{good}");
        }
        for bad in ["", "sha256=", &hex[..62], "ü", "sha256", &"0".repeat(64)] {
            assert!(!verify_signature(secret, body, bad), "{bad}");
        }
    }
}
