//! Credentials of people and browsers: the admin token, and the signed links of the connect page.

pub mod admin_token;
pub mod links;
mod private_file;
pub mod proof;
pub mod signing_key;
pub mod used_links;

pub use signing_key::SigningKey;
pub use used_links::UsedLinks;
