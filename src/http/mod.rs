//! The HTTP side: hooks, health, metrics, admin API, the connect page.

mod admin;
mod begun;
mod bodies;
mod connections;
mod doors;
pub mod events;
mod forwarded;
mod guesses;
mod health;
mod hooks;
mod line;
mod live_holder;
mod malformed;
mod named_host;
mod oauth;
mod pages;
mod record;
mod refusal;
pub mod routes;
mod running;
mod sender;
mod server;
mod sessions;
mod share;
mod sign_in;
mod state;
mod stream;
mod streams;
mod tls;

pub use admin::PARAMETERS;
pub use server::{Intake, serve};
pub use sessions::{CSRF, SignedIn};
pub use state::{Callers, HttpState, TurnedAway};

#[cfg(test)]
mod tests;
