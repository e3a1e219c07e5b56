//! Keeps all claims of a worker alive, in one call for all of them, and finds out which are lost.

use std::sync::Arc;
use std::time::Duration;

use taskdb_core::{Claim, TaskDbErr};
use tokio::time::{Instant, sleep_until};

use super::hold::Hold;
use super::outcome::Interruption;
use super::shared::Shared;

/// The most that one call renews.
const BATCH: usize = 1_000;

/// However often claims are taken away, not more often.
const PAUSE: Duration = Duration::from_millis(100);

/// Renews for as long as it runs, three times a lease, so that one call may be lost, and
/// whenever the store hints that claims were taken away.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut hints = shared.db.claim_hints();
    loop {
        let last = Instant::now();
        tokio::select! {
            () = sleep_until(last + shared.lease / 3) => {}
            () = hints.next() => sleep_until(last + PAUSE.min(shared.lease / 3)).await,
        }
        for holds in shared.holds.all().chunks(BATCH) {
            renew(&shared, holds).await;
        }
    }
}

async fn renew(shared: &Shared, holds: &[Arc<Hold>]) {
    let claims: Vec<Claim> = holds.iter().map(|hold| hold.claim().clone()).collect();
    let call = shared.db.renew(&claims, Some(shared.lease));
    // An error may pass before the lease does; results are fenced in any case.
    let Ok(answers) = shared.link.call(call).await else { return };
    shared.counters.renewed(claims.len());
    for (hold, answer) in holds.iter().zip(answers) {
        match answer {
            Ok(renewal) if renewal.job.is_stopped() => {
                hold.interrupt(Interruption::JobStopped(renewal.job));
            }
            Err(TaskDbErr::ClaimLost { reason, .. }) => hold.interrupt(Interruption::Lost(reason)),
            _ => {}
        }
    }
}
