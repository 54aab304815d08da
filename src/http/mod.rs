//! The HTTP side: hooks, health, metrics, admin API, the connect page.

mod admin;
mod connections;
mod doors;
pub mod events;
mod health;
mod hooks;
mod oauth;
pub mod routes;
mod running;
mod server;
mod state;
mod status;

pub use server::{Intake, serve};
pub use state::HttpState;

#[cfg(test)]
mod tests;
