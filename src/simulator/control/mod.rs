//! STUB, replaced at merge by the branch `sim-virtuous`.
use super::{
    Simulator,
    wire::{SimRequest, SimResponse},
};
use crate::domain::Timestamp;
/// Stub.
pub fn handle(_simulator: &mut Simulator, _request: &SimRequest, _now: Timestamp) -> SimResponse {
    SimResponse::empty(501)
}
