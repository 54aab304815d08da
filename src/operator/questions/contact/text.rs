//! A person on a screen.

use std::fmt;

use super::ContactView;

/// Lines of the timeline that fit a screen beside the rest.
const LINES: usize = 12;

impl fmt::Display for ContactView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}", self.email.as_deref().unwrap_or("(no address)"), self.id)?;
        writeln!(
            f,
            "{}: {} [{}: `tandem explain {}`]\nnext: {}\n",
            self.state, self.reason, self.rule, self.rule, self.next
        )?;
        writeln!(f, "{:<10} {:<32} {:<32} agreed", "", "Constant Contact", "Virtuous")?;
        for row in &self.rows {
            let cells = [&row.cc, &row.virtuous, &row.base].map(|text| in_column(text));
            let lines = cells.iter().map(Vec::len).max().unwrap_or_default();
            for line in 0..lines {
                let facet = if line == 0 { row.facet.as_str() } else { "" };
                let [cc, virtuous, base] = [0, 1, 2].map(|at| cells[at].get(line).map_or("", String::as_str));
                writeln!(f, "{}", format!("{facet:<10} {cc:<32} {virtuous:<32} {base}").trim_end())?;
            }
        }
        for one in &self.differences {
            writeln!(f, "differs: {}: {} / {}", one.facet, or_dash(&one.cc), or_dash(&one.virtuous))?;
        }
        self.because.iter().try_for_each(|line| writeln!(f, "because: {line}"))?;
        self.remarks.iter().try_for_each(|line| writeln!(f, "remark:  {line}"))?;
        self.to_do.iter().try_for_each(|line| writeln!(f, "to do:   {line}"))?;
        let skipped = self.timeline.len().saturating_sub(LINES);
        writeln!(
            f,
            "\ntimeline{}",
            if skipped > 0 { format!(" ({skipped} older lines: --json)") } else { String::new() }
        )?;
        self.timeline.iter().skip(skipped).try_for_each(|line| {
            writeln!(
                f,
                "  {:<24}  {:<18} {:<3} {}",
                line.at.to_string(),
                line.what.as_str(),
                line.rule.as_str(),
                line.detail
            )
        })?;
        if !self.several.is_empty() {
            writeln!(f, "\nothers with this address; ask for one by its id:")?;
        }
        self.several
            .iter()
            .try_for_each(|one| writeln!(f, "  {}  {:<9} {}", one.id, one.state.as_str(), one.reason))
    }
}

/// Columns that a cell has.
const COLUMN: usize = 32;

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// A text in lines that fit its column: nothing of it is cut.
fn in_column(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in or_dash(text).split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().map(|line| (line.chars().count(), line));
            let Some((used, line)) = line else { return lines };
            let blank = usize::from(used > 0);
            if used + blank + word.len() <= COLUMN {
                line.extend(std::iter::repeat_n(' ', blank).chain(word));
                break;
            }
            if used == 0 {
                // A word that is wider than the column.
                line.extend(word.drain(..COLUMN));
            }
            lines.push(String::new());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_cell_is_cut() {
        let tags = "CC: Donor Updates; CC: Newsletter; CC: Volunteers of the North";
        let lines = in_column(tags);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= COLUMN), "{lines:?}");
        assert_eq!(lines.join(" "), tags);
        let long = "ä".repeat(70);
        assert_eq!(in_column(&long).concat(), long);
        assert_eq!(in_column(""), ["-"]);
    }
}
