//! Every route and its answers, over a service that only remembers.

mod api;
mod connecting;
mod events;
mod fake;
mod hints;
mod pages;
pub(super) mod setup;
mod tokens;
