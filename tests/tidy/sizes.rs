//! How long files and functions are, and how many parameters a function has.

use crate::{
    fault::Fault,
    lexer::{Kind, Token},
    tree::Tree,
};

/// Lines of a file.
pub const FILE: usize = 400;
/// Lines of a function, from `fn` to its closing brace.
pub const FUNCTION: usize = 60;
/// Parameters beside `self`.
pub const PARAMETERS: usize = 5;

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of `fn`.
    pub line: usize,
    /// Lines from there to its closing brace.
    pub lines: usize,
    /// Parameters beside `self`.
    pub parameters: usize,
}

/// All functions of a file that have a body, those inside others too.
pub fn functions(tokens: &[Token]) -> Vec<Function> {
    (0..tokens.len()).filter_map(|at| function(tokens, at)).collect()
}

fn function(tokens: &[Token], at: usize) -> Option<Function> {
    let name = tokens.get(at + 1).filter(|name| tokens[at].is_word("fn") && name.kind == Kind::Word)?;
    let mut open = at + 2;
    if tokens[open].is("<") {
        open = after_generics(tokens, open);
    }
    let close = tokens[open].close;
    let body = (close..tokens.len()).find(|at| tokens[*at].is("{") || tokens[*at].is(";"))?;
    if tokens[body].is(";") {
        return None;
    }
    let line = tokens[at].line;
    let lines = tokens[tokens[body].close].line - line + 1;
    Some(Function { name: name.text.clone(), line, lines, parameters: parameters(tokens, open) })
}

/// The place after the `>` that belongs to this `<`.
fn after_generics(tokens: &[Token], open: usize) -> usize {
    let (mut at, mut depth) = (open, 0_usize);
    loop {
        match tokens[at].text.as_str() {
            "<" if tokens[at].kind == Kind::Mark => depth += 1,
            ">" if tokens[at].kind == Kind::Mark => depth -= 1,
            _ if tokens[at].kind == Kind::Open => at = tokens[at].close,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

fn parameters(tokens: &[Token], open: usize) -> usize {
    let (close, mut at, mut depth, mut number, mut empty) = (tokens[open].close, open + 1, 0_usize, 0, true);
    let mut own = false;
    while at < close {
        match tokens[at].text.as_str() {
            "<" if tokens[at].kind == Kind::Mark => depth += 1,
            ">" if tokens[at].kind == Kind::Mark => depth -= 1,
            "," if depth == 0 && tokens[at].kind == Kind::Mark => {
                number += 1;
                empty = true;
                at += 1;
                continue;
            }
            "self" if number == 0 => own = true,
            _ if tokens[at].kind == Kind::Open => at = tokens[at].close,
            _ => {}
        }
        empty = false;
        at += 1;
    }
    number + usize::from(!empty) - usize::from(own)
}

/// Files that are too long.
pub fn files(tree: &Tree) -> Vec<Fault> {
    let long = tree.files.iter().filter(|file| file.source.lines > FILE);
    let fault = |file: &crate::tree::File| {
        let rule = format!("{} lines; a file has at most {FILE}", file.source.lines);
        Fault::in_src(&file.path, FILE + 1, rule, "give one of its concerns a file of its own")
    };
    long.map(fault).collect()
}

/// Functions that are too long.
pub fn long_functions(tree: &Tree) -> Vec<Fault> {
    each(tree, |function| {
        let rule =
            format!("`{}` has {} lines; a function has at most {FUNCTION}", function.name, function.lines);
        (function.lines > FUNCTION).then_some((rule, "give its steps names: one function a step"))
    })
}

/// Functions with too many parameters.
pub fn wide_functions(tree: &Tree) -> Vec<Fault> {
    each(tree, |function| {
        let rule = format!(
            "`{}` has {} parameters beside self; at most {PARAMETERS}",
            function.name, function.parameters
        );
        (function.parameters > PARAMETERS).then_some((rule, "what belongs together is a struct with a name"))
    })
}

fn each(tree: &Tree, judge: impl Fn(&Function) -> Option<(String, &'static str)>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.files {
        for function in functions(&file.source.tokens) {
            if let Some((rule, remedy)) = judge(&function) {
                faults.push(Fault::in_src(&file.path, function.line, rule, remedy));
            }
        }
    }
    faults
}
