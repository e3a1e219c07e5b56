//! What only real processes can show: a file shared by several of them, processes
//! killed at work, wake-ups between them, and calls that nobody waits for any more.
//!
//! The binary starts itself again, with `child_process` as the only test and a role
//! in the environment. What children acknowledge comes back as lines on a pipe.
//! `TASKDB_SEED` repeats a run as far as the machine allows; `TASKDB_KILL_ROUNDS`
//! (50) says how often `killed_at_random_moments` kills, `TASKDB_DROP_ROUNDS` (500) how
//! many calls are dropped on each store.
//!
//! # Layout
//!
//! * [`child`]: starting children, and the lines between them and their parent.
//! * [`share`], [`plan`], [`worker`]: processes that work on one file together.
//! * [`kill`], [`ledger`], [`storm`]: processes that are killed at work.
//! * [`dropped`], [`rest`], [`sound`]: calls that nobody waits for, and what must hold after
//!   them.
//! * [`wake`], [`open`]: a test each.

mod child;
mod dropped;
mod kill;
mod ledger;
mod open;
mod plan;
mod rest;
mod share;
mod sound;
mod storm;
mod wake;
mod worker;

use child::Role;

/// What a child does, by its role; nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_process() {
    match child::role() {
        None => {}
        Some(Role::Worker) => worker::run().await,
        Some(Role::Storm) => storm::run().await,
        Some(Role::Waker) => wake::run_child().await,
        Some(Role::Opener) => open::run_child().await,
    }
}
