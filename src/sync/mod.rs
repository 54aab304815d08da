//! The decisions of the sync, pure: no I/O, no clock, no actors. Values in, values with reasons out.
//!
//! In reading order: [`capture`] keeps an observation on a subject; [`plan`] merges the three views facet by facet
//! ([`consent`] with [`confirmation`], [`email`], `tags` for [`segments`], [`list_field`], [`fields`], [`notes`], [`create`]) into the next step; [`settle`] applies what
//! came of the step and plans again. [`archived`] tells which contacts of a page are; [`brake`] holds back what would concern too many; [`doubt`] weighs refused keys, [`outage`] hosts that cannot be reached; [`drift`] names what whole readings find; [`windows`] is the arithmetic of polls, [`retry`] that of failures, [`cost`]
//! what each write takes in calls.

pub mod archived;
pub mod bounces;
pub mod brake;
pub mod capture;
pub mod circle;
pub mod confirmation;
pub mod consent;
pub mod contact_reading;
pub mod cost;
pub mod create;
pub mod damping;
pub mod doubt;
pub mod drift;
pub mod email;
pub mod events;
pub mod fields;
mod gone;
pub mod handed_on;
pub mod household;
pub mod link;
pub mod list_field;
pub mod lists;
pub mod mapping;
pub mod merges;
pub mod method_dates;
pub mod notes;
mod other_methods;
pub mod outage;
mod overlay;
pub mod own_opt_outs;
pub mod page_reading;
pub mod plan;
pub mod reconcile;
pub mod release;
pub mod requeue;
pub mod retry;
pub mod second_look;
pub mod segments;
pub mod set_back;
pub mod settle;
pub mod shared_writes;
pub mod tag_ids;
mod tags;
pub mod unread_bounces;
pub mod unseen;
pub mod unsure;
pub mod waiting;
pub mod windows;

pub use mapping::Mapping;
pub use plan::{Household, Plan, Planned, Planner, Step};
