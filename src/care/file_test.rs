//! The file of a backup: what is written comes back, and nothing else passes for it.

use proptest::prelude::*;

use super::*;

fn made() -> Made {
    Made::now(Timestamp::from_secs(1_800_000_000))
}

fn written(records: &[Record]) -> (Sum, Vec<u8>) {
    let mut out = Writing::begin(Vec::new(), &made()).unwrap();
    for (key, value) in records {
        out.record(key, value.as_deref()).unwrap();
    }
    let (sum, bytes, file) = out.end().unwrap();
    assert_eq!(bytes, file.len() as u64);
    (sum, file)
}

fn read(file: &[u8]) -> Result<(Made, Vec<Record>, Sum), io::Error> {
    let mut reading = Reading::begin(file)?;
    let mut records = Vec::new();
    while let Some(record) = reading.record()? {
        records.push(record);
    }
    Ok((reading.made().clone(), records, reading.sum().unwrap()))
}

fn damaged(file: &[u8]) -> Damaged {
    let error = read(file).unwrap_err();
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Damaged>())
        .expect("it says what is damaged")
        .clone()
}

/// Bytes that cannot be packed.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..length).map(|_| random.u8(..)).collect()
}

/// Records over several sections.
fn large() -> Vec<Record> {
    vec![
        (b"a".to_vec(), Some(noise(3 * SECTION))),
        (b"b".to_vec(), Some(vec![7; 2 * SECTION])),
        (b"c".to_vec(), None),
        (b"d".to_vec(), Some(Vec::new())),
    ]
}

#[test]
fn values_of_any_size_come_back_from_sections_of_one_size() {
    let (sum, file) = written(&large());
    assert_eq!((sum.records, sum.sections), (4, 6));
    assert!(file.len() < 4 * SECTION, "what can be packed is packed");
    assert_eq!(read(&file).unwrap(), (made(), large(), sum));
    let (sum, nothing) = written(&[]);
    assert_eq!(read(&nothing).unwrap(), (made(), Vec::new(), sum));
}

#[test]
fn a_cut_file_is_told_wherever_it_was_cut() {
    let records: Vec<Record> = (0..40u8).map(|key| (vec![key], Some(vec![key; 30]))).collect();
    let (_, file) = written(&records);
    for length in 0..file.len() {
        let found = damaged(&file[..length]);
        let expected =
            if length < 12 { matches!(found, Damaged::Foreign) } else { matches!(found, Damaged::Cut(_)) };
        assert!(expected, "{length}: {found}");
    }
}

#[test]
fn a_flipped_bit_is_told_with_its_section() {
    let (sum, file) = written(&large());
    let mut starts = vec![12];
    while let Some(start) = starts.last().copied().filter(|start| *start < file.len()) {
        let packed = u32::from_be_bytes(file[start + 9..start + 13].try_into().unwrap()) as usize;
        starts.push(start + HEAD + packed + 8);
    }
    assert_eq!(starts.len() as u32 - 1, sum.sections + 2);
    for (number, start) in (0u32..).zip(&starts[..starts.len() - 1]) {
        for at in [*start, start + 1, start + 6, start + 12, start + HEAD, starts[number as usize + 1] - 1] {
            let mut file = file.clone();
            file[at] ^= 1;
            let found = damaged(&file);
            assert!(
                matches!(found, Damaged::Section(section, _) | Damaged::Cut(section) if section == number),
                "{found}"
            );
            assert!(found.to_string().contains(&format!("section {number}")), "{found}");
        }
    }
    // A whole section that is left out, or comes twice, is told too.
    let without = [&file[..starts[2]], &file[starts[3]..]].concat();
    assert!(matches!(damaged(&without), Damaged::Section(2, _)));
    let twice = [&file[..starts[3]], &file[starts[2]..]].concat();
    assert!(matches!(damaged(&twice), Damaged::Section(3, _)));
}

#[test]
fn a_newer_format_and_another_file_are_told() {
    let (_, mut file) = written(&large());
    file[11] += 1;
    assert_eq!(damaged(&file), Damaged::Newer(FORMAT + 1));
    file[0] ^= 1;
    assert_eq!(damaged(&file), Damaged::Foreign);
    assert_eq!(damaged(b"tandem store\nformat 1"), Damaged::Foreign);
}

proptest! {
    #[test]
    fn any_records_come_back(records: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let (sum, file) = written(&records);
        prop_assert_eq!(read(&file).unwrap(), (made(), records, sum));
    }

    #[test]
    fn b4_bytes_that_are_no_backup_are_refused(bytes: Vec<u8>, keep in 0usize..60) {
        prop_assert!(read(&bytes).is_err());
        let (_, file) = written(&large()[2..]);
        let mixed = [&file[..keep.min(file.len())], &bytes].concat();
        prop_assert!(mixed == file || read(&mixed).is_err());
    }
}
