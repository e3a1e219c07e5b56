//! Workers as processes of their own, killed, frozen and told to stop while they work, and
//! stores that go away under them, on every backend.
//!
//! The binary starts itself again, with `child_process` as the only test and what to do in
//! the environment. `TASKDB_CREW_SECS` (6) says how long `crew_*` goes on,
//! `TASKDB_AWAY_SECS` (3) how long a server stays away, `TASKDB_LEASE_SECS` (1) how long claims
//! last without their worker, `TASKDB_SEED` repeats the choices.
//!
//! # Layout
//!
//! * [`child`]: starting workers, their signals and what they say.
//! * [`place`]: a store for a test, by backend.
//! * [`mix`]: jobs whose end is known, and the handler that does them.
//! * [`storm`]: many workers that are killed and frozen; [`lost`], [`told`], [`cut`]: one that
//!   is killed, told to stop, or whose job is cancelled; [`away`]: a server that is.
//! * [`ticks`]: two hundred schedulers at once.

mod away;
mod child;
mod cut;
mod lost;
mod mix;
mod place;
mod storm;
mod ticks;
mod told;

/// A worker, when this process is one; nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_process() {
    child::run().await;
}
