//! Open files: the limit raised as far as the machine lets it be, and shared out, so that neither connections nor calls out take
//! what the store needs (B4).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::transport::room::{CALLS_OUT_MAX, CALLS_OUT_MIN};

/// Files of the process itself: the store, its threads, the log, the customers' files.
const OWN: usize = 48;
/// The fewest files that the process starts with; with fewer, parts of it could only panic.
const LIMIT_MIN: usize = 64;
/// The fewest connections that hooks can be taken with.
const CONNECTIONS_MIN: usize = 8;
/// Of the calls out, this part again may be connections kept open for the next call.
const KEPT_OPEN: usize = 4;

/// What may be open at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// The limit of open files.
    pub limit: usize,
    /// Connections from outside.
    pub connections: usize,
    /// Calls out.
    pub calls: usize,
}

/// Raises the soft limit of open files to the hard one; gives the limit that holds.
///
/// # Errors
/// In words, with the remedy, where that is not enough.
pub fn raise() -> Result<usize, String> {
    let before = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, maximum: before.maximum });
    let now = getrlimit(Resource::Nofile).current;
    let limit = now.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    if limit < LIMIT_MIN {
        return Err(format!(
            "the limit of open files is {limit}, and Tandem needs {LIMIT_MIN} at the very least: raise it (LimitNOFILE=65536 in \
             systemd, ulimit -Hn in a shell)"
        ));
    }
    Ok(limit)
}

impl Files {
    /// Shares a limit out. Too small a limit still gives the fewest of each that anything can be done with.
    #[must_use]
    pub fn of(limit: usize, max_connections: usize) -> Self {
        let left = limit.saturating_sub(OWN);
        let calls = (left / 3).clamp(CALLS_OUT_MIN, CALLS_OUT_MAX);
        let connections = left.saturating_sub(calls + calls / KEPT_OPEN);
        Self { limit, connections: connections.max(CONNECTIONS_MIN).min(max_connections), calls }
    }

    /// Says what holds, and warns where the limit is the reason for less.
    pub fn say(&self, max_connections: usize) {
        let Self { limit, connections, calls } = *self;
        if connections < max_connections || calls < CALLS_OUT_MAX {
            tracing::warn!(
                open_files = limit,
                connections,
                calls_out = calls,
                "the limit of open files leaves room for fewer connections and calls than the settings allow; raise it (LimitNOFILE= in systemd, ulimit -Hn in a shell)"
            );
        } else {
            tracing::info!(
                open_files = limit,
                connections,
                calls_out = calls,
                "open files, and what may be open at once"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_the_limit_of_open_files_is_shared_so_that_all_fits() {
        assert_eq!(Files::of(1 << 20, 512), Files { limit: 1 << 20, connections: 512, calls: CALLS_OUT_MAX });
        assert_eq!(Files::of(usize::MAX, 10_000).connections, 10_000);
        for limit in [64, 96, 128, 256, 700, 1_024, 4_096] {
            let Files { connections, calls, .. } = Files::of(limit, 512);
            assert!(connections + calls + OWN <= limit, "{limit}: {connections} and {calls}");
            assert!(connections >= CONNECTIONS_MIN && calls >= CALLS_OUT_MIN);
        }
        assert_eq!(Files::of(0, 512), Files { limit: 0, connections: CONNECTIONS_MIN, calls: CALLS_OUT_MIN });
        assert_eq!(Files::of(1_024, 1).connections, 1, "the setting is never passed");
    }
}
