//! Virtuous CRM+ as reference/virtuous.md describes it: many organisations, one behind each API key.

mod answer;
mod api;
pub mod book;
mod call;
mod distort;
mod dump;
mod entrance;
pub mod fields;
pub mod form;
pub mod import;
mod lag;
pub mod meter;
pub mod model;
pub mod organisation;
mod service;
pub mod snapshot;
mod staff;
pub mod switches;
#[cfg(test)]
mod tests;
pub mod unreliable;
mod view;
pub mod webhooks;

pub use service::VirtuousSimulator;
