//! What a page of 500 subjects costs the store, on the disk: the page's subjects with two small index entries each.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test may stop at the first surprise")]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tandem::store::engine::{Changes, Engine, Mode, Options};

const SUBJECTS: u32 = 500;

fn page(first: u32) -> Changes {
    let mut changes = Changes::new();
    for id in first..first + SUBJECTS {
        let mixed = id.wrapping_mul(2_654_435_761);
        changes.put([&[0, 0, 0, 1, 1][..], &[0x5A; 12], &mixed.to_be_bytes()].concat(), [0xA5; 300]);
        changes.put([&[0, 0, 0, 1, 2][..], &id.to_be_bytes(), &[0x5A; 36]].concat(), b"");
        changes.put([&[0, 0, 0, 1, 3][..], &mixed.to_be_bytes(), &[0x5A; 36]].concat(), [1]);
    }
    changes
}

fn pages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("page of 500 subjects");
    group
        .throughput(Throughput::Elements(SUBJECTS.into()))
        .sample_size(20)
        .measurement_time(Duration::from_secs(8));
    for (name, sync) in [("synced", true), ("not synced", false)] {
        let dir = tempfile::tempdir().unwrap();
        let engine =
            Engine::open(dir.path(), Options { mode: Mode::Inline, sync, ..Options::default() }).unwrap();
        let mut first = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let changes = page(first);
                first += SUBJECTS;
                engine.submit_blocking(move |_| Ok((changes, ()))).unwrap();
            });
        });
        let mut id = 0u32;
        group.bench_function(format!("{name}, reading one back"), |bencher| {
            bencher.iter(|| {
                id = (id + 7_919) % first.max(1);
                let mixed = id.wrapping_mul(2_654_435_761);
                black_box(
                    engine.reader().get([&[0, 0, 0, 1, 1][..], &[0x5A; 12], &mixed.to_be_bytes()].concat()),
                )
                .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
