//! A durable key-value engine with atomic groups; the only code that names sled.
//!
//! **One tree.** Everything is in one sled tree, with keys `customer u32 BE | kind u8 | rest`, because one
//! [`sled::Batch`] on one tree is recovered as a whole or not at all. Read in sled 0.34.7: `Tree::apply_batch_inner`
//! (`src/tree.rs`) takes `pin_log` first and `seal_batch` last, exactly as `TransactionalTrees::commit`
//! (`src/transaction.rs`) does; the pin reserves a batch manifest in the log, the seal writes into it the log position
//! that must be on the disk, and recovery stops in front of a manifest whose end is missing
//! (`src/pagecache/iterator.rs`). It takes the process-wide write lock of `concurrency_control` too, so no reader sees
//! half a batch. A transaction would add nothing but a second run of the closure.
//!
//! **A group is one batch.** Operations run one after the other against a [`Reader`] that shows the changes of those
//! before them from memory, and the whole group goes to sled at once. Each batch costs two writes of their own (sled
//! rolls its buffer around the manifest), so a batch an operation would cost a hundred times as many. It also makes
//! the group whole on the disk. The order *inside* a batch is not ours: `sled::Batch` is a hash map.
//!
//! **Safe means `fdatasync`.** sled's `flush` ends in `sync_file_range`, so the engine syncs the file `db` through a
//! handle of its own before it answers. Tree pages above a quarter of a segment would go into files that sled never
//! syncs, so entries are bounded and segments larger than sled's default ([`SEGMENT`]). A larger value is split below all of
//! this, in `pieces.rs`: no caller is bound by it (B4).
//!
//! **Not believed blindly.** Every group writes its number into the store, and the marker file beside it follows; see
//! `marker.rs` for what this finds at opening.

mod changes;
mod core;
mod delete;
mod durable;
mod error;
mod export;
pub mod frame;
mod handle;
#[cfg(test)]
mod history_test;
mod holder;
mod intake;
mod marker;
mod metrics;
mod open;
mod options;
mod pieces;
mod progress;
mod quiet;
mod reader;
mod steps;
#[cfg(test)]
mod tests;
mod touched;
mod writer;

pub use self::{
    changes::{Changes, MAX_KEY, MAX_VALUE},
    error::{Concern, OpenError, StoreError},
    export::{ExportError, Filling, Record, Sink},
    handle::Engine,
    holder::Lock,
    marker::is_store,
    metrics::{Metrics, MetricsSnapshot, SYNC_BUCKETS},
    options::{Mode, Options, SEGMENT},
    reader::{Bytes, Reader, Scan},
    steps::Steps,
};
