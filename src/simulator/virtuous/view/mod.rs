//! Records as reads give them (section 4.2), written straight to JSON without a tree in between: a page of 1,000 full
//! contacts is 3 MB.

mod contact;
mod field;
mod manner;
mod method;
mod person;
mod short;
mod time;

pub(crate) use self::{
    contact::ContactView,
    manner::Manner,
    method::MethodView,
    person::IndividualView,
    short::{AbbreviatedView, NoteView, Page},
};
