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
