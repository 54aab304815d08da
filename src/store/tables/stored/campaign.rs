//! How far a campaign's bounce report was read, on disk; version 2 with the time of the reading.

use serde::{Deserialize, Serialize};

use super::time::Millis;

/// How far a campaign's bounce report was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignV1 {
    /// The campaign's number of bounces then.
    pub bounces: u64,
    /// The newest of them.
    pub newest: Millis,
}

/// The same, with when it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignV2 {
    /// The campaign's number of bounces then.
    pub bounces: u64,
    /// The newest of them.
    pub newest: Millis,
    /// When it was read.
    pub read_at: Option<Millis>,
}

impl From<CampaignV1> for CampaignV2 {
    fn from(CampaignV1 { bounces, newest }: CampaignV1) -> Self {
        Self { bounces, newest, read_at: None }
    }
}
