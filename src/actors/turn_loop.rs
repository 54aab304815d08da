//! The loop that poller and submitter share: a turn, then at once the next, or a wait, or a pause.
//!
//! A turn runs as a future of its actor, one at a time. A panic in it is caught and ends the generation: the supervisor
//! builds new children from the store (B3: nobody else notices).

use std::{any::Any, future::Future, panic::AssertUnwindSafe, time::Duration};

use actix::prelude::*;
use futures_util::FutureExt;

use super::{
    customer::{ChildEnded, Ending},
    ending::{End, Here},
    env::CustomerEnv,
    turn::{Backoff, Turn, TurnError},
};
use crate::domain::Timestamp;

/// Messages of a turner: nudges carry nothing, so that more than a few waiting mean the same as one.
const MAILBOX: usize = 8;
/// The longest wait: a slow look that needs no nudge.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// What a turner runs.
pub trait Work: Sized + Unpin + 'static {
    /// Its name in logs.
    const NAME: &'static str;
    /// What it remembers between turns.
    type Memory: Default + Unpin + 'static;

    /// Does one turn.
    fn turn(
        env: CustomerEnv,
        memory: Self::Memory,
    ) -> impl Future<Output = (Result<Turn, TurnError>, Self::Memory)>;
}

/// An actor that takes turns.
pub struct Turner<W: Work> {
    env: CustomerEnv,
    parent: Recipient<ChildEnded>,
    next: Option<Recipient<Nudge>>,
    generation: u64,
    memory: Option<W::Memory>,
    nudged: bool,
    failures: Backoff,
    timer: Option<SpawnHandle>,
    asked: Vec<End>,
    _here: Here,
}

impl<W: Work> std::fmt::Debug for Turner<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", W::NAME, self.env.id)
    }
}

impl<W: Work> Turner<W> {
    /// A turner of a generation. `next` is nudged after every turn that did something: it may have work now.
    pub fn new(
        env: CustomerEnv,
        parent: Recipient<ChildEnded>,
        next: Option<Recipient<Nudge>>,
        generation: u64,
    ) -> Self {
        let _here = env.alive.enter(W::NAME);
        Self {
            env,
            parent,
            next,
            generation,
            memory: Some(W::Memory::default()),
            nudged: false,
            failures: Backoff::default(),
            timer: None,
            asked: Vec::new(),
            _here,
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
        let turn = AssertUnwindSafe(W::turn(self.env.clone(), memory)).catch_unwind();
        ctx.spawn(turn.into_actor(self).map(|ended, turner, ctx| match ended {
            Ok((outcome, memory)) => {
                turner.memory = Some(memory);
                turner.went(outcome, ctx);
            }
            Err(panic) => turner.end(Ending::Panicked(panic_text(&*panic)), ctx),
        }));
    }

    fn went(&mut self, outcome: Result<Turn, TurnError>, ctx: &mut Context<Self>) {
        if self.is_ending() {
            self.end_unless_well(outcome, ctx);
            return;
        }
        let now = self.env.now();
        match outcome {
            Ok(Turn::Did) => {
                self.failures.went_well();
                if let Some(next) = &self.next {
                    // Full means that a nudge is waiting already.
                    let _ = next.try_send(Nudge);
                }
                self.begin(ctx);
            }
            Ok(Turn::Idle(_)) if self.nudged => self.begin(ctx),
            Ok(Turn::Idle(until)) => {
                self.failures.went_well();
                self.wait(until, now, ctx);
            }
            Err(TurnError::NotNow(until)) => self.wait(Some(until), now, ctx),
            Err(TurnError::Outside(error)) => {
                let wait = self.failures.failed(now);
                tracing::warn!(customer = %self.env.id, actor = W::NAME, error, wait_s = wait.as_secs(), "will try again");
                self.wait(Some(now.plus(wait)), now, ctx);
            }
            Err(TurnError::Pause(reason)) => self.end(Ending::Pause(reason), ctx),
            Err(TurnError::Store(error)) => self.end(Ending::Store(error.to_string()), ctx),
        }
    }

    fn wait(&mut self, until: Option<Timestamp>, now: Timestamp, ctx: &mut Context<Self>) {
        let wait = until.map_or(WAIT_MAX, |until| until.since(now)).clamp(Duration::from_millis(1), WAIT_MAX);
        self.timer = Some(ctx.run_later(wait, |turner, ctx| {
            turner.timer = None;
            turner.begin(ctx);
        }));
    }

    fn is_ending(&self) -> bool {
        !self.asked.is_empty() || self.env.is_stopping()
    }

    /// The last turn is over. What the parent has to know it is still told.
    fn end_unless_well(&mut self, outcome: Result<Turn, TurnError>, ctx: &mut Context<Self>) {
        match outcome {
            Err(TurnError::Pause(reason)) => self.end(Ending::Pause(reason), ctx),
            Err(TurnError::Store(error)) => self.end(Ending::Store(error.to_string()), ctx),
            Ok(_) | Err(TurnError::Outside(_) | TurnError::NotNow(_)) => ctx.stop(),
        }
    }

    fn end(&mut self, ending: Ending, ctx: &mut Context<Self>) {
        // Lost only if the parent is gone, and then nobody is left to care.
        let _ = self.parent.try_send(ChildEnded { generation: self.generation, child: W::NAME, ending });
        ctx.stop();
    }
}

/// The text of a panic, for the log.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".to_owned())
}

impl<W: Work> Actor for Turner<W> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.begin(ctx);
    }
}

/// Something may be due: look now. Sent by the parent and by siblings; may be lost.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Nudge;

impl<W: Work> Handler<Nudge> for Turner<W> {
    type Result = ();

    fn handle(&mut self, _: Nudge, ctx: &mut Self::Context) {
        self.begin(ctx);
    }
}

impl<W: Work> Handler<End> for Turner<W> {
    type Result = ();

    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        // A turn in flight has the memory, and ends the actor when it is over: to stop now would break it off.
        if self.memory.is_some() {
            ctx.stop();
        }
    }
}

/// The poller's work.
#[derive(Debug)]
pub struct Poller;

impl Work for Poller {
    const NAME: &'static str = "poller";
    type Memory = super::poller::turn::Memory;

    async fn turn(env: CustomerEnv, mut memory: Self::Memory) -> (Result<Turn, TurnError>, Self::Memory) {
        let outcome = super::poller::turn::turn(&env, &mut memory).await;
        (outcome, memory)
    }
}

/// The submitter's work.
#[derive(Debug)]
pub struct Submitter;

impl Work for Submitter {
    const NAME: &'static str = "submitter";
    type Memory = super::submitter::turn::Memory;

    async fn turn(env: CustomerEnv, mut memory: Self::Memory) -> (Result<Turn, TurnError>, Self::Memory) {
        let outcome = super::submitter::turn::turn(&env, &mut memory).await;
        (outcome, memory)
    }
}
