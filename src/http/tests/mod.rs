//! Every route and its answers, over a service that only remembers.

mod api;
mod connect_page;
mod connecting;
mod events;
mod fake;
mod hints;
mod pages;
mod sessions;
pub(super) mod setup;
mod tokens;
