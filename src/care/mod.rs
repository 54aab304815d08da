//! Care for the store: backups while it runs, and the way back.
//!
//! A backup is the store as it was between two groups ([`crate::store::engine::Engine::export`]) in one file of checked sections
//! ([`file`]). It appears under its name only once it was read back; a kill leaves a `.part` at most.

mod backup;
mod compact;
mod due;
mod error;
mod file;
mod folder;
mod keeper;
mod name;
mod part;
mod quiet;
mod restore;
mod room;
mod swap;
mod trim;

pub use backup::{Backup, Records, back_up, read};
pub use compact::{Compacted, Sizes, compact, sizes};
pub use error::CareError;
pub use file::{FORMAT, Made};
pub use folder::{Backups, backups, is_late};
pub use keeper::keep;
pub use quiet::Pace;
pub use restore::{Restored, restore};
pub use swap::settle;
pub use trim::trim;
