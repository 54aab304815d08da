//! The writer thread: gathers operations into groups, so that many share one disk sync.
//!
//! When to stop gathering: a disk sync takes about a millisecond, and whatever arrives meanwhile is the next group, so
//! groups form by themselves and a lone operation is never held up. One case is worth waiting for. Callers that were
//! answered together come back together; taking the first of them alone would make groups of one and of all the rest
//! in turn. So a group that is smaller than the one before it waits while more are coming: until a millisecond brings
//! nothing, and at most five after its first.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    time::Duration,
};

use super::core::{Core, Group, Job};
use crate::clock::Stopwatch;

const MAX_OPERATIONS: usize = 100;
const MAX_BYTES: usize = 256 * 1024;
const MAX_WAIT: Duration = Duration::from_millis(5);
const SILENCE: Duration = Duration::from_millis(1);

/// Works until every sender is gone and the queue is empty.
pub(super) fn work(core: &Core, queue: &Receiver<Job>) {
    let mut company = 1;
    while let Ok(first) = queue.recv() {
        let mut group = Group::default();
        let since_first = Stopwatch::start();
        core.run(&mut group, first);
        while group.operations() < MAX_OPERATIONS && group.bytes() < MAX_BYTES {
            match queue.try_recv() {
                Ok(job) => {
                    core.run(&mut group, job);
                    continue;
                }
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {}
            }
            let left = MAX_WAIT.saturating_sub(since_first.elapsed());
            if group.operations() >= company || left.is_zero() {
                break;
            }
            match queue.recv_timeout(left.min(SILENCE)) {
                Ok(job) => core.run(&mut group, job),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        company = group.operations();
        core.finish(group);
    }
}
