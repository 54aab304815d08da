//! Tandem keeps a nonprofit's email subscribers in step between Constant Contact (CC) and Virtuous CRM+.
//!
//! The map, in reading order. The way of the data is a straight line: a CC poll, report, sweep or hint, or a Virtuous
//! query, becomes an observation ([`store`] keeps it, one synced transaction); the submitter takes due work, asks the
//! pure core ([`sync`]) for a plan, carries it out through a client within a budget, and settles the outcome.

#![cfg_attr(test, recursion_limit = "256")]

// Pure: nouns, then decisions.
pub mod domain;
pub mod sync;

// What is kept.
pub mod store;

// The seams to the world.
pub mod clock;
pub mod transport;

// The two systems.
pub mod constant_contact;
pub mod virtuous;

// Who may call, what was counted, who is let in.
pub mod auth;
pub mod budget;
pub mod care;
pub mod metrics;

// What needs a person is told by itself.
pub mod alerts;

// The work: one turn at a time, through the ways to both systems.
pub mod access;
pub mod deps;
pub mod poller;
pub mod submitter;
pub mod turn;

// What people ask, and who does the work when.
pub mod actors;
pub mod operator;
pub mod service;

// The shell.
pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod panics;
pub mod telemetry;

// Both systems as they really behave, for the demo and the tests.
pub mod simulator;
