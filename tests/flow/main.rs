//! Flow tests: the real actors, store and clients against both simulators in process, by a paused clock, so that days
//! pass in moments and a run repeats. Every test ends with [`world::World::finish`].

#![allow(clippy::unwrap_used, missing_docs, reason = "a test may stop at the first surprise")]

mod brake;
mod changes;
mod confirmation;
mod contact;
mod deliveries;
mod events;
mod faults;
mod first_sync;
mod full;
mod generations;
mod gone;
mod households;
mod limits;
mod nightly;
mod people;
mod plan;
mod receiver;
mod reconcile;
mod segments;
mod settings;
mod slow;
mod staff_tags;
mod subscription;
mod switches;
mod verdicts;
mod waits;
mod week;
mod world;
