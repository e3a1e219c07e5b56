//! What an application hears of a worker while it runs.

use std::time::Duration;

use taskdb_core::TaskDbErr;

use super::{Ended, Request};

/// Told of what happens in a worker, from any of its tasks: keep it short, and hand on
/// what takes long. A panic in one ends the attempt it is told of as a panic of its
/// handler would.
///
/// ```
/// use std::time::Duration;
/// use taskdb::worker::{Ended, Hooks, Request};
///
/// struct Slow;
///
/// impl Hooks for Slow {
///     fn ended(&self, request: &Request, how: &Ended, took: Duration) {
///         if took > Duration::from_secs(10) {
///             tracing::warn!(?request, ?how, ?took, "slow");
///         }
///     }
/// }
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// A handler is about to begin.
    fn started(&self, request: &Request) {
        let _ = request;
    }

    /// The store has taken the end of an attempt, or never will.
    fn ended(&self, request: &Request, how: &Ended, took: Duration) {
        let _ = (request, how, took);
    }

    /// Work of this type cannot be had for now. Told once until it can.
    fn no_work(&self, worker_type: &str, error: &TaskDbErr) {
        let _ = (worker_type, error);
    }

    /// A chore has failed. Told once until it works again.
    fn chore_failed(&self, chore: &str, error: &TaskDbErr) {
        let _ = (chore, error);
    }

    /// The worker ends, and the store was not told what it may still hold: that comes back
    /// when its leases end.
    fn not_released(&self, why: &str) {
        let _ = why;
    }

    /// No more tasks are taken from here on.
    fn draining(&self) {}
}

/// Nobody listens.
pub(crate) struct Silent;

impl Hooks for Silent {}
