//! How actors end: when asked, after the turn in flight, and so that the asking actor knows when.
//!
//! Dropping addresses ends nothing: actix 0.13.5 keeps a context alive while it has a timer or a future, and a turn loop
//! always has one. So the part that starts an actor also asks it to end, and waits, before it starts another one for the
//! same work: two submitters of one customer would write the same thing twice (N1, C4).

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix::{dev::ToEnvelope, prelude::*};
use tokio::sync::oneshot;

/// End after the turn in flight. The receiver keeps the message until it is gone: that is the answer. Sent by parents.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct End(#[expect(dead_code, reason = "its drop is the answer")] oneshot::Sender<Infallible>);

/// Asks an actor to end, and waits until it is gone. An actor that is gone already is no error.
pub async fn end<A>(addr: Addr<A>)
where
    A: Actor + Handler<End>,
    A::Context: ToEnvelope<A, End>,
{
    let (held, gone) = oneshot::channel();
    // Only an actor that is gone refuses the message, which is then dropped: the same answer.
    let _ = addr.send(End(held)).await;
    let _ = gone.await;
}

/// How many actors of a name live, and how many lived at once at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lives {
    /// Now.
    pub now: usize,
    /// At once, at most, since the process began.
    pub most: usize,
}

/// The living children of one customer, over all its generations; each name is to be there once at most.
#[derive(Debug, Clone, Default)]
pub struct LiveCount(Arc<Mutex<BTreeMap<&'static str, Lives>>>);

impl LiveCount {
    /// Counts one of this name, until the answer is dropped with it.
    #[must_use]
    pub fn enter(&self, name: &'static str) -> LiveGuard {
        let mut all = self.lock();
        let lives = all.entry(name).or_default();
        lives.now += 1;
        lives.most = lives.most.max(lives.now);
        LiveGuard { live_count: self.clone(), name }
    }

    /// All names that ever lived.
    #[must_use]
    pub fn all(&self) -> BTreeMap<&'static str, Lives> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Lives>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One living child; its drop is the child's end, a panic's included.
#[derive(Debug)]
pub struct LiveGuard {
    live_count: LiveCount,
    name: &'static str,
}

impl Drop for LiveGuard {
    fn drop(&mut self) {
        if let Some(lives) = self.live_count.lock().get_mut(self.name) {
            lives.now = lives.now.saturating_sub(1);
        }
    }
}
