//! How a store is opened.

use std::time::Duration;

/// sled's log segment. It must never change for a store that exists.
pub const SEGMENT: usize = 2 << 20;

/// The thread that runs the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A writer thread, which gathers operations into groups.
    #[default]
    Threaded,
    /// The calling thread, each operation a group of its own, answered at once: for commands, and for tests in which
    /// tokio's clock stands still.
    Inline,
}

/// How to open a store.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Memory for pages of the tree.
    pub cache_bytes: u64,
    /// The thread that runs the operations.
    pub mode: Mode,
    /// Whether an answer means that the disk has it. Only tests say no.
    pub sync: bool,
    /// How long to wait for another process to let go.
    pub lock_wait: Duration,
    /// Called once this process holds the folder, before anything is read or logged.
    pub once_held: fn(),
}

impl Default for Options {
    fn default() -> Self {
        let lock_wait = Duration::from_secs(5);
        Self { cache_bytes: 32 << 20, mode: Mode::Threaded, sync: true, lock_wait, once_held: || {} }
    }
}
