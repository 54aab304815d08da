//! The loop that poller and submitter share: a turn, then at once the next, or a wait, or a pause.
//!
//! A turn runs as a future of its actor, one at a time. A panic in it is caught and ends the generation: the supervisor
//! builds new children from the store; other customers notice nothing (B3).

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use actix::prelude::*;
use futures_util::FutureExt;

use super::{
    ending::{End, LiveCount, LiveGuard},
    messages::{ChildEnded, Ending, Nudge},
};
use crate::{
    access::CustomerContext,
    domain::{Cause, Reason, Rule, Timestamp},
    panics,
    store::{Concern, StoreError},
    turn::{Backoff, Turn, TurnError},
};

/// Messages of a loop: nudges carry nothing, so that more than a few waiting mean the same as one.
const MAILBOX: usize = 8;
/// The longest wait: a slow look that needs no nudge.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// What a loop runs.
pub trait Work: Sized + Unpin + 'static {
    /// Its name in logs.
    const NAME: &'static str;
    /// What it remembers between turns.
    type Memory: Default + Unpin + 'static;

    /// Does one turn.
    fn turn(
        context: CustomerContext,
        memory: Self::Memory,
    ) -> impl Future<Output = (Result<Turn, TurnError>, Self::Memory)>;
}

/// An actor that takes turns.
pub struct TurnLoop<W: Work> {
    context: CustomerContext,
    parent: Recipient<ChildEnded>,
    next: Option<Recipient<Nudge>>,
    generation: u64,
    memory: Option<W::Memory>,
    nudged: bool,
    failures: Backoff,
    timer: Option<SpawnHandle>,
    asked: Vec<End>,
    _live: LiveGuard,
}

impl<W: Work> std::fmt::Debug for TurnLoop<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", W::NAME, self.context.id)
    }
}

impl<W: Work> TurnLoop<W> {
    /// A loop of a generation. `next` is nudged after every turn that did something: it may have work now.
    pub fn new(
        context: CustomerContext,
        live: &LiveCount,
        parent: Recipient<ChildEnded>,
        next: Option<Recipient<Nudge>>,
        generation: u64,
    ) -> Self {
        Self {
            context,
            parent,
            next,
            generation,
            memory: Some(W::Memory::default()),
            nudged: false,
            failures: Backoff::default(),
            timer: None,
            asked: Vec::new(),
            _live: live.enter(W::NAME),
        }
    }

    /// Begins a turn, unless one is under way: then it follows.
    fn begin(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let Some(memory) = self.memory.take() else {
            self.nudged = true;
            return;
        };
        if self.is_ending() {
            ctx.stop();
            return;
        }
        self.nudged = false;
        let turn = AssertUnwindSafe(W::turn(self.context.clone(), memory)).catch_unwind();
        ctx.spawn(turn.into_actor(self).map(|ended, looped, ctx| match ended {
            Ok((outcome, memory)) => {
                looped.memory = Some(memory);
                looped.went(outcome, ctx);
            }
            // Its words may quote a person's data (B4).
            Err(_) => looped.end(Ending::Panicked(panics::caught()), ctx),
        }));
    }

    fn went(&mut self, outcome: Result<Turn, TurnError>, ctx: &mut Context<Self>) {
        if self.is_ending() {
            self.end_unless_well(outcome, ctx);
            return;
        }
        let now = self.context.now();
        match outcome {
            Ok(Turn::Progressed) => {
                self.went_well();
                if let Some(next) = &self.next {
                    // Full means that a nudge is waiting already.
                    let _ = next.try_send(Nudge);
                }
                self.begin(ctx);
            }
            Ok(Turn::Idle(_)) if self.nudged => self.begin(ctx),
            Ok(Turn::Idle(until)) => {
                self.went_well();
                self.wait(until, now, ctx);
            }
            Err(TurnError::NotNow(until)) => self.wait(Some(until), now, ctx),
            Err(TurnError::Outside(error)) => {
                let wait = self.failures.failed(now);
                let wait_s = wait.as_secs();
                if self.failures.is_first_failure() {
                    tracing::warn!(customer = %self.context.id, actor = W::NAME, error, wait_s, "a call outside failed: tried again, with growing waits, until it goes on; all else goes on");
                } else {
                    tracing::debug!(customer = %self.context.id, actor = W::NAME, error, wait_s, "a call outside failed again");
                }
                self.wait(Some(now.plus(wait)), now, ctx);
            }
            Err(TurnError::Pause(reason)) => self.end(Ending::Pause(reason), ctx),
            Err(TurnError::Refused { system, of, reason }) => {
                self.end(Ending::Refused(system, of, reason), ctx);
            }
            Err(TurnError::Store(error)) => self.store_said_no(&error, ctx),
        }
    }

    /// A turn went well: after failures that is told once.
    fn went_well(&mut self) {
        let failures = self.failures.went_well();
        if failures > 0 {
            tracing::info!(customer = %self.context.id, actor = W::NAME, failures, "goes on again");
        }
    }

    /// What one value or one person did stays with it; only a store that cannot be read or written ends the process (B4).
    fn store_said_no(&mut self, error: &StoreError, ctx: &mut Context<Self>) {
        match error.concern() {
            Concern::Process => self.end(Ending::Store(error.to_string()), ctx),
            Concern::Bug => self.end(Ending::Panicked(error.to_string()), ctx),
            Concern::Customer => self.end(Ending::Pause(unreadable(error)), ctx),
            Concern::Subject(id) => {
                tracing::error!(customer = %self.context.id, %error, "one person's record is damaged; all else goes on");
                let (store, now) = (self.context.store.clone(), self.context.now());
                let set_aside = async move { store.set_aside(id, now).await };
                ctx.spawn(set_aside.into_actor(self).map(move |done, looped, ctx| match done {
                    Ok(true) => looped.begin(ctx),
                    // It can be read by now, or is gone: no reason to come again without a wait.
                    Ok(false) => {
                        let wait = looped.failures.failed(now);
                        looped.wait(Some(now.plus(wait)), now, ctx);
                    }
                    Err(error) if error.concern() == Concern::Process => {
                        looped.end(Ending::Store(error.to_string()), ctx);
                    }
                    Err(error) => looped.end(Ending::Pause(unreadable(&error)), ctx),
                }));
            }
        }
    }

    fn wait(&mut self, until: Option<Timestamp>, now: Timestamp, ctx: &mut Context<Self>) {
        let wait = until.map_or(WAIT_MAX, |until| until.since(now)).clamp(Duration::from_millis(1), WAIT_MAX);
        self.timer = Some(ctx.run_later(wait, |looped, ctx| {
            looped.timer = None;
            looped.begin(ctx);
        }));
    }

    fn is_ending(&self) -> bool {
        !self.asked.is_empty() || self.context.is_stopping()
    }

    /// The last turn is over. What the parent has to know it is still told.
    fn end_unless_well(&mut self, outcome: Result<Turn, TurnError>, ctx: &mut Context<Self>) {
        match outcome {
            Err(TurnError::Pause(reason)) => self.end(Ending::Pause(reason), ctx),
            Err(TurnError::Refused { system, of, reason }) => {
                self.end(Ending::Refused(system, of, reason), ctx);
            }
            Err(TurnError::Store(error)) if error.concern() == Concern::Process => {
                self.end(Ending::Store(error.to_string()), ctx);
            }
            Ok(_) | Err(TurnError::Outside(_) | TurnError::NotNow(_) | TurnError::Store(_)) => ctx.stop(),
        }
    }

    fn end(&mut self, ending: Ending, ctx: &mut Context<Self>) {
        // Fails only if the parent has stopped.
        let _ = self.parent.try_send(ChildEnded { generation: self.generation, child: W::NAME, ending });
        ctx.stop();
    }
}

/// Why a customer pauses of which a value cannot be read or kept (B4).
fn unreadable(error: &StoreError) -> Reason {
    Reason::about(Rule::B4, Cause::Unreadable, error.to_string())
}

impl<W: Work> Actor for TurnLoop<W> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.begin(ctx);
    }
}

impl<W: Work> Handler<Nudge> for TurnLoop<W> {
    type Result = ();

    fn handle(&mut self, _: Nudge, ctx: &mut Self::Context) {
        self.begin(ctx);
    }
}

impl<W: Work> Handler<End> for TurnLoop<W> {
    type Result = ();

    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        // A turn in flight has the memory, and ends the actor when it is over: to stop now would break it off.
        if self.memory.is_some() {
            ctx.stop();
        }
    }
}
