//! Who imports whom: files by the file that defines what they name, and rooms by every room that a path goes through.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resolve::{Answer, Found},
    tree::Tree,
};

/// Why one file imports another: the first line, and what is written there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The line.
    pub line: usize,
    /// The path.
    pub path: String,
}

/// The imports of files: from, to, and the first reason.
pub type Edges = BTreeMap<usize, BTreeMap<usize, Reason>>;

/// A path of a file, and where it leads.
#[derive(Debug)]
pub struct Reach {
    /// The file.
    pub file: usize,
    /// The line, and what is written there.
    pub reason: Reason,
    /// Where it leads.
    pub answer: Answer,
    /// How it came to be written.
    pub way: Way,
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `use`, for the module itself.
    Import,
    /// `pub use`, and the code of the module names it too.
    ExportInUse,
    /// `pub use` for others only.
    Export,
    /// A path in the code.
    Path,
    /// A path as text in an attribute.
    Attribute,
}

/// All paths of all modules that are not tests.
pub fn reaches(tree: &Tree) -> Vec<Reach> {
    let mut reaches = Vec::new();
    for (number, module) in tree.modules.iter().enumerate().filter(|(_, module)| !module.test) {
        let mut add = |path: &[String], line, way| {
            let reason = Reason { line, path: path.join("::") };
            reaches.push(Reach { file: module.file, reason, answer: tree.resolve(number, path), way });
        };
        let words = &module.code.words;
        for import in &module.code.imports {
            let used = import.name.as_ref().is_some_and(|name| words.contains(name));
            let way = match (import.exported, used) {
                (false, _) => Way::Import,
                (true, true) => Way::ExportInUse,
                (true, false) => Way::Export,
            };
            add(&import.path, import.line, way);
            // What comes by `*` is known by the words of the module.
            if import.glob {
                for word in words.iter().filter(|word| !module.names.contains_key(*word)) {
                    let path: Vec<String> = import.path.iter().chain([word]).cloned().collect();
                    let answer = tree.resolve(number, &path);
                    if answer.found.iter().any(|found| matches!(found, Found::Item(_))) {
                        add(&path, import.line, Way::Import);
                    }
                }
            }
        }
        for named in &module.code.paths {
            add(&named.path, named.line, if named.attribute { Way::Attribute } else { Way::Path });
        }
    }
    reaches
}

/// Which files import which. A module that is imported as such counts by what is named in it.
pub fn edges(tree: &Tree, reaches: &[Reach]) -> Edges {
    let mut edges = Edges::new();
    for reach in reaches.iter().filter(|reach| reach.way != Way::Export && tree.files[reach.file].defines) {
        for found in &reach.answer.found {
            let to = match found {
                Found::Item(file) => *file,
                Found::Module(module) if reach.way == Way::Attribute => tree.modules[*module].file,
                _ => continue,
            };
            if to != reach.file {
                let reasons = edges.entry(reach.file).or_default();
                let first = reasons.entry(to).or_insert_with(|| reach.reason.clone());
                if reach.reason.line < first.line {
                    *first = reach.reason.clone();
                }
            }
        }
    }
    edges
}

/// The groups of files that import each other, over any number of files.
pub fn circles(tree: &Tree, edges: &Edges) -> Vec<BTreeSet<usize>> {
    let reached = |start: usize| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(at) = next.pop() {
            next.extend(
                edges.get(&at).into_iter().flatten().map(|(to, _)| *to).filter(|to| seen.insert(*to)),
            );
        }
        seen
    };
    let all: Vec<BTreeSet<usize>> = (0..tree.files.len()).map(reached).collect();
    let mut circles = BTreeSet::new();
    for (file, reach) in all.iter().enumerate().filter(|(file, reach)| reach.contains(file)) {
        circles.insert(reach.iter().copied().filter(|other| all[*other].contains(&file)).collect());
    }
    circles.into_iter().collect()
}

/// The shortest way from the first file of a circle back to it, a line for each step.
pub fn shortest(tree: &Tree, edges: &Edges, circle: &BTreeSet<usize>) -> String {
    let ways = circle.iter().filter_map(|start| way_back(edges, *start));
    let way = ways.min_by_key(Vec::len).unwrap_or_default();
    let mut lines = Vec::new();
    for step in way.windows(2) {
        let reason = &edges[&step[0]][&step[1]];
        let (from, to) = (&tree.files[step[0]].path, &tree.files[step[1]].path);
        lines.push(format!("    src/{from}:{} imports src/{to} (`{}`)", reason.line, reason.path));
    }
    lines.join("\n")
}

fn way_back(edges: &Edges, start: usize) -> Option<Vec<usize>> {
    let mut before = BTreeMap::new();
    let mut next = std::collections::VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for to in edges.get(&at).into_iter().flatten().map(|(to, _)| *to) {
            if to == start {
                let mut way = vec![start, at];
                while *way.last()? != start {
                    way.push(before[way.last()?]);
                }
                way.reverse();
                return Some(way);
            }
            before.entry(to).or_insert_with(|| {
                next.push_back(to);
                at
            });
        }
    }
    None
}
