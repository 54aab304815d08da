//! Which build this is.

/// The version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that it was built from; `unknown` without git.
pub const COMMIT: &str = env!("TANDEM_BUILD_COMMIT");
/// What `--version` says behind the name.
pub const VERSION_LINE: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("TANDEM_BUILD_COMMIT"),
    ", ",
    env!("TANDEM_BUILD_PROFILE"),
    " build)"
);
