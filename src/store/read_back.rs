//! Bytes as every kind of stored value: hostile or half-written ones are an error and nothing else (B4).

use crate::store::{engine::frame, sealing, tables};

/// How many kinds of values can be read of a body under a version number. For the fuzz target of the store.
#[must_use]
pub fn kinds_of(version: u8, body: &[u8]) -> usize {
    let value = frame::seal(version, body);
    let read = [
        tables::subject_bytes::decode(&value).is_ok(),
        tables::customers::decode(&value).is_ok(),
        tables::tokens::decode(&value).is_ok(),
        tables::campaigns::read(&value).is_ok(),
        tables::reference_data::read_virtuous(&value).is_ok(),
        tables::counts::decode(&value).is_ok(),
        sealing::sealed(version, &value).is_ok_and(|sealed| sealed.is_some()),
    ];
    read.into_iter().filter(|is_read| *is_read).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_bytes_that_are_no_value_are_read_as_none() {
        assert_eq!(kinds_of(250, b"anything"), 0);
        let greedy = [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        for version in 0..16 {
            assert_eq!(kinds_of(version, &greedy), 0, "version {version}: a length beyond all memory");
        }
    }

    /// The fuzz target begins with values as they are stored today.
    #[test]
    fn the_seeds_of_the_fuzz_target_are_stored_values() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/stored");
        let seeds =
            std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        let seeds: Vec<_> = seeds.collect();
        assert!(!seeds.is_empty() && seeds.iter().all(|seed| kinds_of(seed[0], &seed[1..]) > 0));
    }
}
