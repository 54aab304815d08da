//! A realistic account on both sides: a nonprofit with years of subscribers in Constant Contact, part of whom its staff
//! know in Virtuous already, and others there who never subscribed. The same specification and seed give the same
//! account, byte for byte.

mod add;
mod cc;
mod crm;
mod generate;
mod people;
mod shares;
mod spec;
#[cfg(test)]
mod tests;
mod words;

pub use self::{
    add::add_subscribers,
    generate::{Generated, generate},
    shares::Shares,
    spec::AccountSpec,
};
