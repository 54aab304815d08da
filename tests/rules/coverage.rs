//! That every rule has a test, and every complaint a test or a reason: the documents and these sources, compared.

use std::{collections::BTreeSet, fs, path::Path};

const RULES: &str = include_str!("../../docs/RULES.md");
const ARCHITECTURE: &str = include_str!("../../docs/ARCHITECTURE.md");
/// The sources of this target.
const SOURCES: [&str; 28] = [
    include_str!("accounts.rs"),
    include_str!("address_of_now.rs"),
    include_str!("any_world.rs"),
    include_str!("clocks.rs"),
    include_str!("complaints.rs"),
    include_str!("consent.rs"),
    include_str!("consent_writes.rs"),
    include_str!("conversions.rs"),
    include_str!("containment.rs"),
    include_str!("creation.rs"),
    include_str!("deletion.rs"),
    include_str!("evidence.rs"),
    include_str!("fields.rs"),
    include_str!("floods.rs"),
    include_str!("identity.rs"),
    include_str!("lists.rs"),
    include_str!("outages.rs"),
    include_str!("overlap.rs"),
    include_str!("pages.rs"),
    include_str!("reach.rs"),
    include_str!("reading.rs"),
    include_str!("refused_keys.rs"),
    include_str!("restored.rs"),
    include_str!("safety.rs"),
    include_str!("unreliable_day.rs"),
    include_str!("untouched.rs"),
    include_str!("unreliable_worlds.rs"),
    include_str!("whose_opt_out.rs"),
];
/// Rules that may be marked as to come.
const TO_COME: [&str; 0] = [];
/// Entries of the list of complaints.
const COMPLAINTS: u32 = 43;

/// A rule as the document has it: its id, its words, what is not there yet.
struct Stated {
    id: &'static str,
    words: &'static str,
    mark: &'static str,
}

/// The rows `| **I1** | words | mark |`.
fn stated() -> Vec<Stated> {
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| **")?.split('|').map(str::trim);
        let id = cells.next()?.strip_suffix("**")?;
        Some(Stated { id, words: cells.next()?, mark: cells.next()? })
    };
    RULES.lines().filter_map(row).collect()
}

/// Names of the tests of a source: functions that follow a test's attribute.
fn tests(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let test = |pair: &[&'_ str]| pair[0] == "#[actix::test]" || pair[0] == "#[test]";
    let pairs = lines.windows(2).filter(|pair| test(pair));
    let functions = pairs.filter_map(|pair| pair[1].trim_start_matches("async ").strip_prefix("fn "));
    functions.filter_map(|function| function.split('(').next()).collect()
}

#[test]
fn every_rule_has_a_test_or_is_named_as_to_come() {
    let tests: Vec<&str> = SOURCES.into_iter().flat_map(tests).collect();
    let stated = stated();
    assert!(stated.len() >= 37, "only {} rules were found in docs/RULES.md", stated.len());
    let mut untested = Vec::new();
    for rule in &stated {
        let to_come = rule.mark.starts_with("*to come");
        if to_come || rule.mark.starts_with("*partly to come") {
            println!("{} is to come: {}", rule.id, rule.mark);
            assert!(TO_COME.contains(&rule.id), "{} may not be put off: {}", rule.id, rule.mark);
        }
        assert!(!rule.words.is_empty(), "{} says nothing", rule.id);
        let prefix = format!("{}_", rule.id.to_lowercase());
        if !to_come && !tests.iter().any(|name| name.starts_with(&prefix)) {
            untested.push(rule.id);
        }
    }
    assert!(untested.is_empty(), "rules without a test: {untested:?}");
}

#[test]
fn the_rules_are_those_that_were_agreed_on() {
    let ids: BTreeSet<&str> = stated().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), stated().len(), "an id stands twice");
    let groups =
        [("I", 5), ("C", 5), ("P", 7), ("S", 6), ("F", 2), ("D", 3), ("N", 1), ("B", 4), ("W", 6), ("V", 3)];
    let of = |(letter, last): (&str, u32)| (1..=last).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    // Of the rules of evidence, and of reading, those that are in.
    let evidence = ["E1", "E2", "E3", "E4", "E5", "W7", "W8"].map(str::to_owned);
    let expected: BTreeSet<String> = groups.into_iter().flat_map(of).chain(evidence).collect();
    assert_eq!(ids, expected.iter().map(String::as_str).collect());
}

/// All sources of the project, so that a test which is named elsewhere is found.
fn read_all(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_complaint_has_a_test_that_exists_or_a_reason() {
    let section =
        ARCHITECTURE.split("\n## Complaints of others' users").nth(1).expect("the section is missing");
    let section = section.split("\n## ").next().unwrap();
    let mut sources = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests"] {
        read_all(&root.join(folder), &mut sources);
    }
    let known: BTreeSet<&str> = tests(&sources).into_iter().collect();
    let mut numbers = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let Ok(number) = cells[0].parse::<u32>() else { continue };
        numbers.push(number);
        let [_, complaint, answer] = cells[..] else { panic!("{number} has not three cells: {row}") };
        assert!(!complaint.is_empty(), "{number} says nothing");
        let named: Vec<&str> = answer.split('`').skip(1).step_by(2).collect();
        if let Some(reason) = answer.strip_prefix("cannot happen: ") {
            assert!(reason.len() > 20, "{number} has no reason");
            continue;
        }
        assert!(!named.is_empty(), "{number} names neither a test nor a reason");
        for name in named {
            assert!(known.contains(name), "{number} names the test {name}, which is not there");
        }
    }
    assert_eq!(numbers, (1..=COMPLAINTS).collect::<Vec<_>>(), "each once, in order");
}
