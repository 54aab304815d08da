//! Tells the program which commit it was built from, and how: `TANDEM_COMMIT` if it is given, else what git says, else "unknown".
//!
//! A commit moves the answer of a release build only. In a debug build each commit would build everything anew; there the commit is
//! the one at which this was last asked, with a "+".

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TANDEM_COMMIT");
    let profile =
        env::var_os("PROFILE").map_or_else(|| "unknown".into(), |it| it.to_string_lossy().into_owned());
    let is_release = profile == "release";
    let given = env::var_os("TANDEM_COMMIT").map(|it| it.to_string_lossy().trim().to_owned());
    let commit = match given.filter(|it| !it.is_empty()) {
        Some(given) => given,
        None => {
            if is_release {
                follow_head();
            }
            let asked = git(&["rev-parse", "--short=12", "HEAD"]);
            asked
                .map_or_else(|| "unknown".to_owned(), |commit| if is_release { commit } else { commit + "+" })
        }
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    let commit: String = commit.chars().filter(|c| is_plain(*c)).take(64).collect();
    println!("cargo::rustc-env=TANDEM_BUILD_COMMIT={}", if commit.is_empty() { "unknown" } else { &commit });
    println!("cargo::rustc-env=TANDEM_BUILD_PROFILE={profile}");
}

/// Builds again once HEAD names another commit. Its log is written at each commit and checkout; without one, HEAD itself.
fn follow_head() {
    for name in ["logs/HEAD", "HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
            return;
        }
    }
}

/// What git says about the folder of this file; nothing without git, or where the folder is no checkout of its own.
fn git(words: &[&str]) -> Option<String> {
    let here = env::var_os("CARGO_MANIFEST_DIR")?;
    let said = |words: &[&str]| {
        let output = Command::new("git").args(words).current_dir(&here).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    // Sources that were unpacked inside of another project's checkout have none of its commits.
    let top = said(&["rev-parse", "--show-toplevel"])?;
    let is_own = Path::new(&top).canonicalize().ok()? == Path::new(&here).canonicalize().ok()?;
    is_own.then(|| said(words)).flatten()
}
