//! The HTTP side: hooks, health, metrics, admin API, the connect page.

mod admin;
pub mod admin_token;
pub mod events;
mod gauges;
mod health;
mod hooks;
pub mod intake;
pub mod links;
pub mod metrics;
mod oauth;
pub mod routes;
mod status;

pub use routes::{Desk, serve};

#[cfg(test)]
mod tests;
