//! The demo: both simulated systems over loopback HTTP, a store in a temporary folder, and the main job on them.

mod elapsed;
mod error;
mod options;
mod played;
mod progress;
mod report;
mod running;
mod settings;
mod staff;
mod start;
mod wait;
mod week;
mod world;

pub use error::DemoError;
pub use options::DemoOptions;
pub use progress::Progress;
pub use report::Report;
pub use running::Demo;
pub use staff::ToCc;
pub use world::World;
