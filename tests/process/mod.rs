//! The real binary as a child, which ends with its test.

use std::{
    path::Path,
    process::{Child, Command},
};

/// A child that is killed at the end.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command of the binary in a folder, with nothing of this test's environment.
pub fn tandem(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.current_dir(folder).env_clear().args(words);
    command
}
