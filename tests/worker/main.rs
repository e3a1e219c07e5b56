//! The worker runtime: what handlers are given and what becomes of their answers, how
//! claims are kept and lost, and how a worker stops. Stores that go away and processes that
//! are killed at work are in `tests/crews`.
//!
//! # Layout
//!
//! * [`setup`]: a store with a job, and a worker at work on it.
//! * [`handlers`], [`errors`], [`claims`], [`stopping`], [`layers`]: a topic each.

mod claims;
mod errors;
mod handlers;
mod layers;
mod setup;
mod stopping;
