//! A page with a title and a text: what the connect page shows to people without an account in Tandem.

use askama::Template;

use super::{prose::escaped, shell::Shell};

#[derive(Template)]
#[template(path = "plain.html", config = "src/http/pages/askama.toml")]
struct Plain<'a> {
    shell: Shell,
    body: &'a str,
}

/// A whole page; `body` is markup.
#[must_use]
pub fn page_of(title: &str, body: &str) -> String {
    // Writing into a text does not fail.
    Plain { shell: Shell::alone(title), body }.render().unwrap_or_default()
}

/// Text that is safe within a page.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let _ = escaped(text, &mut out);
    out
}
