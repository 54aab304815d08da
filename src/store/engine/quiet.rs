//! Turning a panic of sled into an error, without printing it.
//!
//! sled panics on a damaged log. The message would look like a crash of Tandem, while the caller reports an error that
//! says what to do. The panic hook belongs to the whole process, so it is changed only for the length of the call,
//! silences only this thread, and is put back as it was.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crate::panics;

/// Only one call at a time may exchange the hook.
static HOOK: Mutex<()> = Mutex::new(());

/// Runs `work` of sled on its own files, which knows no person; a panic becomes its message, and is not printed.
pub(super) fn catch_quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let _one_at_a_time = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let before = Arc::new(panic::take_hook());
    let silent = thread::current().id();
    panic::set_hook(Box::new({
        let before = Arc::clone(&before);
        move |info| {
            if thread::current().id() != silent {
                before(info);
            }
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(&*payload));
    drop(panic::take_hook());
    if let Ok(before) = Arc::try_unwrap(before) {
        panic::set_hook(before);
    }
    outcome
}

/// Runs `work`; a panic becomes its place, as its words may quote a person's data (B4).
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| panics::caught())
}

fn message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "no message".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(catch_quietly(|| 7), Ok(7));
        assert_eq!(catch_quietly(|| -> () { panic!("torn at {}", 3) }), Err("torn at 3".to_owned()));
        assert_eq!(catch_quietly(|| -> () { panic!("torn") }), Err("torn".to_owned()));
    }
}
