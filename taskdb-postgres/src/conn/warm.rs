//! The connections that were in use last, kept for the next calls.
//!
//! The pool of the driver hands out the connection that has rested longest, so that calls in
//! a row would go round all of them, each with plans of its own to make, and it asks every one
//! that comes back how it is, which is a round trip. Here the one that was used last is
//! the next. Only for a pool that nobody else takes connections from.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// One that has rested for so long goes back to the pool, which finds out whether it lives.
const REST: Duration = Duration::from_secs(1);
/// One that was away from the pool for so long goes back, for the pool ends old ones.
const AWAY: Duration = Duration::from_secs(60);

/// A stack of connections, and how many calls wait for one of the pool.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    kept: Vec<Kept>,
    waiting: usize,
}

/// A connection with the time of its last use, and since when it is away from the pool.
#[derive(Debug)]
pub(super) struct Kept {
    /// Taken out when this is dropped.
    conn: Option<PoolConnection<Postgres>>,
    since: Instant,
    used: Instant,
    /// What the connection goes back by, which may happen where no runtime is.
    runtime: Handle,
}

impl Kept {
    pub(super) fn new(conn: PoolConnection<Postgres>) -> Self {
        let now = Instant::now();
        Self { conn: Some(conn), since: now, used: now, runtime: Handle::current() }
    }

    /// The connection; there is one until the drop.
    pub(super) fn conn(&mut self) -> Option<&mut PoolConnection<Postgres>> {
        self.conn.as_mut()
    }

    /// Closes it when it is dropped, for somebody else's answer may still be under way on it.
    pub(super) fn close_on_drop(&mut self) {
        if let Some(conn) = &mut self.conn {
            conn.close_on_drop();
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        drop(self.conn.take());
    }
}

/// A caller that [`Warm::take`] had nothing for, until it has one or gives up.
pub(super) struct Waiting<'a>(pub(super) &'a Warm);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

impl Warm {
    /// The one that was used last, if it is still warm; else the caller counts as one that waits
    /// for the pool, for which it makes a [`Waiting`].
    pub(super) fn take(&self) -> Option<Kept> {
        let mut state = self.lock();
        match state.kept.pop() {
            Some(kept) if kept.used.elapsed() < REST => Some(kept),
            cold => {
                // Those below have rested for longer still.
                let cold = (cold, std::mem::take(&mut state.kept));
                state.waiting += 1;
                drop(state);
                drop(cold);
                None
            }
        }
    }

    /// Keeps a connection on which nothing is under way, unless somebody waits for it.
    pub(super) fn keep(&self, mut kept: Kept) {
        let mut state = self.lock();
        if state.waiting == 0 && kept.since.elapsed() < AWAY {
            kept.used = Instant::now();
            state.kept.push(kept);
        } else {
            drop(state);
            drop(kept);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
