//! Examples below the help of every command.

use clap::Command;

/// A command's words, and its examples.
type Examples = (&'static str, &'static [&'static str]);

const EXAMPLES: &[Examples] = &[
    ("check", &["tandem check", "tandem --config /etc/tandem/tandem.toml check --json"]),
    ("customer list", &["tandem customer list", "tandem customer list --json"]),
    ("customer show", &["tandem customer show hope"]),
    (
        "customer add",
        &[
            "tandem customer add hope --name Hope --time-zone America/Chicago",
            "tandem customer add hope --api-key file:hope.key",
        ],
    ),
    ("customer apply", &["tandem customer apply"]),
    ("customer pause", &["tandem customer pause hope"]),
    ("customer resume", &["tandem customer resume hope", "tandem customer resume --all"]),
    ("customer remove", &["tandem customer remove hope"]),
    ("customer rebind", &["tandem customer rebind hope"]),
    ("customer link", &["tandem customer link hope"]),
    ("customer share", &["tandem customer share hope --expires 30d"]),
    ("plan", &["tandem plan hope", "tandem plan hope --json"]),
    ("import", &["tandem import hope start", "tandem import hope status", "tandem import pause hope"]),
    ("poll", &["tandem poll hope"]),
    ("reconcile", &["tandem reconcile hope"]),
    ("contact", &["tandem contact hope ann@example.org"]),
    (
        "people",
        &[
            "tandem people hope --state held",
            "tandem people hope --rule S4 --search example.org",
            "tandem people hope --state review --csv",
        ],
    ),
    (
        "work",
        &[
            "tandem work hope",
            "tandem work hope retry",
            "tandem work hope accept 1f2e3d4c --contact 1013",
            "tandem work hope accept brake",
            "tandem work drop hope 1f2e3d4c",
        ],
    ),
    ("forget", &["tandem forget hope ann@example.org"]),
    ("inspect", &["tandem inspect"]),
    ("audit", &["tandem audit", "tandem audit hope --limit 20"]),
    ("alerts test", &["tandem alerts test"]),
    ("token create", &["tandem token create --scope read --customer hope --expires 90d"]),
    ("token list", &["tandem token list"]),
    ("token revoke", &["tandem token revoke 1a2b3c4d"]),
    ("key rotate", &["tandem key rotate", "tandem key rotate --lost"]),
    ("backup", &["tandem backup", "tandem backup /mnt/copies/monday.backup"]),
    ("restore", &["tandem restore /mnt/copies/monday.backup"]),
    ("rebuild", &["tandem rebuild hope"]),
    ("compact", &["tandem compact"]),
    ("explain", &["tandem explain", "tandem explain P3"]),
    ("init", &["tandem init", "tandem init tandem-here"]),
    ("config show", &["tandem config show", "tandem config show hope"]),
    ("completions", &["tandem completions bash"]),
    ("man", &["tandem man man1"]),
    ("demo", &["tandem demo", "tandem demo --contacts 5000 --seed 7 --until-synced"]),
    ("serve", &["tandem serve", "tandem --config /etc/tandem/tandem.toml serve"]),
    ("simulate", &["tandem simulate --listen 127.0.0.1:8500"]),
];

/// Adds the examples to the help of the commands that there are.
pub(super) fn with_examples(command: Command) -> Command {
    EXAMPLES.iter().fold(command, |command, (words, lines)| {
        let path: Vec<&str> = words.split(' ').collect();
        add(command, &path, lines)
    })
}

fn add(command: Command, path: &[&str], lines: &[&str]) -> Command {
    let Some((first, rest)) = path.split_first() else {
        return command.after_help(format!("Examples:\n  {}", lines.join("\n  ")));
    };
    if command.find_subcommand(first).is_none() {
        return command;
    }
    command.mut_subcommand(first, |inner| add(inner, rest, lines))
}

#[cfg(test)]
pub(super) fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXAMPLES.iter().flat_map(|(words, lines)| lines.iter().map(move |line| (*words, *line)))
}
