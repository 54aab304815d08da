//! The store as text.

use std::fmt::Write as _;

use crate::{
    domain::State,
    store::{
        engine::StoreError,
        handle::Store,
        tables::{keys::Key, kind::Kind},
    },
};

impl Store {
    /// How many entries of each kind every customer has, as text: a line a kind. No personal data, no secrets.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn inspect(&self) -> Result<String, StoreError> {
        let mut text = String::new();
        for kind in Kind::ALL {
            let process = self.reader().count_prefix(Key::of(0, kind), usize::MAX)?;
            if process > 0 {
                let _ = writeln!(text, "process {kind:?}: {process}");
            }
        }
        for record in self.customers()? {
            let _ = writeln!(text, "customer {} (number {}): {:?}", record.id, record.number, record.stage);
            for kind in Kind::ALL {
                let count = self.reader().count_prefix(Key::of(record.number, kind), usize::MAX)?;
                if count > 0 {
                    let _ = writeln!(text, "  {kind:?}: {count}");
                }
            }
            let counts = self.of(record.number).counts()?;
            for state in State::ALL {
                let count = counts.states[usize::from(state.to_u8())];
                if count > 0 {
                    let _ = writeln!(text, "  state {state}: {count}");
                }
            }
        }
        Ok(text)
    }
}
