//! The house in figures, to compare one commit with another.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    edges::{self, Reach},
    lexer::Token,
    rooms::{self, Row},
    sizes,
    tree::Tree,
};

/// The figures as text, a line each.
pub fn text(tree: &Tree, rows: &[Row]) -> String {
    let reaches = edges::reaches(tree);
    let edges = edges::edges(tree, &reaches);
    let circles = edges::circles(tree, &edges);
    let functions: Vec<sizes::Function> =
        tree.files.iter().flat_map(|file| sizes::functions(&file.source.tokens)).collect();
    let upward = upward(tree, &reaches, rows);
    let wide = functions.iter().filter(|function| function.parameters > sizes::PARAMETERS).count();
    let mut lines = vec![
        format!("files, lines: {}", spread(tree.files.iter().map(|file| file.source.lines))),
        format!("functions, lines: {}", spread(functions.iter().map(|function| function.lines))),
        format!("circles of files: {}", circles.len()),
    ];
    for circle in &circles {
        let files: Vec<&str> = circle.iter().map(|file| tree.files[*file].path.as_str()).collect();
        lines.push(format!("  {}", files.join(", ")));
    }
    lines.push(format!("imports upward, rooms: {}", upward.len()));
    lines.extend(upward.iter().map(|(from, to)| format!("  {from} -> {to}")));
    lines.push(format!("functions with more than {} parameters: {wide}", sizes::PARAMETERS));
    lines.push("rooms, and what they import now:".to_owned());
    for (room, imported) in imports_of_rooms(tree, &reaches) {
        lines.push(format!("  {room}: {}", imported.into_iter().collect::<Vec<_>>().join(", ")));
    }
    lines.push(format!("public methods of the store: {}", public_methods(tree, "Store")));
    lines.push(format!("public methods of a customer's store: {}", public_methods(tree, "CustomerStore")));
    lines.join("\n")
}

/// Median, nine tenths, and the greatest.
fn spread(values: impl Iterator<Item = usize>) -> String {
    let mut values: Vec<usize> = values.collect();
    values.sort_unstable();
    let at =
        |tenths: usize| values.get((values.len() * tenths / 10).min(values.len() - 1)).copied().unwrap_or(0);
    format!("{} of them, median {}, p90 {}, max {}", values.len(), at(5), at(9), at(10))
}

/// Every room with those that it imports.
fn imports_of_rooms(tree: &Tree, reaches: &[Reach]) -> BTreeMap<String, BTreeSet<String>> {
    let mut rooms = BTreeMap::new();
    for reach in reaches {
        let from = tree.room(reach.file);
        let imported: &mut BTreeSet<String> = rooms.entry(from.to_owned()).or_default();
        imported.extend(rooms::rooms_of(tree, reach).into_iter().filter(|to| to != from));
    }
    rooms
}

/// The pairs of rooms whose import runs to a later row of the table, or to a room of the same circle that is in no row.
fn upward(tree: &Tree, reaches: &[Reach], rows: &[Row]) -> BTreeSet<(String, String)> {
    let place = |room: &str| rows.iter().position(|row| row.room == room);
    let mut pairs = BTreeSet::new();
    for reach in reaches {
        let from = tree.room(reach.file);
        for to in rooms::rooms_of(tree, reach) {
            if from != to && place(from) < place(&to) {
                pairs.insert((from.to_owned(), to));
            }
        }
    }
    pairs
}

/// `pub fn` in `impl` blocks of this type in the store.
fn public_methods(tree: &Tree, name: &str) -> usize {
    let store = tree.files.iter().filter(|file| file.path.starts_with("store/") && !file.test);
    store.map(|file| public_methods_in(&file.source.tokens, name)).sum()
}

fn public_methods_in(tokens: &[Token], name: &str) -> usize {
    let mut number = 0;
    for at in (0..tokens.len()).filter(|at| tokens[*at].is_word("impl")) {
        let Some(open) = (at..tokens.len()).find(|at| tokens[*at].is("{")) else { continue };
        let head = &tokens[at..open];
        if head.iter().any(|token| token.is_word("for")) || !head.iter().any(|token| token.is_word(name)) {
            continue;
        }
        for at in open..tokens[open].close {
            let modifiers = tokens[..at].iter().rev();
            let modifiers =
                modifiers.take_while(|token| ["async", "const", "unsafe"].contains(&token.text.as_str()));
            let before = at - modifiers.count();
            number +=
                usize::from(tokens[at].is_word("fn") && before > 0 && tokens[before - 1].is_word("pub"));
        }
    }
    number
}
