//! The limit of address space: too small a one is told in words at the start, since the allocator could only abort later (B4).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process needs: each of its threads has a stretch of its own, most of which never becomes memory.
const NEEDED: u64 = 1536 << 20;

/// Raises the soft limit to the hard one.
///
/// # Errors
/// In words, with the remedy, where that is not enough.
pub fn ensure() -> Result<(), String> {
    let before = getrlimit(Resource::As);
    if before.current.is_some_and(|limit| limit < NEEDED) {
        let _ = setrlimit(Resource::As, Rlimit { current: before.maximum, maximum: before.maximum });
    }
    enough(getrlimit(Resource::As).current)
}

fn enough(limit: Option<u64>) -> Result<(), String> {
    let Some(limit) = limit.filter(|limit| *limit < NEEDED) else { return Ok(()) };
    Err(format!(
        "the limit of address space is {} MB, and Tandem needs {} MB, of which only a small part becomes memory: raise it (ulimit -v \
         unlimited in a shell, LimitAS=infinity in systemd), and bound the memory itself instead (MemoryMax= in systemd)",
        limit >> 20,
        NEEDED >> 20
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_too_little_address_space_is_told_with_the_remedy() {
        assert_eq!(enough(None), Ok(()));
        assert_eq!(enough(Some(NEEDED)), Ok(()));
        let told = enough(Some(800_000 << 10)).unwrap_err();
        assert!(told.contains("781 MB") && told.contains("ulimit -v"), "{told}");
    }
}
