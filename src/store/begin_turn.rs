//! Begins a turn of a customer.

use super::{handle::CustomerStore, turns::TurnUnderWay};

impl CustomerStore {
    /// Begins a turn: until it ends the customer becomes no other account or organisation (I5).
    pub async fn begin_turn(&self) -> TurnUnderWay {
        self.turns.begin(self.number).await
    }
}
