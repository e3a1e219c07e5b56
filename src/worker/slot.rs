//! A slot at work: one task after the other, each claimed by a call of the slot's own, until
//! there is nothing for it. The store puts calls that come together into one step, which
//! it can do better than anybody here, who would have to wait to find out what comes together.

use std::sync::Arc;

use taskdb_core::ReadyTask;
use tokio::sync::SemaphorePermit;

use super::claimer::{Slots, late};
use super::hold::Hold;
use super::outcome::Interruption;
use super::shared::Shared;
use super::{Request, attempt};

/// Does a task, and what comes after it.
pub(crate) async fn run(shared: Arc<Shared>, slots: Arc<Slots>, first: Arc<Hold>) {
    let _busy = shared.idle.busy();
    let mut next = Some(first);
    while let Some(hold) = next {
        if let Some(_turn) = turn(&shared, &hold, &slots).await {
            attempt::run(&shared, &hold).await;
        }
        next = claim(&shared, &slots).await.map(|ready| {
            shared.counters.claimed(1);
            shared.hold(ready, Arc::clone(&slots.worker_type))
        });
    }
}

/// The next task, unless there is nothing to do or no way to the store: of both the claimer
/// takes care, which gets the slot then.
async fn claim(shared: &Shared, slots: &Slots) -> Option<ReadyTask> {
    if slots.are_dry() || shared.stop.is_draining() {
        return None;
    }
    let work = shared.db.request_work_batch(&slots.worker_type, 1, Some(shared.lease));
    let found = tokio::select! {
        found = shared.link.call(work) => found.ok()?,
        () = late(shared) => return None,
    };
    slots.found(found.len(), 1);
    found.into_iter().next()
}

/// Waits for the turn of a prefetched task. Without prefetch each task at hand may run. A
/// worker that drains begins nothing.
async fn turn<'a>(
    shared: &Shared,
    hold: &Arc<Hold>,
    slots: &'a Slots,
) -> Option<SemaphorePermit<'a>> {
    let interruption = tokio::select! {
        biased;
        () = shared.stop.draining() => Interruption::Stopping,
        turn = slots.running.acquire() => return turn.ok(),
        why = hold.interrupted() => why,
    };
    let request = Request::new(Arc::clone(hold));
    let end = attempt::End::Interrupted(interruption);
    let ended = attempt::settle(shared, hold, &request, end).await;
    shared.let_go(hold);
    shared.counters.ended(&ended);
    None
}
