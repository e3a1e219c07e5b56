//! Takes work for one worker type: as many tasks at once as it has free slots for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb_core::{ReadyTask, TaskDbErr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::completions::{Completions, MOMENT, TOGETHER};
use super::hold::Hold;
use super::outcome::Interruption;
use super::shared::Shared;
use super::store_link::{is_away, is_shut};
use super::{RunError, attempt, backoff};

/// The longest pause after an error that is not the store's absence.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a call that is under way may hold up the end of the worker.
const LATE: Duration = Duration::from_secs(1);
/// The most that one call hands out.
const BATCH: usize = 1_000;

/// The slots of a worker type.
pub(crate) struct Slots {
    worker_type: Arc<str>,
    /// One permit for each task that may be at hand.
    held: Arc<Semaphore>,
    /// One permit for each handler that may run.
    running: Arc<Semaphore>,
}

impl Slots {
    pub(crate) fn new(worker_type: &str, slots: usize, prefetch: usize) -> Self {
        let semaphore =
            |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        let held = semaphore(slots.saturating_add(prefetch));
        Self { worker_type: worker_type.into(), held, running: semaphore(slots) }
    }

    /// Waits for a free slot, and takes all that are free.
    async fn free(&self, completions: &Completions) -> Option<OwnedSemaphorePermit> {
        let mut free = Arc::clone(&self.held).acquire_owned().await.ok()?;
        // Slots that come free together are filled together.
        let freed = completions.under_way().await;
        let end = Instant::now() + TOGETHER;
        for turn in 0_usize.. {
            let missing = self.held.available_permits() + 1 < freed && Instant::now() < end;
            if turn >= MOMENT && !missing {
                break;
            }
            yield_now().await;
        }
        let more = self.held.available_permits().min(BATCH - 1);
        if let Ok(more) = u32::try_from(more)
            && let Ok(more) = Arc::clone(&self.held).try_acquire_many_owned(more)
        {
            free.merge(more);
        }
        Some(free)
    }
}

/// Takes work until the worker drains; an error is a reason to stop the worker.
pub(crate) async fn run(shared: Arc<Shared>, slots: Slots) -> Result<(), RunError> {
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
                let in_vain = waited && tasks.is_empty();
                if in_vain && shared.idle.waited(&slots.worker_type, shared.holds.len()) {
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
async fn late(shared: &Shared) {
    shared.stop.draining().await;
    sleep(LATE).await;
}

struct Taken {
    tasks: Vec<ReadyTask>,
    free: Option<OwnedSemaphorePermit>,
    /// Whether the store was given the time to have work.
    waited: bool,
}

async fn take(shared: &Shared, slots: &Slots) -> Result<Taken, TaskDbErr> {
    let free = tokio::select! {
        biased;
        () = shared.stop.draining() => None,
        free = slots.free(&shared.completions) => free,
    };
    let count = free.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let lease = Some(shared.lease);
    let call = async |probing| {
        // A call that waits for work would not tell for long that the store is back.
        let patience = if probing { Duration::ZERO } else { shared.idle.patience() };
        let (db, stop) = (&shared.db, shared.stop.draining());
        let wait = db.request_work_batch_until(&slots.worker_type, count, lease, patience, stop);
        Ok((wait.await?, !probing))
    };
    if free.is_none() {
        return Ok(Taken { tasks: Vec::new(), free, waited: false });
    }
    let (tasks, waited) = shared.link.call_as(call).await?;
    Ok(Taken { tasks, free, waited })
}

/// A task of its own for each claim, which gives its slot back when it ends.
fn start(
    shared: &Arc<Shared>,
    slots: &Slots,
    tasks: Vec<ReadyTask>,
    mut free: Option<OwnedSemaphorePermit>,
) {
    shared.counters.claimed(tasks.len());
    for ready in tasks {
        let permit = free.as_mut().and_then(|free| free.split(1));
        let hold = shared.hold(ready, Arc::clone(&slots.worker_type));
        let (shared, running) = (Arc::clone(shared), Arc::clone(&slots.running));
        let tracker = shared.tracker.clone();
        tracker.spawn(async move {
            let slot = slot(&shared, &hold, &running).await;
            if slot.is_some() {
                attempt::run(&shared, &hold).await;
            }
            drop((slot, permit));
        });
    }
}

/// Waits for a slot that a prefetched task can run in. Without prefetch there is one for
/// every task at hand. A worker that drains begins nothing.
async fn slot<'a>(
    shared: &Shared,
    hold: &Arc<Hold>,
    running: &'a Semaphore,
) -> Option<tokio::sync::SemaphorePermit<'a>> {
    let interruption = tokio::select! {
        biased;
        () = shared.stop.draining() => Interruption::Stopping,
        permit = running.acquire() => return permit.ok(),
        why = hold.interrupted() => why,
    };
    let request = super::Request::new(Arc::clone(hold));
    let end = attempt::End::Interrupted(interruption);
    let ended = attempt::settle(shared, hold, &request, end).await;
    shared.let_go(hold);
    shared.counters.ended(&ended);
    None
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
