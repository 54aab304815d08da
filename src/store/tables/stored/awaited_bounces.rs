//! Bounces of a contact that is not known yet, on disk, version 1 (P4).

use serde::{Deserialize, Serialize};

use crate::domain::{Bounce, Timestamp};

use super::time::Millis;

/// Each with its letter, when, the address and the campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwaitedBouncesV1(Vec<(char, Millis, String, String)>);

impl From<&[Bounce]> for AwaitedBouncesV1 {
    fn from(bounces: &[Bounce]) -> Self {
        let stored = |bounce: &Bounce| {
            (bounce.code, bounce.at.as_millis(), bounce.address.clone(), bounce.campaign.clone())
        };
        Self(bounces.iter().map(stored).collect())
    }
}

impl From<AwaitedBouncesV1> for Vec<Bounce> {
    fn from(AwaitedBouncesV1(stored): AwaitedBouncesV1) -> Self {
        let bounce = |(code, at, address, campaign)| Bounce {
            code,
            at: Timestamp::from_millis(at),
            address,
            campaign,
        };
        stored.into_iter().map(bounce).collect()
    }
}
