//! The controls: what a test, a demo or a person at the keyboard does to both systems from outside. JSON in and out;
//! every one is listed with an example in `docs/SIMULATOR.md`.

mod edit;
mod outcome;
mod people;
mod route;
mod staff;
mod state;
#[cfg(test)]
mod tests;

pub(super) use route::handle;
