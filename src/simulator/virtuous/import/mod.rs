//! The holding state and the nightly import (section 3.2): rows are held unseen, then grouped by source, matched and
//! merged or created. Nothing of it shows in the API until it has run.

mod holding;
mod matching;
mod merge;
mod row;
mod run;
mod schedule;

pub use self::{
    holding::{Held, Holding},
    row::Row,
    run::ImportReport,
};
