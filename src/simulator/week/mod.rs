//! A week in the life of an account, all at once: what makes people lose donors elsewhere. Whom each edit concerns is told,
//! so that what the rules make of it can be compared.

mod people;
mod play;
mod record;

pub use self::{
    play::{NEW_NAME, play, prepare},
    record::Week,
};
