//! The pages: the questions of operators with another face. Each page is one file and one template, checked when Tandem is built.
//!
//! A page asks a question and shows its answer; it reads no store. Nothing is inline, and reading works without JavaScript.

mod act;
mod activity;
mod assets;
mod chosen;
mod connect;
mod customer;
mod customers;
mod dead_letters;
mod door;
mod form;
pub mod live;
mod moment;
mod of_people;
mod people;
mod person;
mod plain;
mod plan;
mod prose;
mod questions;
mod refused;
mod routes;
mod rule_text;
mod settings;
mod shell;
mod standing;
mod streams;
mod words;

pub use plain::{escape, page_of};
pub use routes::table;

#[cfg(test)]
mod acting_test;
#[cfg(test)]
mod tests;
