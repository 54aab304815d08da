//! Credentials of people and browsers (the admin token, API tokens, sessions, the signed links of the connect page), and the key
//! that seals secrets.

pub mod admin_token;
pub mod api_token;
pub mod caller;
pub mod certificate;
pub mod key_files;
pub mod links;
mod private_file;
pub mod proof;
pub mod sealed;
pub mod session;
mod sha256;
pub mod signing_key;
pub mod used_links;

pub use caller::{Caller, Scope};
pub use key_files::KeyFiles;
pub use signing_key::SigningKey;
pub use used_links::UsedLinks;
