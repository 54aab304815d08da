//! Campaigns with their bounces and opt-outs, as an account keeps them (reference 4).

use serde::{Deserialize, Serialize};

use crate::simulator::ids::{Stamp, Uuid};

/// Why a mail came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BounceCode {
    /// No such address.
    B,
    /// Undeliverable.
    D,
    /// Mailbox full.
    F,
    /// Suspended by Constant Contact.
    S,
    /// Vacation reply: it was delivered.
    V,
    /// Another reason.
    X,
    /// Blocked by the provider.
    Z,
}

/// A line of a report: a bounce, or an opt-out through a campaign.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// The campaign activity.
    pub activity: Uuid,
    /// Whose.
    pub contact: Uuid,
    /// The address then.
    pub address: Box<str>,
    /// When.
    pub at: Stamp,
    /// For bounces.
    pub code: Option<BounceCode>,
    /// For opt-outs.
    pub reason: Option<Box<str>>,
}

/// An email campaign that was sent.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: Box<str>,
    /// The activity with role `primary_email`.
    pub primary: Uuid,
    /// The activity with role `permalink`, which has no reports.
    pub permalink: Uuid,
    /// When it went out.
    pub sent_at: Stamp,
    /// To how many.
    pub sends: u32,
    /// Complaints, counted only.
    pub abuse: u32,
    /// Bounces, oldest first.
    pub bounces: Vec<Tracked>,
    /// Opt-outs, oldest first.
    pub optouts: Vec<Tracked>,
}
