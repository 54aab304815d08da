//! Which file a name comes from, through imports and `pub use`, as the compiler looks it up.

use std::collections::BTreeSet;

use crate::tree::{Name, Tree};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// A module.
    Module(usize),
    /// An item, by the file that defines it.
    Item(usize),
    /// Something of another crate.
    Foreign(Vec<String>),
    /// Nothing, below this module.
    Missing(usize),
}

/// The answer to a path: what it leads to, and the files of all modules on the way.
#[derive(Debug, Default)]
pub struct Answer {
    /// What it leads to: of a name in several namespaces, each.
    pub found: BTreeSet<Found>,
    /// The files of the modules that it goes through, in order.
    pub through: Vec<usize>,
}

impl Answer {
    fn take(&mut self, other: Self) {
        self.found.extend(other.found);
        self.through.extend(other.through);
    }
}

/// Names that are being looked up, so that an import of itself ends.
type Asked = Vec<(usize, String)>;

impl Tree {
    /// What a path in a module leads to.
    pub fn resolve(&self, module: usize, path: &[String]) -> Answer {
        self.look_up(module, path, &mut Vec::new())
    }

    fn look_up(&self, module: usize, path: &[String], asked: &mut Asked) -> Answer {
        let (first, rest) = path.split_first().expect("a path has a name");
        match first.as_str() {
            "crate" => self.below(self.root(module), rest, asked),
            "self" => self.below(module, rest, asked),
            "super" => {
                let (mut above, mut rest) = (self.modules[module].parent.unwrap_or(module), rest);
                while let Some(("super", more)) = rest.split_first().map(|(word, more)| (word.as_str(), more))
                {
                    above = self.modules[above].parent.unwrap_or(above);
                    rest = more;
                }
                self.below(above, rest, asked)
            }
            "" => self.foreign(rest),
            _ => {
                let answer = self.member(module, path, asked);
                if answer.found.is_empty() { self.foreign(path) } else { answer }
            }
        }
    }

    /// A path that begins with a crate's name; the binary calls the library by its name.
    fn foreign(&self, path: &[String]) -> Answer {
        match (self.library, path.split_first()) {
            (Some(library), Some((first, rest))) if first == "tandem" => {
                self.below(library, rest, &mut Vec::new())
            }
            _ => Answer { found: BTreeSet::from([Found::Foreign(path.to_vec())]), ..Answer::default() },
        }
    }

    /// A path that begins in a module.
    fn below(&self, module: usize, path: &[String], asked: &mut Asked) -> Answer {
        let mut answer = Answer { through: vec![self.modules[module].file], ..Answer::default() };
        if path.is_empty() {
            answer.found.insert(Found::Module(module));
        } else if path[0] == "self" || path[0] == "super" {
            answer.take(self.look_up(module, path, asked));
        } else {
            answer.take(self.member(module, path, asked));
            if answer.found.is_empty() {
                let perhaps = self.modules[module].perhaps.contains(&path[0]);
                let file = self.modules[module].file;
                answer.found.insert(if perhaps { Found::Item(file) } else { Found::Missing(module) });
            }
        }
        answer
    }

    /// A path whose first name is a member of a module; nothing if it is not.
    fn member(&self, module: usize, path: &[String], asked: &mut Asked) -> Answer {
        let mut answer = Answer::default();
        let key = (module, path[0].clone());
        if asked.contains(&key) {
            return answer;
        }
        asked.push(key);
        let here = &self.modules[module];
        for name in here.names.get(&path[0]).into_iter().flatten() {
            match name {
                Name::Module(child) => answer.take(self.below(*child, &path[1..], asked)),
                Name::Item => drop(answer.found.insert(Found::Item(here.file))),
                Name::Import(import) => {
                    answer.take(self.further(module, &import.path, &path[1..], asked));
                }
            }
        }
        if answer.found.is_empty() {
            for glob in here.names.get("").into_iter().flatten() {
                if let Name::Import(glob) = glob
                    && glob.glob
                {
                    for found in self.look_up(module, &glob.path, asked).found {
                        if let Found::Module(target) = found {
                            answer.take(self.member(target, path, asked));
                        }
                    }
                }
            }
        }
        asked.pop();
        // A name can be a module and something else; a path through it means the module.
        if path.len() > 1 && answer.found.iter().any(|found| !matches!(found, Found::Missing(_))) {
            answer.found.retain(|found| !matches!(found, Found::Missing(_)));
        }
        answer
    }

    /// What an import leads to, and then the rest of a path.
    fn further(&self, module: usize, import: &[String], rest: &[String], asked: &mut Asked) -> Answer {
        let target = self.look_up(module, import, asked);
        if rest.is_empty() {
            return target;
        }
        let mut answer = Answer { through: target.through, ..Answer::default() };
        for found in target.found {
            match found {
                Found::Module(next) => answer.take(self.below(next, rest, asked)),
                Found::Foreign(mut path) => {
                    path.extend_from_slice(rest);
                    answer.found.insert(Found::Foreign(path));
                }
                other => drop(answer.found.insert(other)),
            }
        }
        answer
    }
}
