//! The worker runtime: what handlers are given and what becomes of their answers, how
//! claims are kept and lost, and how a worker stops. Servers that go away and processes that
//! are killed at work are in `tests/crews`.
//!
//! # Layout
//!
//! * [`setup`]: a store with a job, and a worker at work on it.
//! * [`flaky`]: a store that can be made to go away.
//! * [`handlers`], [`errors`], [`taking`], [`claims`], [`stopping`], [`layers`], [`away`],
//!   [`inline`]: a topic each.

mod away;
mod claims;
mod errors;
mod flaky;
mod handlers;
mod inline;
mod layers;
mod setup;
mod stopping;
mod taking;
