//! Takes work for one worker type when slots come free for want of it: as many tasks at once as
//! there are free slots. What a slot does next while there is work is its own affair
//! ([`slot`](super::slot)).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use taskdb_core::{ReadyTask, TaskDbErr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::shared::Shared;
use super::store_link::{is_away, is_shut};
use super::{RunError, backoff, slot};

/// The longest pause after an error that is not the store's absence.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a call that is under way may hold up the end of the worker.
const LATE: Duration = Duration::from_secs(1);
/// The most that one call hands out.
const BATCH: usize = 1_000;

/// The slots of a worker type.
pub(crate) struct Slots {
    pub(crate) worker_type: Arc<str>,
    /// One permit for each task that may be at hand.
    held: Arc<Semaphore>,
    /// One permit for each handler that may run.
    pub(crate) running: Semaphore,
    /// Whether the last call has found less than it asked for. Then the claimer alone asks,
    /// in one call that waits for work; else every slot asks for itself.
    dry: AtomicBool,
}

impl Slots {
    pub(crate) fn new(worker_type: &str, slots: usize, prefetch: usize) -> Self {
        let semaphore = |permits: usize| Semaphore::new(permits.min(Semaphore::MAX_PERMITS));
        Self {
            worker_type: worker_type.into(),
            held: Arc::new(semaphore(slots.saturating_add(prefetch))),
            running: semaphore(slots),
            dry: AtomicBool::new(true),
        }
    }

    /// Waits for a free slot, and takes all that are free.
    async fn free(&self) -> Option<OwnedSemaphorePermit> {
        let mut free = Arc::clone(&self.held).acquire_owned().await.ok()?;
        let more = self.held.available_permits().min(BATCH - 1);
        if let Ok(more) = u32::try_from(more)
            && let Ok(more) = Arc::clone(&self.held).try_acquire_many_owned(more)
        {
            free.merge(more);
        }
        Some(free)
    }

    pub(crate) fn are_dry(&self) -> bool {
        self.dry.load(Ordering::Relaxed)
    }

    pub(crate) fn found(&self, tasks: usize, asked: usize) {
        self.dry.store(tasks < asked, Ordering::Relaxed);
    }
}

/// Takes work until the worker drains; an error is a reason to stop the worker.
pub(crate) async fn run(shared: Arc<Shared>, slots: Slots) -> Result<(), RunError> {
    let slots = Arc::new(slots);
    let mut trouble = Trouble::default();
    loop {
        let taken = tokio::select! {
            biased;
            () = late(&shared) => return Ok(()),
            taken = take(&shared, &slots) => taken,
        };
        match taken {
            Ok(Taken { tasks, free, waited }) => {
                trouble = Trouble::default();
                let at_hand = shared.holds.len();
                let idle = |mark| shared.idle.waited(&slots.worker_type, mark, at_hand);
                if tasks.is_empty() && waited.is_some_and(idle) {
                    shared.stop.drain();
                }
                start(&shared, &slots, tasks, free);
                if shared.stop.is_draining() {
                    return Ok(());
                }
            }
            Err(error) if is_hopeless(&error) => {
                return Err(RunError::NoWork { worker_type: slots.worker_type.to_string(), error });
            }
            Err(error) => {
                trouble.tell(&shared, &slots.worker_type, &error);
                if !is_away(&error) {
                    // The drain is noticed at the latest after this.
                    tokio::select! {
                        () = shared.stop.draining() => return Ok(()),
                        () = sleep(trouble.pause()) => {}
                    }
                }
            }
        }
    }
}

/// Returns when the worker has drained for so long that a call is not waited for any more.
/// A call that is dropped may still claim something, which waits for its lease to end unless
/// [`release_worker`](taskdb_core::TaskDb::release_worker) comes after it.
pub(crate) async fn late(shared: &Shared) {
    shared.stop.draining().await;
    sleep(LATE).await;
}

struct Taken {
    tasks: Vec<ReadyTask>,
    free: Option<OwnedSemaphorePermit>,
    /// The mark of idleness before a wait for work.
    waited: Option<u64>,
}

async fn take(shared: &Shared, slots: &Slots) -> Result<Taken, TaskDbErr> {
    let free = tokio::select! {
        biased;
        () = shared.stop.draining() => None,
        free = slots.free() => free,
    };
    let count = free.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    if count == 0 {
        return Ok(Taken { tasks: Vec::new(), free, waited: None });
    }
    let lease = Some(shared.lease);
    let mark = shared.idle.mark();
    let call = async |probing: bool| {
        // A call that waits for work would not tell for long that the store is back.
        let waits = slots.are_dry() && !probing;
        let patience = if waits { shared.idle.patience() } else { Duration::ZERO };
        let (db, stop) = (&shared.db, shared.stop.draining());
        let wait = db.request_work_batch_until(&slots.worker_type, count, lease, patience, stop);
        Ok((wait.await?, waits.then_some(mark)))
    };
    let (tasks, waited) = shared.link.call_as(call).await?;
    slots.found(tasks.len(), count);
    Ok(Taken { tasks, free, waited })
}

/// A task of its own for each slot that has got something to do.
fn start(
    shared: &Arc<Shared>,
    slots: &Arc<Slots>,
    tasks: Vec<ReadyTask>,
    mut free: Option<OwnedSemaphorePermit>,
) {
    shared.counters.claimed(tasks.len());
    for ready in tasks {
        let permit = free.as_mut().and_then(|free| free.split(1));
        let hold = shared.hold(ready, Arc::clone(&slots.worker_type));
        let work = slot::run(Arc::clone(shared), Arc::clone(slots), hold);
        shared.tracker.spawn(async move {
            work.await;
            drop(permit);
        });
    }
}

/// Errors of the call itself, which no waiting will mend.
fn is_hopeless(error: &TaskDbErr) -> bool {
    use TaskDbErr::{Config, Format, InvalidArgument, TooLarge};
    matches!(error.root(), InvalidArgument { .. } | TooLarge { .. } | Format { .. } | Config(_))
}

/// Errors in a row; the first is told.
#[derive(Default)]
struct Trouble(u32);

impl Trouble {
    fn tell(&mut self, shared: &Shared, worker_type: &str, error: &TaskDbErr) {
        if self.0 == 0 {
            shared.tell(|hooks| hooks.no_work(worker_type, error));
            // The link itself speaks of a store that is away.
            if is_shut(error) {
                tracing::info!(%error, worker_type, "no work is handed out");
            } else if !is_away(error) {
                tracing::warn!(%error, worker_type, "work cannot be taken; trying again");
            }
        }
        self.0 = self.0.saturating_add(1);
    }

    fn pause(&self) -> Duration {
        (backoff::pause_number(self.0) * self.0.min(10)).min(PAUSE)
    }
}
