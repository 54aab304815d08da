//! Which room may import which, as the table of `docs/ARCHITECTURE.md` says. A room may import only rooms of rows above its
//! own, so that no import runs upward.

use std::collections::BTreeSet;

use crate::{edges::Reach, fault::Fault, resolve::Found, tree::Tree};

const DOCUMENT: &str = "docs/ARCHITECTURE.md";
const BEGIN: &str = "<!-- rooms: begin -->";
const END: &str = "<!-- rooms: end -->";

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The room: a folder of `src`, or a file without its ending.
    pub room: String,
    /// Its line in the document.
    pub line: usize,
    /// What the room is for.
    pub purpose: String,
    /// The rooms that it may import.
    pub may: Vec<String>,
}

/// The table between the markers.
pub fn table(document: &str) -> Vec<Row> {
    let lines = document.lines().enumerate().skip_while(|(_, line)| line.trim() != BEGIN);
    let lines = lines.take_while(|(_, line)| line.trim() != END).filter(|(_, line)| line.starts_with("| `"));
    lines.map(|(at, line)| row(at + 1, line)).collect()
}

fn row(line: usize, text: &str) -> Row {
    let mut cells = text.trim().trim_matches('|').split('|').map(str::trim);
    let mut cell = || cells.next().unwrap_or_default();
    let (room, purpose, may) = (cell(), cell(), cell());
    let may = may.split(',').filter_map(|name| name.trim().strip_prefix('`')?.strip_suffix('`'));
    Row {
        room: room.trim_matches('`').to_owned(),
        line,
        purpose: purpose.to_owned(),
        may: may.map(str::to_owned).collect(),
    }
}

/// Everything in which the sources and the table differ.
pub fn check(tree: &Tree, reaches: &[Reach], document: &str) -> Vec<Fault> {
    let rows = table(document);
    let mut faults = of_the_table(&rows);
    faults.extend(of_the_rooms(tree, &rows));
    let mut told = BTreeSet::new();
    for reach in reaches {
        let room = tree.room(reach.file);
        let Some(row) = rows.iter().find(|row| row.room == room) else { continue };
        for other in rooms_of(tree, reach) {
            if other != room && !row.may.contains(&other) && told.insert((reach.file, other.clone())) {
                faults.push(Fault::in_src(
                    &tree.files[reach.file].path,
                    reach.reason.line,
                    format!("`{room}` may not import `{other}` (`{}`)", reach.reason.path),
                    "move the code to the room that may, pass a value in, or change the table in docs/ARCHITECTURE.md",
                ));
            }
        }
    }
    faults
}

/// The rooms that a path leads to: the first one on its way, or where the item is. What a room hands on of the rooms below
/// it counts as its own; what it may hand on is checked where it does.
pub fn rooms_of(tree: &Tree, reach: &Reach) -> BTreeSet<String> {
    let own = tree.room(reach.file);
    let is_root = |file: usize| ["lib.rs", "main.rs"].contains(&tree.files[file].path.as_str());
    let mut way = reach.answer.through.iter().filter(|file| !is_root(**file)).map(|file| tree.room(*file));
    if let Some(first) = way.find(|room| *room != own) {
        return BTreeSet::from([first.to_owned()]);
    }
    let found = reach.answer.found.iter();
    found
        .filter_map(
            |found| if let Found::Item(file) = found { Some(tree.room(*file).to_owned()) } else { None },
        )
        .collect()
}

fn of_the_table(rows: &[Row]) -> Vec<Fault> {
    let fault = |line, rule, remedy| Fault { file: DOCUMENT.to_owned(), line, rule, remedy };
    if rows.is_empty() {
        let rule = format!("no table of rooms between `{BEGIN}` and `{END}`");
        return vec![fault(1, rule, "put the table back: room, purpose, may import")];
    }
    let mut faults = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let above = &rows[..at];
        if above.iter().any(|other| other.room == row.room) {
            faults.push(fault(row.line, format!("`{}` has two rows", row.room), "keep one"));
        }
        if row.purpose.is_empty() {
            faults.push(fault(
                row.line,
                format!("`{}` has no purpose", row.room),
                "say in one line what it is for",
            ));
        }
        for other in row.may.iter().filter(|other| !above.iter().any(|row| row.room == **other)) {
            faults.push(fault(
                row.line,
                format!("`{}` may import `{other}`, which is no row above it", row.room),
                "imports run downward: order the rows, or cut the import",
            ));
        }
    }
    faults
}

/// Rooms without a row, rows without a room, files outside all modules, and paths that lead nowhere.
fn of_the_rooms(tree: &Tree, rows: &[Row]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for (file, entry) in tree.files.iter().enumerate() {
        let room = tree.room(file);
        if rooms.insert(room) && !rows.iter().any(|row| row.room == room) {
            let rule = format!("the room `{room}` has no row in {DOCUMENT}");
            faults.push(Fault::in_src(&entry.path, 1, rule, "add a row: room, purpose, may import"));
        }
        if !entry.reached {
            let rule = "no module declares this file";
            faults.push(Fault::in_src(&entry.path, 1, rule, "declare it with `mod`, or delete it"));
        }
    }
    for row in rows.iter().filter(|row| !rooms.contains(row.room.as_str())) {
        let rule = format!("the row `{}` has no room in src", row.room);
        faults.push(Fault {
            file: DOCUMENT.to_owned(),
            line: row.line,
            rule,
            remedy: "delete the row, or make the room",
        });
    }
    faults
}

/// Paths of this crate that the checker cannot follow: it would be blind to an import.
pub fn unresolved(tree: &Tree, reaches: &[Reach]) -> Vec<Fault> {
    let lost = reaches
        .iter()
        .filter(|reach| reach.answer.found.iter().any(|found| matches!(found, Found::Missing(_))));
    let fault = |reach: &Reach| {
        let rule = format!("`{}` leads nowhere that tests/tidy can see", reach.reason.path);
        let file = &tree.files[reach.file].path;
        Fault::in_src(
            file,
            reach.reason.line,
            rule,
            "name the item by its plain path, or teach tests/tidy/resolve.rs",
        )
    };
    lost.map(fault).collect()
}
