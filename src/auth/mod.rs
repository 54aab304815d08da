//! Credentials of people and browsers (the admin token, the signed links of the connect page), and the key that seals secrets.

pub mod admin_token;
pub mod key_files;
pub mod links;
mod private_file;
pub mod sealed;
pub mod signing_key;

pub use key_files::KeyFiles;
pub use signing_key::SigningKey;
