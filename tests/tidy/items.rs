//! The items of a module, and what their code names: imports, paths and words.

use std::{collections::BTreeSet, ops::Range};

use crate::lexer::{Kind, Token};

/// What an item is, as far as the checks ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// `use`.
    Use,
    /// `mod`.
    Mod,
    /// A macro's call, which may define anything.
    Call,
    /// `macro_rules`, with names that its calls may define.
    Macro,
    /// `impl`, which defines no name.
    Impl,
    /// Anything that defines a name.
    Definition,
}

/// An item.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The name that it defines, or an empty text.
    pub name: String,
    /// The line of its first token.
    pub line: usize,
    /// Its attributes, its visibility and all.
    pub tokens: Range<usize>,
    /// Of a module, what is between its braces.
    pub body: Option<Range<usize>>,
    /// Whether only tests are built with it.
    pub test: bool,
    /// The file that `#[path]` names.
    pub path: Option<String>,
}

/// A name that comes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Where it is.
    pub path: Vec<String>,
    /// What it is called here; nothing for `*` and `_`.
    pub name: Option<String>,
    /// Whether it is `*`.
    pub glob: bool,
    /// Whether it is handed on (`pub use`).
    pub exported: bool,
    /// Its line.
    pub line: usize,
}

/// A path of two names or more in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The names.
    pub path: Vec<String>,
    /// Its line.
    pub line: usize,
    /// Whether it stands as a text in an attribute.
    pub attribute: bool,
}

/// What the code of a module names.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// All `use` items, those inside functions too.
    pub imports: Vec<Import>,
    /// All paths.
    pub paths: Vec<Named>,
    /// All names that are not a field or method of something.
    pub words: BTreeSet<String>,
}

const DEFINING: [&str; 9] =
    ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];
const MODIFIERS: [&str; 7] = ["pub", "async", "unsafe", "extern", "default", "auto", "safe"];

/// The items between these tokens.
pub fn items(tokens: &[Token], range: Range<usize>) -> Vec<Item> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if tokens[at].is("#") && tokens[at + 1].is("!") {
            at = tokens[at + 2].close + 1;
            continue;
        }
        let item = item(tokens, at, range.end);
        at = item.tokens.end;
        found.push(item);
    }
    found
}

/// The item that begins here.
fn item(tokens: &[Token], start: usize, limit: usize) -> Item {
    let (mut at, mut test, mut path) = (start, false, None);
    while tokens[at].is("#") {
        let inside = &tokens[at + 2..tokens[at + 1].close];
        test |= is_test(inside);
        if inside[0].is_word("path") {
            path = inside.last().map(|text| text.text.clone());
        }
        at = tokens[at + 1].close + 1;
    }
    let line = tokens[at].line;
    while at < limit && (MODIFIERS.contains(&tokens[at].text.as_str()) || tokens[at].kind == Kind::Text) {
        at += 1;
        if tokens[at - 1].is_word("pub") && tokens[at].is("(") {
            at = tokens[at].close + 1;
        }
    }
    // `const fn` and `const unsafe fn` are functions.
    while tokens[at].is_word("const")
        && ["fn", "unsafe", "async", "extern"].contains(&tokens[at + 1].text.as_str())
    {
        at += 1;
        while !tokens[at].is_word("fn") {
            at += 1;
        }
    }
    let word = tokens[at].text.as_str();
    let end = end(tokens, at, limit);
    let (kind, name, body) = match word {
        "use" => (ItemKind::Use, String::new(), None),
        "mod" => {
            let body = tokens[at + 2].is("{").then(|| at + 3..tokens[at + 2].close);
            (ItemKind::Mod, tokens[at + 1].text.clone(), body)
        }
        "impl" => (ItemKind::Impl, String::new(), None),
        "macro_rules" => (ItemKind::Macro, tokens[at + 2].text.clone(), None),
        "static" if tokens[at + 1].is_word("mut") => {
            (ItemKind::Definition, tokens[at + 2].text.clone(), None)
        }
        _ if DEFINING.contains(&word) => (ItemKind::Definition, tokens[at + 1].text.clone(), None),
        _ => (ItemKind::Call, String::new(), None),
    };
    Item { kind, name, line, tokens: start..end, body, test, path }
}

/// The place after the item whose keyword is here.
fn end(tokens: &[Token], keyword: usize, limit: usize) -> usize {
    let to_semicolon = ["use", "const", "static", "type"].contains(&tokens[keyword].text.as_str());
    let mut at = keyword;
    while at < limit {
        if tokens[at].is(";") {
            return at + 1;
        }
        if tokens[at].kind == Kind::Open {
            let brace = tokens[at].is("{");
            at = tokens[at].close;
            if brace && !to_semicolon {
                return at + 1;
            }
        }
        at += 1;
    }
    limit
}

/// Whether an attribute leaves its item out of all but tests.
fn is_test(inside: &[Token]) -> bool {
    let words: Vec<&str> = inside.iter().map(|token| token.text.as_str()).collect();
    words.starts_with(&["cfg", "(", "test", ")"])
        || words.starts_with(&["cfg", "(", "all", "(", "test"])
        || words == ["test"]
        || words.ends_with(&["::", "test"])
}

/// What the code between these tokens names, without tests and without the modules inside.
pub fn code(tokens: &[Token], range: Range<usize>) -> Code {
    let mut code = Code::default();
    for item in items(tokens, range) {
        if !item.test && !(item.kind == ItemKind::Mod) {
            walk(tokens, item.tokens, &mut code);
        }
    }
    code
}

/// Notes what is named between these tokens.
fn walk(tokens: &[Token], range: Range<usize>, code: &mut Code) {
    let mut at = range.start;
    while at < range.end {
        let token = &tokens[at];
        if token.is("#") && at + 1 < range.end && tokens[at + 1].is("[") {
            let inside = at + 2..tokens[at + 1].close;
            if is_test(&tokens[inside.clone()]) {
                at = after_annotated(tokens, at, range.end);
            } else {
                attribute(tokens, inside.clone(), code);
                at = inside.end + 1;
            }
        } else if token.is_word("pub") && tokens[at + 1].is("(") && is_restriction(&tokens[at + 2]) {
            at = tokens[at + 1].close + 1;
        } else if token.is_word("use") && !tokens[at + 1].is("<") {
            let exported = at > 0 && (tokens[at - 1].is_word("pub") || is_visibility(tokens, at - 1));
            at = imports(tokens, at + 1, &[], exported, &mut code.imports);
        } else if token.kind == Kind::Word {
            at = named(tokens, at, range.end, code);
        } else {
            at += 1;
        }
    }
}

fn is_restriction(token: &Token) -> bool {
    ["in", "crate", "super", "self"].iter().any(|word| token.is_word(word))
}

/// Whether the bracket that closes here is that of `pub(...)`.
fn is_visibility(tokens: &[Token], close: usize) -> bool {
    (1..close)
        .rev()
        .take(12)
        .any(|at| tokens[at].close == close && tokens[at].is("(") && tokens[at - 1].is_word("pub"))
}

/// The place after what the attributes here belong to: an item, a field, an arm, a statement.
fn after_annotated(tokens: &[Token], start: usize, limit: usize) -> usize {
    let mut at = start;
    while tokens[at].is("#") {
        at = tokens[at + 1].close + 1;
    }
    let mut keyword = at;
    while MODIFIERS.contains(&tokens[keyword].text.as_str()) || tokens[keyword].is("(") {
        keyword = if tokens[keyword].is("(") { tokens[keyword].close + 1 } else { keyword + 1 };
    }
    let word = tokens[keyword].text.as_str();
    if DEFINING.contains(&word) || ["use", "mod", "impl"].contains(&word) {
        return end(tokens, keyword, limit);
    }
    while at < limit && !tokens[at].is(",") && !tokens[at].is(";") {
        if tokens[at].kind == Kind::Open {
            let brace = tokens[at].is("{");
            at = tokens[at].close;
            if brace {
                break;
            }
        }
        at += 1;
    }
    (at + 1).min(limit)
}

/// Notes the paths of an attribute, those in its texts too (`with = "a::b"`).
fn attribute(tokens: &[Token], inside: Range<usize>, code: &mut Code) {
    for at in inside.clone() {
        let token = &tokens[at];
        let named = token.kind == Kind::Text && tokens[at - 1].is("=");
        let path: Vec<String> = token.text.split("::").map(str::to_owned).collect();
        let is_name = |name: &String| {
            !name.is_empty() && name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
        };
        if named && path.iter().all(is_name) {
            code.words.insert(path[0].clone());
            code.paths.push(Named { path, line: token.line, attribute: true });
        }
    }
    let mut at = inside.start;
    while at < inside.end {
        at = if tokens[at].kind == Kind::Word { named(tokens, at, inside.end, code) } else { at + 1 };
    }
}

/// Notes the path or word that begins here; the answer is the place after it.
fn named(tokens: &[Token], start: usize, limit: usize, code: &mut Code) -> usize {
    let before = start.checked_sub(1).map(|at| &tokens[at]);
    let mut path = vec![tokens[start].text.clone()];
    let mut at = start + 1;
    while at + 1 < limit && tokens[at].is("::") && tokens[at + 1].kind == Kind::Word {
        path.push(tokens[at + 1].text.clone());
        at += 2;
    }
    let macro_variable = before.is_some_and(|token| token.is("$")) && path[0] != "crate";
    if macro_variable || before.is_some_and(|token| token.is(".")) {
        return at;
    }
    if before.is_some_and(|token| token.is("::")) {
        // `::name` is a crate; after `<T as Trait>::` it is a part of a type.
        if start >= 2 && !tokens[start - 2].is(">") {
            path.insert(0, String::new());
        } else {
            return at;
        }
    }
    code.words.insert(path[0].clone());
    if path.len() > 1 {
        code.paths.push(Named { path, line: tokens[start].line, attribute: false });
    }
    at
}

/// Notes the imports of a `use` tree; the answer is the place after it.
pub fn imports(
    tokens: &[Token],
    start: usize,
    prefix: &[String],
    exported: bool,
    found: &mut Vec<Import>,
) -> usize {
    let (mut path, mut at) = (prefix.to_vec(), start);
    let line = tokens[start].line;
    loop {
        let token = &tokens[at];
        if token.is("::") {
            if at == start && prefix.is_empty() {
                path.push(String::new());
            }
            at += 1;
        } else if token.is("{") {
            let close = token.close;
            at += 1;
            while at < close {
                at = imports(tokens, at, &path, exported, found);
                if tokens[at].is(",") {
                    at += 1;
                }
            }
            return close + 1;
        } else if token.is("*") {
            found.push(Import { path, name: None, glob: true, exported, line });
            return at + 1;
        } else if token.kind == Kind::Word && token.text != "as" {
            path.push(token.text.clone());
            at += 1;
        } else {
            break;
        }
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let mut name = path.last().cloned();
    if tokens[at].is_word("as") {
        name = Some(tokens[at + 1].text.clone()).filter(|name| name != "_");
        at += 2;
    }
    found.push(Import { path, name, glob: false, exported, line });
    at
}
