//! Text of Tandem's answers within a page: escaped, with its commands set as code.

use std::fmt;

use askama::filters::HtmlSafe;

/// A sentence whose commands stand between backticks. All of it is escaped, as others may have written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose(pub String);

impl Prose {
    /// A sentence.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HtmlSafe for Prose {}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_code = false;
        let mut parts = self.0.split('`').peekable();
        while let Some(part) = parts.next() {
            escaped(part, f)?;
            // A mark without its pair is closed at the end, so that the page stays well-formed.
            match (parts.peek().is_some(), is_code) {
                (false, true) => f.write_str("</code>")?,
                (false, false) => {}
                (true, _) => {
                    f.write_str(if is_code { "</code>" } else { "<code>" })?;
                    is_code = !is_code;
                }
            }
        }
        Ok(())
    }
}

/// Writes text that is safe within a page and its attributes.
pub(super) fn escaped(text: &str, f: &mut impl fmt::Write) -> fmt::Result {
    for letter in text.chars() {
        match letter {
            '&' => f.write_str("&amp;")?,
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '"' => f.write_str("&quot;")?,
            '\'' => f.write_str("&#39;")?,
            other => f.write_char(other)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_code_and_everything_is_escaped() {
        let shown = |text: &str| Prose::of(text).to_string();
        assert_eq!(shown("run `tandem check`, then"), "run <code>tandem check</code>, then");
        assert_eq!(shown("`<b>` & \"'"), "<code>&lt;b&gt;</code> &amp; &quot;&#39;");
        assert_eq!(shown("a ` b"), "a <code> b</code>", "the page stays well-formed");
        assert_eq!(shown(""), "");
    }
}
