//! Keeps the house straight, by reading the sources: which room may import which, no circles of files, one home for
//! sled and bincode, a pure core, tables of contents, small files and functions, comments that name their subject.
//!
//! `cargo test --test tidy -- --ignored --nocapture` prints the house in figures; `TANDEM_TIDY_ROOT` names another checkout.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/contents.rs"]
mod contents;
#[path = "tidy/counters.rs"]
mod counters;
#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/debts.rs"]
mod debts;
#[path = "tidy/edges.rs"]
mod edges;
#[path = "tidy/fault.rs"]
mod fault;
#[path = "tidy/figures.rs"]
mod figures;
#[path = "tidy/items.rs"]
mod items;
#[path = "tidy/lexer.rs"]
mod lexer;
#[path = "tidy/made_up.rs"]
mod made_up;
#[path = "tidy/prose.rs"]
mod prose;
#[path = "tidy/resolve.rs"]
mod resolve;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/writers.rs"]
mod writers;

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use edges::Reach;
use fault::refuse;
use tree::Tree;

static SRC: LazyLock<Tree> = LazyLock::new(|| Tree::load(&root().join("src")));
static REACHES: LazyLock<Vec<Reach>> = LazyLock::new(|| edges::reaches(&SRC));

fn root() -> PathBuf {
    std::env::var_os("TANDEM_TIDY_ROOT")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), PathBuf::from)
}

/// The map; of a checkout that has no table of rooms yet, that of this one.
fn map() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ARCHITECTURE.md")).unwrap()
}

/// Fails with the faults of every room that has more than its debt.
fn refuse_beyond(faults: Vec<fault::Fault>, debts: debts::Debts) {
    refuse(&fault::beyond(faults, debts, std::env::var_os("TANDEM_FULL").is_some()));
}

#[test]
fn rooms_import_only_what_the_map_allows() {
    refuse(&rooms::check(&SRC, &REACHES, &map()));
}

#[test]
fn every_import_can_be_followed() {
    refuse(&rooms::unresolved(&SRC, &REACHES));
}

#[test]
fn no_file_imports_itself_again() {
    refuse_beyond(circles::check(&SRC, &edges::edges(&SRC, &REACHES)), debts::CIRCLES);
}

#[test]
fn sled_and_bincode_have_one_home_each() {
    refuse(&crates::stray(&SRC));
}

#[test]
fn one_file_of_a_room_writes_to_the_store() {
    refuse(&writers::check(&SRC));
}

#[test]
fn the_pure_rooms_name_nothing_impure() {
    refuse(&crates::impure(&SRC, &REACHES));
}

#[test]
fn tables_of_contents_only_declare() {
    refuse_beyond(contents::check(&SRC), debts::CONTENTS);
}

#[test]
fn no_file_is_too_long() {
    refuse_beyond(sizes::files(&SRC), debts::FILES);
}

#[test]
fn no_function_is_too_long() {
    refuse_beyond(sizes::long_functions(&SRC), debts::FUNCTIONS);
}

#[test]
fn no_function_has_too_many_parameters() {
    refuse_beyond(sizes::wide_functions(&SRC), debts::PARAMETERS);
}

#[test]
fn every_effect_is_counted_from_0() {
    refuse_beyond(counters::check(&SRC), debts::COUNTERS);
}

#[test]
fn comments_name_their_subject() {
    refuse_beyond(prose::check(&SRC), debts::PROSE);
}

#[test]
#[ignore = "prints figures, and judges nothing"]
fn figures() {
    println!("{}", figures::text(&SRC, &rooms::table(&map())));
}
