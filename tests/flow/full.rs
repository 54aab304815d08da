//! What only the full run plays: `TANDEM_FULL=1 cargo test`, as `.ci/run` does.

/// Whether the long tests run too. They play days, or many worlds, of what a shorter test or one of `tests/rules.rs` plays
/// once; a plain `cargo test` leaves them out, to answer soon.
pub fn is_full_run() -> bool {
    let full = std::env::var_os("TANDEM_FULL").is_some();
    if !full {
        println!("left out or made smaller: TANDEM_FULL=1 plays it whole");
    }
    full
}
