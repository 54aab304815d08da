//! Credentials of people and browsers: the admin token, and the signed links of the connect page.

pub mod admin_token;
pub mod links;
mod private_file;
pub mod signing_key;

pub use signing_key::SigningKey;
