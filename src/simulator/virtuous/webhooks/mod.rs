//! Webhook subscriptions and the deliveries that are due. Delivering is the shell's work; here they are only queued,
//! and written when they are taken, so that a wave of 20,000 events costs little memory.

mod delivery;
mod queue;

pub use self::{
    delivery::Delivery,
    queue::{Event, Subscription, Webhooks},
};
