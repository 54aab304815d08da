//! Each check on made-up sources: green when all is well, and red when it is broken.

use std::collections::BTreeMap;

use crate::{
    circles, contents, counters, crates,
    edges::{self, Reach},
    fault::{self, Fault},
    prose, rooms, sizes,
    tree::Tree,
    writers,
};

/// A tree of these files, each with its text.
fn tree(files: &[(&str, &str)]) -> Tree {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Tree::of(texts)
}

fn with_reaches(files: &[(&str, &str)]) -> (Tree, Vec<Reach>) {
    let tree = tree(files);
    let reaches = edges::reaches(&tree);
    (tree, reaches)
}

/// Where, and what is broken.
fn said(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{}:{}: {}", fault.file, fault.line, fault.rule)).collect()
}

fn table(rows: &[&str]) -> String {
    format!("# A map\n<!-- rooms: begin -->\n| Room |\n|---|\n{}\n<!-- rooms: end -->\n", rows.join("\n"))
}

const LIB: &str = "pub mod high; pub mod low;";
const ROWS: [&str; 3] =
    ["| `low` | nouns | nothing |", "| `high` | verbs | `low` |", "| `lib` | declares | nothing |"];

fn of_rooms(low: &str, high: &str, rows: &[&str]) -> Vec<String> {
    let (tree, reaches) = with_reaches(&[("lib.rs", LIB), ("low.rs", low), ("high.rs", high)]);
    said(&rooms::check(&tree, &reaches, &table(rows)))
}

#[test]
fn an_import_that_the_table_allows_is_no_fault() {
    assert!(of_rooms("pub struct A;", "use crate::low::A;\npub fn f(_: A) {}", &ROWS).is_empty());
}

/// However it is written: `use` with braces and `self`, `super`, a whole path, in a macro, in an attribute's text, under
/// another name, by `*`.
#[test]
fn an_import_that_the_table_does_not_allow_is_found_however_it_is_written() {
    let high = "pub struct B;\npub mod inner { pub fn f() {} }";
    for low in [
        "\nuse crate::{high::{self, B}};",
        "\nuse super::high::B as C;",
        "\npub fn f() { crate::high::inner::f(); }",
        "\npub fn f() { println!(\"{}\", crate::high::inner::f()); }",
        "\n#[serde(with = \"crate::high::inner\")] struct S;",
        "\nuse crate as root; fn f() { root::high::inner::f(); }",
        "\nuse crate::high::*; fn f(_: B) {}",
        "\npub use crate::high::B;",
        "\nmacro_rules! m { () => { $crate::high::inner::f() } }",
    ] {
        let found = of_rooms(low, high, &ROWS);
        assert_eq!(found.len(), 1, "{low}: {found:?}");
        assert!(found[0].starts_with("src/low.rs:2: `low` may not import `high` (`"), "{low}: {found:?}");
    }
}

#[test]
fn what_a_room_hands_on_counts_as_its_own() {
    let files = [
        ("lib.rs", "mod low; mod high; mod top;"),
        ("low.rs", "pub struct A;"),
        ("high.rs", "pub use crate::low::A;"),
        ("top.rs", "use crate::high::A;\nuse crate::low;"),
    ];
    let (tree, reaches) = with_reaches(&files);
    let rows = table(&[ROWS[0], ROWS[1], "| `top` | most | `high` |", ROWS[2]]);
    let found = said(&rooms::check(&tree, &reaches, &rows));
    assert_eq!(found, ["src/top.rs:2: `top` may not import `low` (`crate::low`)"]);
}

#[test]
fn a_module_that_a_macro_declares_is_seen() {
    let low = "macro_rules! list { ($($m:ident),*) => { $(mod $m;)* } }\nlist! { one }";
    let files = [
        ("lib.rs", LIB),
        ("low.rs", low),
        ("low/one.rs", "use crate::high::B;"),
        ("high.rs", "pub struct B;"),
    ];
    let (tree, reaches) = with_reaches(&files);
    let found = said(&rooms::check(&tree, &reaches, &table(&ROWS)));
    assert_eq!(found, ["src/low/one.rs:1: `low` may not import `high` (`crate::high::B`)"]);
}

#[test]
fn comments_texts_and_tests_import_nothing() {
    let low = r##"
        //! [`crate::high::B`]
        // use crate::high::B;
        /* use crate::high::B; /* nested */ use crate::high::B; */
        /// [`crate::high::B`]
        pub const A: &str = "crate::high::B";
        pub const R: &str = r#"use "crate::high::B";"#;
        pub const C: char = '"'; pub fn f<'a>(_: &'a str) { let r#use = '\''; } // crate::high::B
        pub(in crate::low) struct S;
        #[cfg(test)]
        use crate::high::B;
        #[cfg(test)]
        mod tests { use crate::high::B; }
        impl S { #[cfg(test)] fn g<A, B>() { crate::high::B; } fn h() {} }
    "##;
    assert_eq!(of_rooms(low, "pub struct B;", &ROWS), Vec::<String>::new());
}

#[test]
fn the_table_and_the_rooms_are_the_same() {
    let fault = of_rooms("", "", &ROWS[..2]);
    assert_eq!(fault, ["src/lib.rs:1: the room `lib` has no row in docs/ARCHITECTURE.md"]);
    let more = [ROWS[0], ROWS[1], ROWS[2], "| `gone` | nothing | nothing |"];
    assert_eq!(of_rooms("", "", &more), ["docs/ARCHITECTURE.md:8: the row `gone` has no room in src"]);
    let upward = ["| `low` | nouns | `high` |", ROWS[1], ROWS[2]];
    let fault = of_rooms("", "", &upward);
    assert_eq!(fault, ["docs/ARCHITECTURE.md:5: `low` may import `high`, which is no row above it"]);
    let (tree, reaches) = with_reaches(&[("lib.rs", ""), ("lost.rs", "")]);
    let fault = said(&rooms::check(
        &tree,
        &reaches,
        &table(&["| `lib` | l | nothing |", "| `lost` | l | nothing |"]),
    ));
    assert_eq!(fault, ["src/lost.rs:1: no module declares this file"]);
    let fault = said(&rooms::check(&tree, &reaches, "no table"));
    assert!(fault[0].starts_with("docs/ARCHITECTURE.md:1: no table of rooms between"), "{fault:?}");
}

#[test]
fn a_path_that_leads_nowhere_is_a_fault_of_the_checker() {
    let (tree, reaches) =
        with_reaches(&[("lib.rs", "mod a; mod b;"), ("a.rs", ""), ("b.rs", "use super::a::Lost;")]);
    assert_eq!(
        said(&rooms::unresolved(&tree, &reaches)),
        ["src/b.rs:1: `super::a::Lost` leads nowhere that tests/tidy can see"]
    );
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let (tree, reaches) = with_reaches(files);
    said(&circles::check(&tree, &edges::edges(&tree, &reaches)))
}

#[test]
fn a_circle_over_any_number_of_files_is_printed_whole() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b/mod.rs", "mod inner; pub use inner::B;"),
        ("b/inner.rs", "\n\npub struct B(crate::c::C);"),
        ("c.rs", "pub struct C; fn f() { use super::a; let _ = a::A; }"),
    ]);
    assert_eq!(
        found,
        ["src/a.rs:1: 3 files import each other: a.rs, b/inner.rs, c.rs\n    \
         src/a.rs:1 imports src/b/inner.rs (`crate::b::B`)\n    \
         src/b/inner.rs:3 imports src/c.rs (`crate::c::C`)\n    \
         src/c.rs:1 imports src/a.rs (`a::A`)"]
    );
}

#[test]
fn a_parent_that_only_declares_is_in_no_circle_and_one_that_works_is() {
    let child = ("b/inner.rs", "use super::Other; pub struct B(Other);");
    let other = ("b/other.rs", "pub struct Other;");
    let lib = ("lib.rs", "mod b;");
    let declares = "mod inner; mod other; pub use inner::B; pub use other::Other;";
    assert!(circles_of(&[lib, ("b/mod.rs", declares), child, other]).is_empty());
    let hands_on = "mod inner; pub use inner::B; pub struct Other;";
    assert!(circles_of(&[lib, ("b/mod.rs", hands_on), child]).is_empty());
    let works = "mod inner; pub use inner::B; pub struct Other; fn f(_: B) {}";
    assert_eq!(circles_of(&[lib, ("b/mod.rs", works), child]).len(), 1);
    let by_path = "mod inner; pub struct Other; fn f(_: inner::B) {}";
    assert_eq!(circles_of(&[lib, ("b.rs", by_path), child]).len(), 1);
}

#[test]
fn a_test_beside_the_code_makes_no_circle() {
    let code =
        "pub struct A; #[cfg(test)] #[path = \"a_test.rs\"] mod tests; #[cfg(test)] use self::tests::B;";
    assert!(
        circles_of(&[("lib.rs", "mod a;"), ("a.rs", code), ("a_test.rs", "use super::A; struct B(A);")])
            .is_empty()
    );
}

#[test]
fn sled_and_bincode_elsewhere_are_found_in_tests_too() {
    let all = [
        ("lib.rs", "mod store; // sled and bincode"),
        ("store/mod.rs", "mod engine; mod codec;"),
        ("store/engine/mod.rs", "use sled::Db;"),
        ("store/codec.rs", "use bincode::Encode;\n#[cfg(test)]\nmod tests { use sled::Db; }"),
    ];
    assert_eq!(said(&crates::stray(&tree(&all))), ["src/store/codec.rs:3: `sled` outside src/store/engine/"]);
    let engine = [("lib.rs", ""), ("store/engine/mod.rs", "fn f() { bincode::decode(\"sled\"); }")];
    let found = said(&crates::stray(&tree(&engine)));
    assert_eq!(found, ["src/store/engine/mod.rs:1: `bincode` outside src/store/codec.rs"]);
}

#[test]
fn a_second_writer_is_found_by_the_verb_that_it_calls() {
    let verb = "impl CustomerStore { pub async fn save(&self) {} pub fn read(&self) {} }";
    let of = |path: &str, text: &str| {
        said(&writers::check(&tree(&[("lib.rs", ""), ("store/verbs/save.rs", verb), (path, text)])))
    };
    let writes = "async fn f(store: &S) {\n    store.read();\n    self.store\n        .save().await; }";
    let fault = "src/submitter/run.rs:4: writes to the store with `save`; in this room only `submitter/commit.rs` does";
    assert_eq!(of("submitter/run.rs", writes), [fault]);
    assert!(of("submitter/commit.rs", writes).is_empty());
    assert_eq!(of("poller/turn.rs", writes).len(), 1);
    assert_eq!(of("poller/turn.rs", "fn f() { CustomerStore::save(&kept); }").len(), 1);
    assert!(of("operator/decision.rs", writes).is_empty(), "another room");
    assert!(of("submitter/run.rs", "fn f() { committer.save(); store.read(); }").is_empty());
}

#[test]
fn the_pure_rooms_are_pure() {
    for (code, path) in [
        ("use chrono::Utc;\nfn f() { Utc::now(); }", "chrono::Utc::now"),
        ("\nfn f() { std::time::SystemTime::now(); }", "std::time::SystemTime::now"),
        ("use std::time;\nfn f() { time::Instant::now(); }", "std::time::Instant::now"),
        ("\nuse std::{env::var, fmt};", "std::env::var"),
        ("\nuse std::fs;", "std::fs"),
        ("\nuse std::net::TcpStream as T;", "std::net::TcpStream"),
        ("\nfn f() { fastrand::u8(..); }", "fastrand::u8"),
        ("\nuse ::actix::Actor as _;", "actix::Actor"),
        ("\nfn f() { tokio::select! {} }", "tokio::select"),
        ("\nuse reqwest::*;", "reqwest"),
        ("\nfn f() { vec![sled::open()]; }", "sled::open"),
    ] {
        let (tree, reaches) =
            with_reaches(&[("lib.rs", "mod sync;"), ("sync/mod.rs", "mod a;"), ("sync/a.rs", code)]);
        let expected = format!("src/sync/a.rs:2: `{path}` in `sync`, which is pure");
        assert!(said(&crates::impure(&tree, &reaches)).contains(&expected), "{code}");
    }
    let code =
        "use std::time::Duration; use chrono::{DateTime, Utc}; fn now() -> Duration { Duration::ZERO }";
    let (tree, reaches) = with_reaches(&[("lib.rs", "mod domain;"), ("domain.rs", code)]);
    assert!(crates::impure(&tree, &reaches).is_empty());
}

#[test]
fn a_table_of_contents_only_declares() {
    let well = "//! Docs.\n#![warn(missing_docs)]\nmod b;\npub use b::{B, C as D};\n#[cfg(test)]\nmod tests { fn f() {} }";
    assert!(contents::check(&tree(&[("lib.rs", well), ("a/mod.rs", well)])).is_empty());
    for (code, name) in [
        ("mod b;\npub const fn f() {}", "f"),
        ("mod b;\nstruct S<A>(A);", "S"),
        ("mod b;\nimpl A for B {}", "an item without a name"),
        ("mod b;\nmod c { fn f() {} }", "c"),
        ("mod b;\nmacro_rules! m { () => {} }", "m"),
    ] {
        let found = said(&contents::check(&tree(&[("a/mod.rs", code)])));
        assert_eq!(found, [format!("src/a/mod.rs:2: defines {name}; a table of contents only declares")]);
    }
}

#[test]
fn sizes_are_limited() {
    let long = tree(&[("a.rs", &"\n".repeat(400)), ("b.rs", &"\n".repeat(401))]);
    assert_eq!(said(&sizes::files(&long)), ["src/b.rs:401: 401 lines; a file has at most 400"]);
    let of = |lines: usize| {
        format!("\nimpl A {{\n    pub async fn f() {{\n{}    }}\n}}", "        g();\n".repeat(lines - 2))
    };
    assert!(sizes::long_functions(&tree(&[("a.rs", &of(60))])).is_empty());
    let found = said(&sizes::long_functions(&tree(&[("a.rs", &of(61))])));
    assert_eq!(found, ["src/a.rs:3: `f` has 61 lines; a function has at most 60"]);
    let five = "fn f<A: Fn(u8, u8) -> u8>(&mut self, a: A, (b, c): (u8, u8), d: M<u8, u8>, e: fn(u8, u8), f: u8,) {}";
    assert!(sizes::wide_functions(&tree(&[("a.rs", five)])).is_empty());
    let six = "fn f(self: &S, a: A, b: B, c: C, d: D, e: E, f: F) where A: B {}";
    let found = said(&sizes::wide_functions(&tree(&[("a.rs", six)])));
    assert_eq!(found, ["src/a.rs:1: `f` has 6 parameters beside self; at most 5"]);
}

#[test]
fn an_effect_without_a_counter_is_found() {
    let code = "impl EffectKind { fn as_str(self) { match self { A => \"opt_out\", B => \"set_fields\" } } }";
    let names = counters::names(&tree(&[("domain/effect_kind.rs", code)]));
    assert_eq!(names, ["opt_out", "set_fields"]);
    let text = "tandem_effects_total{customer=\"hope\",effect=\"opt_out\",outcome=\"done\"} 0\n";
    let found = said(&counters::missing(&names, text));
    let expected =
        "src/metrics/counters.rs:1: the effect `set_fields` has no counter at 0 when a customer begins";
    assert_eq!(found, [expected]);
    assert_eq!(counters::missing(&[], text).len(), 1, "no names at all are a fault too");
}

#[test]
fn vague_words_are_found_in_comments_only() {
    let code = "//! Whoever reads.\nfn nobody() {} // one that\nconst A: &str = \"nobody\"; /*\n nobody */ /// someone that, nobodys";
    let found = said(&prose::check(&tree(&[("a.rs", code)])));
    let expected = [
        "src/a.rs:1: a comment says \"whoever\"",
        "src/a.rs:2: a comment says \"one that\"",
        "src/a.rs:4: a comment says \"nobody\"",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_debt_covers_its_number_and_only_shrinks() {
    let two = || vec![Fault::in_src("a/b.rs", 1, "x", "y"), Fault::in_src("a.rs", 2, "x", "y")];
    assert!(fault::beyond(two(), &[("a", 2)], true).is_empty());
    assert_eq!(
        fault::beyond(two(), &[("a", 1), ("b", 9)], false).len(),
        2,
        "one more than the debt: all are shown"
    );
    assert!(fault::beyond(two(), &[("a", 3)], false).is_empty());
    let found = said(&fault::beyond(two(), &[("a", 3)], true));
    assert_eq!(found, ["tests/tidy/debts.rs:1: `a` may have 3 faults and has 2: a debt only shrinks"]);
}
