//! What a command writes: data to standard output, trouble to standard error.

use std::io::Write;

use crate::domain::plain_text::{plain, plain_json};

/// Says something on standard error, which no script parses.
pub(super) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", plain(line));
}

/// Prints data as JSON.
pub(super) fn print_json(text: &str) {
    let _ = write(&plain_json(text));
}

/// Prints data; a reader that went away is no failure of ours. Names that others wrote bring no escapes to the terminal.
pub(super) fn print(text: &str) {
    let _ = write(&plain(text));
}

/// Prints a part of much data. `false` once the reader went away.
pub(super) fn print_part(text: &str) -> bool {
    write(&plain(text))
}

fn write(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}
