//! One attempt at a task, from its claim to the word of the store: the handler is run
//! and watched, and its panics are caught.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use taskdb_core::TaskDbErr;
use tokio::time::{Instant, sleep_until};
use tower::ServiceExt;

use super::hold::{Hold, timeout};
use super::outcome::Interruption;
use super::shared::Shared;
use super::{Ended, Error, Request, Result, report};

/// The least time between two reports of progress; what comes between is not sent.
const GAP: Duration = Duration::from_millis(100);

/// What came of a handler.
#[derive(Debug)]
pub(crate) enum End {
    Done(Value),
    Failed(Error),
    Interrupted(Interruption),
}

/// Does a task that a slot is free for, and reports.
pub(crate) async fn run(shared: &Shared, hold: &Arc<Hold>) {
    let request = Request::new(Arc::clone(hold));
    let start = Instant::now();
    let end = guarded(async {
        shared.hooks.started(&request);
        tokio::select! {
            biased;
            why = hold.interrupted() => End::Interrupted(why),
            end = watched(shared, hold, &request) => end,
            () = shared.stop.killed() => End::Interrupted(Interruption::Stopping),
        }
    });
    let end = end.await.unwrap_or_else(End::Failed);
    shared.counters.saw(&end);
    let ended = settle(shared, hold, &request, end).await;
    shared.let_go(hold);
    shared.counters.ended(&ended);
    shared.tell(|hooks| hooks.ended(&request, &ended, start.elapsed()));
}

/// The claim is kept until the store has taken the report, however long it is away.
pub(crate) async fn settle(
    shared: &Shared,
    hold: &Arc<Hold>,
    request: &Request,
    end: End,
) -> Ended {
    if !matches!(end, End::Done(_)) {
        // Threads of the handler may still be at it.
        hold.cancelled.cancel();
    }
    let settled = async {
        // Nobody else gets the task before they have ended, unless somebody has it already.
        if !matches!(end, End::Done(_) | End::Interrupted(Interruption::Lost(_))) {
            hold.rest().await;
        }
        report::settle(shared, hold, request, end).await
    };
    tokio::select! {
        biased;
        ended = settled => ended,
        () = shared.stop.abandoned() => {
            if hold.lingers() {
                shared.lingers.store(true, Ordering::Relaxed);
            }
            Ended::Abandoned { why: "the store did not take it back in time".into() }
        }
    }
}

/// The handler, with an eye on the clock.
async fn watched(shared: &Shared, hold: &Hold, request: &Request) -> End {
    tokio::select! {
        biased;
        end = guarded(handle(shared, hold, request.clone())) => {
            end.unwrap_or_else(|panic| { shared.counters.panicked(); End::Failed(panic) })
        }
        why = pulse(hold) => End::Interrupted(why),
    }
}

/// Finds the handler and lets it work.
pub(crate) async fn handle(shared: &Shared, hold: &Hold, request: Request) -> End {
    let answer = match shared.routes.find(&hold.worker_type, &hold.ready) {
        Ok(service) => service.oneshot(request).await.map_err(Error::from_layers),
        Err(nobody) => Err(nobody),
    };
    answer.map_or_else(End::Failed, End::Done)
}

/// Turns a panic into an error with its text.
pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.map_err(|panic| Error::retry(format!("panicked: {}", text(&*panic))))
}

pub(crate) fn text(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}

/// Reports progress, and ends when the task has gone without for its timeout.
async fn pulse(hold: &Hold) -> Interruption {
    let mut progress = hold.progress.subscribe();
    loop {
        tokio::select! {
            () = sleep_until(hold.deadline()) => {
                return Interruption::TimedOut(timeout(&hold.ready));
            }
            // The sender is part of the hold.
            _ = progress.changed() => {}
        }
        let now = Instant::now();
        let value = *progress.borrow_and_update();
        // The call is dropped when the time is over meanwhile.
        tokio::select! {
            () = sleep_until(hold.deadline()) => continue,
            answer = hold.link.call(hold.db.progress(hold.claim(), value)) => match answer {
                Ok(true) => hold.progressed(now),
                Err(TaskDbErr::ClaimLost { reason, .. }) => return Interruption::Lost(reason),
                // A report that did not get through is made good by the next.
                _ => {}
            }
        }
        sleep_until(hold.deadline().min(now + GAP)).await;
    }
}
