//! How a worker is: what it says when it is asked, and the counters behind that.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::Ended;
use super::attempt::End;
use super::chores::{ChoreStatus, Records};
use super::hold::{Holds, lock};
use super::outcome::Interruption;
use super::stop::Stop;
use super::store_link::{StoreLink, StoreState};

/// After so long without a beat a worker is not live any more: it beats once a second.
const LIVE: Duration = Duration::from_secs(10);

/// How a worker is at this moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The name its claims carry.
    pub worker_id: String,
    /// Whether it takes work: it runs, is not stopping, and the store answers.
    pub ready: bool,
    /// Whether its own loops go round. A worker that is not live hangs and wants to be
    /// restarted; one whose store is away is live.
    pub live: bool,
    /// Whether it takes no more tasks because it was told to stop.
    pub stopping: bool,
    /// Whether the store answers.
    pub store: StoreState,
    /// Tasks at hand.
    pub running: usize,
    /// What it has done since it began.
    pub counts: Counts,
    /// Its chores, in the order they were added.
    pub chores: Vec<ChoreStatus>,
}

/// What a worker has done since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Tasks taken.
    pub claimed: u64,
    /// Attempts whose output was accepted.
    pub done: u64,
    /// Attempts that another one follows.
    pub retried: u64,
    /// Attempts after which their task has failed.
    pub failed: u64,
    /// Attempts whose claim was lost.
    pub lost: u64,
    /// Attempts given back.
    pub released: u64,
    /// Attempts of whose end the store was never told.
    pub abandoned: u64,
    /// Handlers that panicked.
    pub panicked: u64,
    /// Attempts that ran out of time.
    pub timed_out: u64,
    /// Renewals of a claim.
    pub renewed: u64,
}

macro_rules! counters {
    ($($name:ident),* $(,)?) => {
        /// The counters behind [`Counts`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $($name: AtomicU64,)* beat: Mutex<Option<Instant>> }

        impl Counters {
            pub(crate) fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters!(claimed, done, retried, failed, lost, released, abandoned, panicked, timed_out, renewed);

impl Counters {
    pub(crate) fn claimed(&self, tasks: usize) {
        self.claimed.fetch_add(tasks as u64, Ordering::Relaxed);
    }

    pub(crate) fn renewed(&self, claims: usize) {
        self.renewed.fetch_add(claims as u64, Ordering::Relaxed);
    }

    pub(crate) fn panicked(&self) {
        self.panicked.fetch_add(1, Ordering::Relaxed);
    }

    /// What came of a handler, before the store is told.
    pub(crate) fn saw(&self, end: &End) {
        if matches!(end, End::Interrupted(Interruption::TimedOut(_))) {
            self.timed_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn ended(&self, ended: &Ended) {
        let counter = match ended {
            Ended::Done => &self.done,
            Ended::Retried { .. } => &self.retried,
            Ended::Failed { .. } => &self.failed,
            Ended::Lost { .. } => &self.lost,
            Ended::Released { .. } => &self.released,
            Ended::Abandoned { .. } => &self.abandoned,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The loops go round.
    pub(crate) fn beat(&self) {
        *lock(&self.beat) = Some(Instant::now());
    }

    /// The worker has ended.
    pub(crate) fn rest(&self) {
        *lock(&self.beat) = None;
    }

    fn is_live(&self) -> bool {
        lock(&self.beat).is_some_and(|beat| beat.elapsed() < LIVE)
    }
}

/// Tells how a worker is, from outside and at any time. Cheap to clone.
#[derive(Clone)]
pub struct Monitor {
    pub(crate) worker_id: Arc<str>,
    pub(crate) link: Arc<StoreLink>,
    pub(crate) holds: Arc<Holds>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) chores: Records,
    pub(crate) stop: Stop,
}

impl Monitor {
    /// How the worker is at this moment; asks nothing of the store.
    pub fn status(&self) -> Status {
        let (live, stopping, store) =
            (self.counters.is_live(), self.stop.is_draining(), self.link.state());
        Status {
            worker_id: self.worker_id.to_string(),
            ready: live && !stopping && store == StoreState::Connected,
            live,
            stopping,
            store,
            running: self.holds.len(),
            counts: self.counters.read(),
            chores: self.chores.read(),
        }
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.status().fmt(f)
    }
}
