//! At least one test for each rule of `docs/RULES.md`, its name beginning with the rule's id: Tandem itself between both
//! simulators, in a world of a few people each. [`coverage`] fails when a rule has none; [`complaints`] are those of
//! others' users, which `docs/ARCHITECTURE.md` lists.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "rules/accounts.rs"]
mod accounts;
#[path = "rules/address_of_now.rs"]
mod address_of_now;
#[path = "rules/any_world.rs"]
mod any_world;
#[path = "rules/clocks.rs"]
mod clocks;
#[path = "rules/complaints.rs"]
mod complaints;
#[path = "rules/consent.rs"]
mod consent;
#[path = "rules/consent_writes.rs"]
mod consent_writes;
#[path = "rules/containment.rs"]
mod containment;
#[path = "rules/conversions.rs"]
mod conversions;
#[path = "rules/coverage.rs"]
mod coverage;
#[path = "rules/creation.rs"]
mod creation;
#[path = "rules/deletion.rs"]
mod deletion;
#[path = "rules/evidence.rs"]
mod evidence;
#[path = "rules/fields.rs"]
mod fields;
#[path = "rules/floods.rs"]
mod floods;
#[path = "flow/full.rs"]
mod full;
#[path = "rules/identity.rs"]
mod identity;
#[path = "rules/lists.rs"]
mod lists;
#[path = "rules/outages.rs"]
mod outages;
#[path = "rules/overlap.rs"]
mod overlap;
#[path = "rules/pages.rs"]
mod pages;
#[path = "rules/reach.rs"]
mod reach;
#[path = "rules/reading.rs"]
mod reading;
#[path = "rules/refused_keys.rs"]
mod refused_keys;
#[path = "rules/restored.rs"]
mod restored;
#[path = "rules/safety.rs"]
mod safety;
#[path = "rules/scene.rs"]
mod scene;
#[path = "rules/unreliable_day.rs"]
mod unreliable_day;
#[path = "rules/unreliable_worlds.rs"]
mod unreliable_worlds;
#[path = "rules/untouched.rs"]
mod untouched;
#[path = "rules/whose_opt_out.rs"]
mod whose_opt_out;
#[allow(dead_code, reason = "made for the flow tests, which use all of it")]
#[path = "flow/world.rs"]
mod world;
