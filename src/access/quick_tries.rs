//! A reading that fails in passing is tried twice more at once (W7), before it waits like everything else.

use std::time::Duration;

use crate::{constant_contact::CcError, virtuous::error::VirtuousError};

/// Tries at once after the first.
const TRIES: u32 = 2;
/// The wait before such a try, with up to as much again by chance: many customers meet the same failure together.
const WAIT_MS: u64 = 50;

/// The tries of one reading.
#[derive(Debug, Default)]
pub struct QuickTries(u32);

impl QuickTries {
    /// Whether to try again now, after a moment: a passing failure, and tries are left.
    pub async fn again_after(&mut self, error: &VirtuousError) -> bool {
        matches!(error, VirtuousError::Transient { after: None, .. } | VirtuousError::Odd { .. })
            && self.again().await
    }

    /// The same for a call of Constant Contact.
    pub async fn again_after_cc(&mut self, error: &CcError) -> bool {
        matches!(error, CcError::Transient { after: None, .. } | CcError::Odd(_)) && self.again().await
    }

    /// Whether tries are left; the next one comes after a moment.
    pub async fn again(&mut self) -> bool {
        let again = self.0 < TRIES;
        if again {
            self.0 += 1;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(WAIT_MS..2 * WAIT_MS))).await;
        }
        again
    }
}
