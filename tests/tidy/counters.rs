//! An alarm on a counter that is not there never rings: every kind of effect is counted from 0.

use tandem::{
    domain::EffectKind,
    metrics::{Metrics, Snapshot},
};

use crate::{
    fault::Fault,
    lexer::{Kind, Token},
    tree::Tree,
};

/// The kinds of effects that a customer who has just begun has no counter for.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let metrics = Metrics::new();
    metrics.begin(&"hope".parse().unwrap());
    let mut names = names(tree);
    names.extend(EffectKind::ALL.iter().map(|kind| kind.as_str().to_owned()));
    names.sort_unstable();
    names.dedup();
    missing(&names, &metrics.render(&Snapshot::default()))
}

/// The names that have no counter at 0 in this text.
pub fn missing(names: &[String], rendered: &str) -> Vec<Fault> {
    let begun = |name: &str| {
        let label = format!("effect=\"{name}\"");
        let mut lines = rendered.lines().filter(|line| line.starts_with("tandem_effects_total{"));
        lines.any(|line| line.contains(&label) && line.contains("outcome=\"done\"") && line.ends_with(" 0"))
    };
    let fault = |name: &String| {
        let rule = format!("the effect `{name}` has no counter at 0 when a customer begins");
        Fault::in_src(
            "metrics/counters.rs",
            1,
            rule,
            "let `Metrics::begin` begin it, best from a list of all kinds",
        )
    };
    let mut faults: Vec<Fault> = names.iter().filter(|name| !begun(name)).map(fault).collect();
    if names.is_empty() {
        let rule = "no names of effects found in src/domain";
        faults.push(Fault::in_src(
            "domain/effect.rs",
            1,
            rule,
            "teach tests/tidy/counters.rs where they are",
        ));
    }
    faults
}

/// The names of all kinds of effects, from the source of `EffectKind::as_str`: a list of kinds can lack one, a `match` cannot.
pub fn names(tree: &Tree) -> Vec<String> {
    let domain: Vec<&[Token]> = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with("domain/") && !file.test)
        .map(|file| file.source.tokens.as_slice())
        .collect();
    domain.iter().find_map(|tokens| texts(tokens, "EffectKind", "as_str")).unwrap_or_default()
}

/// The texts in a method of a type.
fn texts(tokens: &[Token], kind: &str, method: &str) -> Option<Vec<String>> {
    let of_the_type =
        |at: &usize| tokens[*at].is_word("impl") && tokens[at + 1].is_word(kind) && tokens[at + 2].is("{");
    for block in (0..tokens.len().saturating_sub(2)).filter(of_the_type) {
        let mut inside = block + 2..tokens[block + 2].close;
        let Some(at) = inside.find(|at| tokens[*at].is_word("fn") && tokens[at + 1].is_word(method)) else {
            continue;
        };
        let body = (at..tokens.len()).find(|at| tokens[*at].is("{"))?;
        let texts = tokens[body..tokens[body].close].iter().filter(|token| token.kind == Kind::Text);
        return Some(texts.map(|token| token.text.clone()).collect());
    }
    None
}
