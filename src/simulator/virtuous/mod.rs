//! STUB, replaced at merge by the branch `sim-virtuous`.
use super::wire::{SimRequest, SimResponse};
use crate::domain::Timestamp;
/// Stub.
#[derive(Debug)]
pub struct VirtuousSimulator;
impl VirtuousSimulator {
    /// Stub.
    #[must_use]
    pub fn new(_seed: u64) -> Self {
        Self
    }
    /// Stub.
    pub fn handle(&mut self, _request: &SimRequest, _now: Timestamp) -> SimResponse {
        SimResponse::empty(501)
    }
}
