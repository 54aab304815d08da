//! `tandem explain`: a rule in plain words.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{
    CliError,
    output::{print, print_json},
};
use crate::domain::explained::{EXPLAINED, Explained, explain, near};

/// Arguments of `tandem explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The rule's number, such as P3. Without: all rules.
    rule: Option<String>,
}

/// Explains a rule, or lists all.
///
/// # Errors
/// Wrong usage, with the rules that may be meant.
pub(super) fn run(args: &ExplainArgs, json: bool) -> Result<ExitCode, CliError> {
    let Some(number) = &args.rule else {
        let rules: Vec<Value> = EXPLAINED.iter().map(as_json).collect();
        let titles = EXPLAINED.iter().map(|known| format!("{}  {}\n", known.rule, known.title));
        return Ok(show(&json!({ "rules": rules }), &titles.collect::<String>(), json));
    };
    let known = explain(number).ok_or_else(|| {
        CliError::Usage(format!(
            "there is no rule \"{number}\"; near it are {}. `tandem explain` lists all",
            near(number).join(", ")
        ))
    })?;
    let Explained { rule, title, text } = known;
    Ok(show(&as_json(known), &format!("{rule}  {title}\n\n{}", wrapped(text)), json))
}

fn as_json(Explained { rule, title, text }: &Explained) -> Value {
    json!({ "rule": rule, "title": title, "text": text })
}

fn show(answer: &Value, text: &str, json: bool) -> ExitCode {
    if json {
        print_json(&format!("{answer:#}\n"));
    } else {
        print(text);
    }
    ExitCode::SUCCESS
}

/// The text in lines that fit the narrowest terminal.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 78;
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split(' ') {
        let wide = word.chars().count();
        if column > 0 && column + 1 + wide > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += wide;
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_fits_a_terminal_and_loses_no_word() {
        for known in EXPLAINED {
            let text = wrapped(known.text);
            assert!(text.lines().all(|line| line.chars().count() <= 78), "{text}");
            assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), known.text);
        }
    }

    #[test]
    fn an_unknown_rule_leads_to_near_ones() {
        let asked = |rule: &str| run(&ExplainArgs { rule: Some(rule.to_owned()) }, false);
        let Err(CliError::Usage(text)) = asked("P9") else { panic!("P9 is no rule") };
        assert!(text.contains("near it are P1, P2, P3"), "{text}");
        assert!(asked("w6").is_ok());
    }
}
