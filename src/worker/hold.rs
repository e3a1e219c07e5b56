//! What a worker has in hand: a task with its claim, and the signs that end the attempt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use taskdb_core::{Claim, NewTask, ReadyTask, TaskDb};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Span;
use uuid::Uuid;

use super::outcome::Interruption;
use super::store_link::StoreLink;

/// By how much at most an attempt times out here before it does in the store.
const MARGIN: Duration = Duration::from_millis(200);

/// A claimed task and everything that belongs to this attempt at it.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) ready: ReadyTask,
    pub(crate) worker_type: Arc<str>,
    pub(crate) db: TaskDb,
    pub(crate) link: Arc<StoreLink>,
    /// Cancelled as soon as the attempt is over before its handler is.
    pub(crate) cancelled: CancellationToken,
    why: OnceLock<Interruption>,
    /// The progress to report; what is overtaken is never sent.
    pub(crate) progress: watch::Sender<f32>,
    deadline: Mutex<Instant>,
    children: Mutex<Vec<NewTask>>,
    /// The span in which the last of them was asked for.
    pub(crate) asked_in: Mutex<Span>,
    /// What goes on when the handler has been cut off.
    lingering: TaskTracker,
}

/// Something that a handler has started and that does not end with its future, as a thread
/// or a process: while this lives, nobody else gets the task. Made by
/// [`Context::linger`](super::Context::linger).
#[derive(Debug, Clone)]
#[must_use = "the task is held back only while this lives"]
pub struct Linger(#[expect(dead_code, reason = "it counts while it lives")] TaskTrackerToken);

impl Hold {
    pub(crate) fn new(
        ready: ReadyTask,
        worker_type: Arc<str>,
        db: TaskDb,
        link: Arc<StoreLink>,
    ) -> Self {
        let deadline = Mutex::new(Instant::now() + time(&ready));
        Self {
            ready,
            worker_type,
            db,
            link,
            cancelled: CancellationToken::new(),
            why: OnceLock::new(),
            progress: watch::Sender::new(0.0),
            deadline,
            children: Mutex::default(),
            asked_in: Mutex::new(Span::none()),
            lingering: TaskTracker::new(),
        }
    }

    pub(crate) fn claim(&self) -> &Claim {
        &self.ready.claim
    }

    /// Ends the attempt; the first reason counts.
    pub(crate) fn interrupt(&self, why: Interruption) {
        let _ = self.why.set(why);
        self.cancelled.cancel();
    }

    /// Returns once the attempt is to end, with the reason.
    pub(crate) async fn interrupted(&self) -> Interruption {
        self.cancelled.cancelled().await;
        // Whoever holds the token may cancel it too, but only a handler of this attempt does.
        self.why.get().cloned().unwrap_or(Interruption::Stopping)
    }

    pub(crate) fn linger(&self) -> Linger {
        Linger(self.lingering.token())
    }

    pub(crate) fn lingers(&self) -> bool {
        !self.lingering.is_empty()
    }

    /// Returns once nothing lingers.
    pub(crate) async fn rest(&self) {
        self.lingering.close();
        self.lingering.wait().await;
    }

    /// Tasks to create when this one is done.
    pub(crate) fn children(&self) -> MutexGuard<'_, Vec<NewTask>> {
        lock(&self.children)
    }

    /// When the attempt times out unless it reports progress.
    pub(crate) fn deadline(&self) -> Instant {
        *lock(&self.deadline)
    }

    /// The store has taken progress that was sent at this time.
    pub(crate) fn progressed(&self, at: Instant) {
        *lock(&self.deadline) = at + time(&self.ready);
    }
}

/// How long an attempt may go without progress.
pub(crate) fn timeout(ready: &ReadyTask) -> Duration {
    Duration::from_secs(u64::try_from(ready.timeout_secs).unwrap_or(0))
}

/// How long it may take here: a moment less, so that the end comes from here with its
/// reason, and not from whoever looks for claims that are over.
fn time(ready: &ReadyTask) -> Duration {
    let timeout = timeout(ready);
    timeout - (timeout / 10).min(MARGIN)
}

/// All that a worker holds, by the id of the claim.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<HashMap<Uuid, Arc<Hold>>>);

impl Holds {
    pub(crate) fn insert(&self, hold: &Arc<Hold>) {
        lock(&self.0).insert(hold.claim().id, Arc::clone(hold));
    }

    pub(crate) fn remove(&self, hold: &Hold) {
        lock(&self.0).remove(&hold.claim().id);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Hold>> {
        lock(&self.0).values().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

/// None of these hold an invariant that a panic elsewhere could break.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
