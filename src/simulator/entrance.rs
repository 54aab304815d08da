//! The one entrance: the path decides which system answers.

use super::{
    Simulator, control,
    wire::{SimRequest, SimResponse},
};
use crate::domain::Timestamp;

impl Simulator {
    /// Answers one request as of `now`.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        if let Some(below) = request.below("/cc") {
            self.constant_contact.handle(&below, now)
        } else if let Some(below) = request.below("/virtuous") {
            self.virtuous.handle(&below, now)
        } else if let Some(below) = request.below("/control") {
            control::handle(self, &below, now)
        } else {
            SimResponse::json(
                404,
                &serde_json::json!({"message": "nothing here: try /cc, /virtuous or /control"}),
            )
        }
    }
}
