//! The commands that are questions, made from the list of questions.

use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{PossibleValue, PossibleValuesParser},
    error::ErrorKind,
};

use crate::operator::{Asked, Operation, Parameter, QUESTIONS};

/// What commands do that hold several questions.
const GROUPS: [(&str, &str); 6] = [
    ("alerts", "Whom Tandem tells by itself that something needs a person"),
    ("customer", "Lists, shows, applies, pauses, connects and removes customers"),
    ("key", "The key that seals the secrets in the store"),
    ("token", "API tokens, for scripts and for people who may see some customers"),
    ("import", "The first import of a customer's whole list"),
    ("work", "Queue, reviews and dead letters, and decisions about them"),
];

/// Values of an option that its help names; more are a table of their own, as the rules are.
const VALUES_SHOWN: usize = 12;

/// The argument that tells apart the questions of one command.
const VERB: &str = "verb";

/// A question's command: `customer show {customer}`, `work {customer} retry {item}`, `customer resume --all`.
struct Words {
    /// The words before the first parameter: the command and its subcommand.
    path: Vec<&'static str>,
    /// Parameters before the verb.
    before: Vec<&'static str>,
    /// The word after a parameter.
    verb: Option<&'static str>,
    /// Parameters after the verb.
    after: Vec<&'static str>,
    /// The option that asks this question instead of the one with parameters.
    flag: Option<&'static str>,
}

impl Words {
    fn of(operation: &Operation) -> Self {
        let mut words =
            Self { path: Vec::new(), before: Vec::new(), verb: None, after: Vec::new(), flag: None };
        for word in operation.command.split(' ') {
            if let Some(flag) = word.strip_prefix("--") {
                words.flag = Some(flag);
                continue;
            }
            let name = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
            match (name, words.verb) {
                (Some(name), None) => words.before.push(name),
                (Some(name), Some(_)) => words.after.push(name),
                (None, _) if words.before.is_empty() => words.path.push(word),
                (None, _) => words.verb = Some(word),
            }
        }
        words
    }
}

/// Adds every question's command, in the order of the list.
pub(super) fn with_questions(command: Command) -> Command {
    QUESTIONS
        .iter()
        .fold(command, |command, operation| insert(command, &Words::of(operation).path, operation))
}

fn insert(command: Command, path: &[&'static str], operation: &Operation) -> Command {
    let Some((first, rest)) = path.split_first() else { return command };
    if command.find_subcommand(first).is_some() {
        return command.mut_subcommand(first, |found| insert(found, rest, operation));
    }
    let group = GROUPS.iter().find(|(name, _)| name == first).map(|(_, about)| *about);
    let new = Command::new(*first).about(group.unwrap_or(operation.summary));
    if rest.is_empty() {
        return command.subcommand(with_arguments(new, &Words::of(operation).path));
    }
    let new = new.subcommand_required(true).arg_required_else_help(true);
    command.subcommand(insert(new, rest, operation))
}

/// The questions of a command.
fn sharing(path: &[&str]) -> Vec<(&'static Operation, Words)> {
    let all = QUESTIONS.iter().map(|operation| (operation, Words::of(operation)));
    all.filter(|(_, words)| words.path == path).collect()
}

/// The arguments of all questions of a command: positions first, then options.
fn with_arguments(mut command: Command, path: &[&str]) -> Command {
    let questions = sharing(path);
    let verbs: Vec<PossibleValue> = questions
        .iter()
        .filter_map(|(operation, words)| Some(PossibleValue::new(words.verb?).help(operation.summary)))
        .collect();
    let of_all = verbs.is_empty() || questions.len() == verbs.len();
    let mut arguments: Vec<Arg> = Vec::new();
    let mut add = |argument: Arg| {
        if arguments.iter().all(|known| known.get_id() != argument.get_id()) {
            arguments.push(argument);
        }
    };
    let flags: Vec<&'static str> = questions.iter().filter_map(|(_, words)| words.flag).collect();
    for (operation, words) in &questions {
        for parameter in placed(operation, &words.before) {
            let argument = argument(&parameter, parameter.required && flags.is_empty());
            let argument = flags.iter().fold(argument, |argument, flag| argument.conflicts_with(*flag));
            add(if flags.is_empty() { argument } else { argument.required_unless_present_any(&flags) });
        }
    }
    for (operation, words) in &questions {
        if let Some(flag) = words.flag {
            add(Arg::new(flag).long(flag).help(operation.summary).action(ArgAction::SetTrue));
        }
    }
    if !verbs.is_empty() {
        let values = PossibleValuesParser::new(verbs);
        add(Arg::new(VERB).value_name("VERB").help("What to do").required(of_all).value_parser(values));
    }
    for (operation, words) in &questions {
        for parameter in placed(operation, &words.after) {
            add(argument(&parameter, false));
        }
    }
    for (operation, words) in &questions {
        let is_option = |parameter: &Parameter| {
            let name = parameter.name.as_str();
            !words.before.contains(&name) && !words.after.contains(&name)
        };
        for parameter in operation.parameters().into_iter().filter(is_option) {
            add(option(&parameter, words.verb));
        }
    }
    for argument in arguments {
        command = command.arg(argument);
    }
    command
}

/// The parameters of these names, in their order.
fn placed(operation: &Operation, names: &[&str]) -> Vec<Parameter> {
    let parameters = operation.parameters();
    let of = |name: &&str| parameters.iter().find(|parameter| parameter.name == **name).cloned();
    names.iter().filter_map(of).collect()
}

fn argument(parameter: &Parameter, required: bool) -> Arg {
    let (id, name) = (parameter.name.clone(), parameter.name.to_uppercase());
    Arg::new(id).value_name(name).help(plain(&parameter.description).to_owned()).required(required)
}

fn option(parameter: &Parameter, verb: Option<&str>) -> Arg {
    let help = plain(&parameter.description);
    let help = verb.map_or_else(|| help.to_owned(), |verb| format!("With `{verb}`: {help}"));
    let (name, values) = (parameter.name.to_uppercase(), parameter.values());
    let (id, long) = (parameter.name.clone(), parameter.name.replace('_', "-"));
    if parameter.is_flag() {
        return Arg::new(id).long(long).help(help).action(ArgAction::SetTrue);
    }
    let option = Arg::new(id).long(long).value_name(name).help(help).action(if parameter.is_list() {
        ArgAction::Append
    } else {
        ArgAction::Set
    });
    if values.is_empty() {
        return option;
    }
    let is_long = values.len() > VALUES_SHOWN;
    option.value_parser(PossibleValuesParser::new(values)).hide_possible_values(is_long)
}

/// A path as the service has to be told it, which runs in another folder.
fn absolute(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

/// A help text without the full stop of a sentence.
fn plain(description: &str) -> &str {
    description.strip_suffix('.').unwrap_or(description)
}

/// The question that was asked for, with its parameters.
pub(super) fn asked(command: &mut Command, matches: &ArgMatches) -> Result<Asked, clap::Error> {
    let (mut path, mut at) = (Vec::new(), matches);
    while let Some((name, inner)) = at.subcommand() {
        (path, at) = ([path, vec![name]].concat(), inner);
    }
    let questions = sharing(&path);
    let verb = at.try_get_one::<String>(VERB).ok().flatten();
    let has = |flag: &str| at.try_get_one::<bool>(flag).ok().flatten().is_some_and(|is_set| *is_set);
    let by_flag = questions.iter().find(|(_, words)| words.flag.is_some_and(has));
    let by_verb =
        || questions.iter().find(|(_, words)| words.flag.is_none() && words.verb == verb.map(String::as_str));
    let found = by_flag.or_else(by_verb);
    let Some((operation, _)) = found else {
        return Err(command.error(ErrorKind::InvalidSubcommand, "there is no such command"));
    };
    let known = operation.parameters();
    let mut texts = Vec::new();
    for (question, _) in &questions {
        for parameter in question.parameters() {
            let given: Vec<String> = if parameter.is_flag() {
                has(&parameter.name).then(|| true.to_string()).into_iter().collect()
            } else {
                at.get_many(&parameter.name).into_iter().flatten().cloned().collect()
            };
            if given.is_empty() {
                continue;
            }
            if texts.iter().any(|(name, _)| *name == parameter.name) {
                continue;
            }
            if !known.iter().any(|one| one.name == parameter.name) {
                let text = format!("`{}` takes no {}", operation.command, parameter.name);
                return Err(command.error(ErrorKind::ArgumentConflict, text));
            }
            texts.extend(given.into_iter().map(|text| {
                let text = if parameter.is_path() { absolute(&text) } else { text };
                (parameter.name.clone(), text)
            }));
        }
    }
    operation.ask(&texts).map_err(|error| command.error(ErrorKind::ValueValidation, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_begins_with_a_dash_stands_behind_two() {
        let mut command = with_questions(Command::new("tandem"));
        for (words, route) in [
            (["customer", "show", "--", "-hope"], "/customers/-hope"),
            (["customer", "show", "--", "--"], "/customers/--"),
        ] {
            let line = std::iter::once("tandem").chain(words);
            let matches = command.clone().try_get_matches_from(line).unwrap();
            assert_eq!(asked(&mut command, &matches).unwrap().route().1, route);
        }
    }
}
