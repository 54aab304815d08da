//! A person on a screen.

use std::fmt;

use super::ContactView;

/// Lines of the timeline that fit a screen beside the rest.
const LINES: usize = 12;

impl fmt::Display for ContactView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}", self.email.as_deref().unwrap_or("(no address)"), self.id)?;
        writeln!(f, "{}: {} [{}]\nnext: {}\n", self.state, self.reason, self.rule, self.next)?;
        writeln!(f, "{:<10} {:<32} {:<32} agreed", "", "Constant Contact", "Virtuous")?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<10} {:<32} {:<32} {}",
                row.facet,
                cut(&row.cc),
                cut(&row.virtuous),
                cut(&row.base)
            )?;
        }
        for one in &self.differences {
            writeln!(f, "differs: {}: {} / {}", one.facet, cut(&one.cc), cut(&one.virtuous))?;
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
                "  {:<24} {:<18} {:<3} {}",
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

/// A text that fits its column.
fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(30).collect();
    if text.chars().count() > 30 {
        cut.push('~');
    }
    if cut.is_empty() { "-".to_owned() } else { cut }
}
