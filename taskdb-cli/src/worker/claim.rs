//! Keeps a claim alive while its program runs, and notices when it is over.

use std::slice;
use std::time::Duration;

use taskdb::{Claim, ReadyTask, TaskDb, TaskDbErr};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::attempt::{End, Failure};

/// The least time between two reports of progress; what comes between is not sent.
const GAP: Duration = Duration::from_millis(100);

/// Renews a claim until there is a reason to stop.
pub(super) async fn hold(db: &TaskDb, claim: &Claim, lease: Duration) -> End {
    loop {
        match renewed(db, claim, lease).await {
            Ok(Some(Ok(renewal))) if renewal.job.is_stopped() => {
                return End::GivenBack(format!("the job is {}", renewal.job.name()));
            }
            Ok(Some(Err(lost @ TaskDbErr::ClaimLost { .. }))) => return End::Lost(lost),
            // Other errors may pass before the lease does; the result is fenced anyway.
            _ => {}
        }
    }
}

/// Renews a claim for as long as it is asked to; whoever reports finds out the rest.
pub(super) async fn keep<T>(db: &TaskDb, claim: &Claim, lease: Duration) -> T {
    loop {
        let _ = renewed(db, claim, lease).await;
    }
}

async fn renewed(
    db: &TaskDb,
    claim: &Claim,
    lease: Duration,
) -> Result<Option<Result<taskdb::Renewal, TaskDbErr>>, TaskDbErr> {
    sleep(lease / 3).await;
    Ok(db.renew(slice::from_ref(claim), Some(lease)).await?.pop())
}

/// Reports progress, and ends when the task has gone without for its timeout.
pub(super) async fn pulse(
    db: &TaskDb,
    ready: &ReadyTask,
    mut progress: watch::Receiver<f32>,
) -> End {
    let timeout = Duration::from_secs(u64::try_from(ready.timeout_secs).unwrap_or(0));
    let mut deadline = Instant::now() + timeout;
    loop {
        let changed = tokio::select! {
            () = sleep_until(deadline) => {
                let text = format!("timed out after {} s; killed", timeout.as_secs());
                return End::Failed(Failure::new(text));
            }
            changed = progress.changed() => changed,
        };
        if changed.is_err() {
            // The program has ended, and what waits for it knows.
            return std::future::pending().await;
        }
        let now = Instant::now();
        let value = *progress.borrow_and_update();
        match db.progress(&ready.claim, value).await {
            Ok(true) => deadline = now + timeout,
            Err(lost @ TaskDbErr::ClaimLost { .. }) => return End::Lost(lost),
            // A report that did not get through is made good by the next.
            _ => {}
        }
        sleep_until(deadline.min(now + GAP)).await;
    }
}
