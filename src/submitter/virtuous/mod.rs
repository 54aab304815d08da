//! Reading Virtuous in bulk and by event: read, follow merges, commit.

mod archived;
pub mod contact_queries;
pub mod event_queue;
pub mod events;
pub mod page_size;
mod paging;
pub mod reference_data;
pub mod scan;
mod side;

pub use side::VirtuousSide;
