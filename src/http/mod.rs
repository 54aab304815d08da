//! The HTTP side: hooks, health, metrics, admin API, the connect page.

mod admin;
pub mod events;
mod health;
mod hooks;
mod oauth;
pub mod routes;
mod running;
mod state;
mod status;

pub use routes::{Intake, serve};
pub use state::HttpState;

#[cfg(test)]
mod tests;
