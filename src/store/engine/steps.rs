//! Several steps of one operation.

use super::{
    changes::Changes,
    error::StoreError,
    reader::{Pending, Reader},
};

/// Steps that reach the disk together or not at all: each sees what the steps before it have changed.
pub struct Steps<'a> {
    reader: &'a Reader<'a>,
    seen: Pending,
    changes: Changes,
}

impl std::fmt::Debug for Steps<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Steps")
    }
}

impl<'a> Steps<'a> {
    /// No step yet, of an operation with this reader.
    #[must_use]
    pub const fn new(reader: &'a Reader<'a>) -> Self {
        Self { reader, seen: Pending::new(), changes: Changes::new() }
    }

    /// Runs the next step.
    ///
    /// # Errors
    /// The step's. The whole operation is to fail by it.
    pub fn run<R>(
        &mut self,
        step: impl FnOnce(&Reader<'_>, &mut Changes) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let mut changes = Changes::new();
        let answer = step(&self.reader.over(&self.seen), &mut changes)?;
        self.seen.extend(changes.list().iter().cloned());
        self.changes.append(changes);
        Ok(answer)
    }

    /// The changes of all steps.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::{Engine, Mode, Options};

    fn keys(
        entries: impl Iterator<Item = Result<(super::super::Bytes, super::super::Bytes), StoreError>>,
    ) -> Vec<u8> {
        entries.map(|entry| entry.unwrap().0[1]).collect()
    }

    fn put(steps: &mut Steps<'_>) -> Result<(), StoreError> {
        steps.run(|_, changes| {
            [1, 3, 5].into_iter().for_each(|key| changes.put([b'k', key], [0]));
            Ok(())
        })
    }

    #[test]
    fn a_step_sees_the_steps_before_it_in_both_directions_and_a_failure_keeps_none() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let engine = Engine::open(dir.path(), options).unwrap();
        let run = |steps: fn(&mut Steps<'_>) -> Result<(), StoreError>| {
            engine.submit_blocking(move |reader| {
                let mut all = Steps::new(reader);
                steps(&mut all)?;
                Ok((all.into_changes(), ()))
            })
        };
        let seen = run(|steps| {
            put(steps)?;
            steps.run(|reader, changes| {
                assert_eq!(reader.get([b'k', 3])?.as_deref(), Some(&[0][..]));
                changes.delete([b'k', 3]);
                changes.put([b'k', 4], [1]);
                Ok(())
            })?;
            steps.run(|reader, _| {
                assert_eq!(reader.get([b'k', 3])?, None);
                assert_eq!(keys(reader.scan_prefix([b'k'])), [1, 4, 5]);
                assert_eq!(keys(reader.scan_prefix_back([b'k'])), [5, 4, 1]);
                Ok(())
            })
        });
        seen.unwrap();
        assert_eq!(keys(engine.reader().scan_prefix([b'k'])), [1, 4, 5]);
        let failed = run(|steps| {
            steps.run(|_, changes| {
                changes.put([b'k', 9], [1]);
                Ok(())
            })?;
            steps.run(|_, _| Err(StoreError::Refused("on purpose")))
        });
        assert!(failed.is_err());
        assert_eq!(keys(engine.reader().scan_prefix([b'k'])), [1, 4, 5]);
        engine.stop().unwrap();
    }
}
