//! Thin actors: receive, call pure code, call the store, send on.
//!
//! ```text
//! System                       starts customers, owns the budgets, stops everything in order
//!  ├─ CallBudget               permits for calls of the Constant Contact key
//!  └─ CustomerSupervisor       builds its children from factories, restarts them as one generation with backoff
//!      ├─ WebhookReceiver      keeps hints and events on disk; outlasts the generations
//!      ├─ Poller               one turn: hints, lists, opt-outs, changes
//!      └─ Submitter            one turn: reference data, reading of Virtuous, work by lanes
//! ```
//!
//! The part that starts an actor ends it, and waits for its end before it starts another one in its place ([`ending`]).
//!
//! Nothing durable lives in an actor: a restart begins at the store. A nudge has no payload and may be lost; every loop
//! also comes by itself.

pub mod budget;
mod children;
mod context_factory;
pub mod customer;
pub mod ending;
pub mod intake;
pub mod looks;
pub mod messages;
pub mod registry;
pub mod starts;
pub mod system;
pub mod turn_loop;
pub mod webhook;
