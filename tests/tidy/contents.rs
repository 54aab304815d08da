//! `mod.rs` and `lib.rs` are tables of contents.

use crate::{fault::Fault, items, tree, tree::Tree};

/// Everything in them that is not `mod` or `use`.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let is_contents = |path: &str| path == "lib.rs" || path == "mod.rs" || path.ends_with("/mod.rs");
    for file in tree.files.iter().filter(|file| is_contents(&file.path) && !file.test) {
        let items = items::items(&file.source.tokens, 0..file.source.tokens.len());
        for item in items.iter().filter(|item| !tree::declares(item)) {
            let name = if item.name.is_empty() { "an item without a name" } else { &item.name };
            faults.push(Fault::in_src(
                &file.path,
                item.line,
                format!("defines {name}; a table of contents only declares"),
                "move it to a file named after it, and re-export it with `pub use`",
            ));
        }
    }
    faults
}
