//! People as rows for a spreadsheet.

use super::Listed;

/// The names of the columns.
pub const HEAD: &str = "email,id,name,state,rule,reason,since\n";
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A person's row.
#[must_use]
pub fn row(one: &Listed) -> String {
    let Listed { id, email, name, state, rule, reason, since } = one;
    let (id, since) = (id.to_string(), since.to_string());
    let email = email.as_deref().unwrap_or_default();
    let cells = [email, &id, name, state.as_str(), rule.as_str(), reason, &since].map(cell);
    cells.join(",") + "\n"
}

/// What is said of people who are left out.
#[must_use]
pub fn left_out(count: usize) -> String {
    let who = if count == 1 { "1 person is".to_owned() } else { format!("{count} people are") };
    format!("{who} left out: what is kept of them cannot be read, and is read anew (B4)")
}

/// The last row of a table that leaves people out; nothing if it leaves out none.
#[must_use]
pub fn last_row(left_out: usize) -> String {
    if left_out == 0 { String::new() } else { format!(",,,,,{},\n", cell(&self::left_out(left_out))) }
}

/// A cell that stays text in every spreadsheet: what would begin a formula has an apostrophe before it, as its own text would.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_a_table_ends_with_how_many_people_it_leaves_out() {
        assert_eq!(last_row(0), "");
        let row = last_row(2);
        assert!(row.contains("2 people are left out") && row.ends_with(",\n"), "{row}");
        let columns = |text: &str| csv_cells(text.trim_end_matches('\n'));
        assert_eq!(columns(&row), columns(HEAD));
        assert!(last_row(1).contains("1 person is left out"));
    }

    /// Cells of a row; commas between quotes are text.
    fn csv_cells(row: &str) -> usize {
        let outside = |(is_in, cells): (bool, usize), letter: char| match letter {
            '"' => (!is_in, cells),
            ',' if !is_in => (is_in, cells + 1),
            _ => (is_in, cells),
        };
        row.chars().fold((false, 1), outside).1
    }

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (text, shown) in [
            ("ann@example.org", "ann@example.org"),
            ("", ""),
            ("Lee, Ann", "\"Lee, Ann\""),
            ("the \"best\"", "\"the \"\"best\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (" blank", "\" blank\""),
            ("=1+1", "\"'=1+1\""),
            ("+1 555", "\"'+1 555\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }
}
