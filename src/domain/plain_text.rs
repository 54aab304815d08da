//! Text for terminals and logs: what others wrote brings no escapes and no tricks of direction.

/// The text with control characters replaced, but for line feeds and tabs.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, '\n' | '\t') || !is_trick(c) { c } else { char::REPLACEMENT_CHARACTER })
        .collect()
}

/// The same on one line.
#[must_use]
pub fn plain_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_trick(c) { if c == '\n' { ' ' } else { char::REPLACEMENT_CHARACTER } } else { c })
        .collect()
}

/// JSON with the same characters as escapes; others than line feeds between its parts stand within texts only.
#[must_use]
pub fn plain_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_trick(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters (C0, C1), and those that change the direction of what follows.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_brings_no_escapes() {
        let list = "News\u{1b}]0;owned\u{7}\u{9b}31m\r\nx\u{202e}y\tz";
        assert_eq!(plain(list), "News\u{fffd}]0;owned\u{fffd}\u{fffd}31m\u{fffd}\nx\u{fffd}y\tz");
        assert!(!plain_line(list).contains('\n'));
        let json = plain_json(&format!("{:#}", serde_json::json!({ "name": list })));
        assert!(json.contains("\n  ") && !json.contains('\u{9b}') && !json.contains('\u{202e}'));
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["name"], list, "it means the same");
        assert_eq!(plain("Zoë 愛 é"), "Zoë 愛 é");
    }
}
