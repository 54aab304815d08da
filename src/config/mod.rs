//! Settings: read once, checked once, plain values afterwards.
//!
//! Two kinds of file: the process settings (`tandem.toml`, [`Settings`]; every key also as an environment variable
//! `TANDEM_<SECTION>__<KEY>`, which wins over the file) and one file a customer ([`CustomerSettings`]). All problems of
//! all files are reported together ([`ConfigErrors`]), because an operator who mends them one run at a time is an
//! operator whose nonprofits wait.
//!
//! Relative paths (`data_dir`, `customers_dir`, and `file:PATH` secrets) count from the folder of the file that they stand
//! in, so that a service started from anywhere finds the same data. In an environment variable they count from the
//! current folder. The two folders' defaults count from the folder of the settings file.
//!
//! This is the only module that reads the environment, save for `RUST_LOG`, which the log filter reads itself.

mod alerts;
mod customer;
mod duration;
mod environment;
mod load;
mod mapping;
mod modes;
mod problem;
mod process;
mod reader;
mod rules;
mod secret;
mod shown;
mod starter;
mod window;

pub use alerts::AlertSettings;
pub use customer::{
    BounceAction, BrakeSettings, ConsentSettings, CustomerConstantContact, CustomerSettings,
    CustomerVirtuous, ImportSettings,
};
pub use duration::{Every, format_duration, parse_duration};
pub use environment::Environment;
pub use load::{CustomersRead, load, load_customers, load_with, read_customers};
pub use mapping::{ListsAs, MappingSettings, Nameless, Profile};
pub use modes::{OpenToOthers, folder_of, open_to_others};
pub use problem::{ConfigErrors, Problem};
pub use process::{
    ConstantContactSettings, DEFAULT_FILE, HttpSettings, Settings, StoreSettings, TlsFiles, VirtuousSettings,
};
pub use rules::{rules, rules_fingerprint};
pub use secret::{Secret, fingerprint};
pub use shown::{Shown, changed, shown_customer, shown_process};
pub use starter::{NewCustomer, PROCESS_FILE, write_new};
pub use window::ImportWindow;

#[cfg(test)]
mod tests;
