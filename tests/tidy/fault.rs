//! What a check finds, said so that it can be mended without reading the check.

use std::{collections::BTreeMap, fmt};

use crate::debts::Debts;

/// A place that breaks a rule of the house.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the root of the repository.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is broken.
    pub rule: String,
    /// How to mend it.
    pub remedy: &'static str,
}

impl Fault {
    /// A fault in a file of `src`.
    pub fn in_src(file: &str, line: usize, rule: impl Into<String>, remedy: &'static str) -> Self {
        Self { file: format!("src/{file}"), line, rule: rule.into(), remedy }
    }

    /// The room of the file.
    fn room(&self) -> String {
        let path = self.file.trim_start_matches("src/");
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs").to_owned()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}\n    remedy: {}", self.file, self.line, self.rule, self.remedy)
    }
}

/// Fails with every fault.
///
/// # Panics
///
/// If there is one.
pub fn refuse(faults: &[Fault]) {
    let texts: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{} faults\n{}\n", faults.len(), texts.join("\n"));
}

/// The faults of rooms that have more of them than they may, and with `exactly` the debts that could be lower.
pub fn beyond(faults: Vec<Fault>, debts: Debts, exactly: bool) -> Vec<Fault> {
    let mut rooms: BTreeMap<String, Vec<Fault>> = BTreeMap::new();
    for fault in faults {
        rooms.entry(fault.room()).or_default().push(fault);
    }
    let mut beyond = Vec::new();
    for (room, allowed) in debts {
        let number = rooms.get(*room).map_or(0, Vec::len);
        if number <= *allowed {
            rooms.remove(*room);
        }
        if exactly && number < *allowed {
            let rule = format!("`{room}` may have {allowed} faults and has {number}: a debt only shrinks");
            let remedy = "lower the number, or delete the entry at 0";
            beyond.push(Fault { file: "tests/tidy/debts.rs".to_owned(), line: 1, rule, remedy });
        }
    }
    beyond.extend(rooms.into_values().flatten());
    beyond
}
