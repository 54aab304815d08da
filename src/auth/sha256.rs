//! What is kept in place of a token, a cookie or a certificate: its SHA-256.

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// The hash.
pub(super) fn sha256(bytes: &[u8]) -> [u8; SHA256_OUTPUT_LEN] {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
