//! Rooms in which one file alone writes to the store.

use std::collections::BTreeSet;

use crate::{
    fault::Fault,
    lexer::{Kind, Token},
    tree::{File, Tree},
};

/// The rooms, each with the file that writes.
const WRITERS: [(&str, &str); 2] = [("poller/", "poller/commit.rs"), ("submitter/", "submitter/commit.rs")];

/// Calls of a writing verb outside the file that writes.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let verbs = verbs(tree);
    let mut faults = Vec::new();
    for (room, writer) in WRITERS {
        let others = |file: &&File| file.path.starts_with(room) && file.path != writer && !file.test;
        for file in tree.files.iter().filter(others) {
            for call in file.source.tokens.windows(4) {
                if is_call(call, &verbs) {
                    faults.push(Fault::in_src(
                        &file.path,
                        call[2].line,
                        format!(
                            "writes to the store with `{}`; in this room only `{writer}` does",
                            call[2].text
                        ),
                        "return what was found, and let the committer keep it",
                    ));
                }
            }
        }
    }
    faults
}

/// Every asynchronous verb: reading verbs wait for nothing.
fn verbs(tree: &Tree) -> BTreeSet<&str> {
    let files = tree.files.iter().filter(|file| file.path.starts_with("store/verbs/") && !file.test);
    let windows = files.flat_map(|file| file.source.tokens.windows(4));
    windows
        .filter(|found| found[0].is_word("pub") && found[1].is_word("async") && found[2].is_word("fn"))
        .map(|found| found[3].text.as_str())
        .collect()
}

/// `store.verb(` or `CustomerStore::verb(`; other values have methods of the same names.
fn is_call(call: &[Token], verbs: &BTreeSet<&str>) -> bool {
    let by_path = call[0].is_word("CustomerStore") && call[1].is("::");
    let by_method = call[0].is_word("store") && call[1].is(".");
    (by_path || by_method)
        && call[2].kind == Kind::Word
        && verbs.contains(call[2].text.as_str())
        && call[3].is("(")
}
