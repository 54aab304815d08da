//! What the store reads back.

use tandem::store;

/// A version and a body, as every kind of value that has had several versions; and the bytes as a whole value.
pub fn stored(bytes: &[u8]) {
    let _ = store::codec::open(bytes);
    if let [version, body @ ..] = bytes {
        let _ = store::read_back::kinds_of(version % 16, body);
    }
}
