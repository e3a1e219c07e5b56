//! A worker of commands: runs one attempt, keeps its claim alive, reports the outcome.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use taskdb::{Claim, ReadyTask, TaskDb, TaskDbErr};

use super::attempt::{self, Failure};
use super::pool::LEASE;
use super::shared::{Shared, insist};
use crate::plan::Step;

/// The pause before the first retry; it doubles with each.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// The longest pause before a retry.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// Handles one claimed task; an error is the engine's, not that of a task.
pub(super) async fn handle(shared: &Shared, db: &TaskDb, ready: ReadyTask) -> anyhow::Result<()> {
    let step = serde_json::from_value(ready.task_def.clone()).context("unknown step")?;
    let Step::Run { task, inputs, item } = step else { bail!("not a command") };
    let name = ready.task_id.as_str();
    shared.report.started(name);
    let start = Instant::now();
    let outcome = tokio::select! {
        biased;
        () = shared.stopped() => {
            shared.report.stopped(name);
            // The store may be kept; nothing depends on this.
            let _ = db.release(&ready.claim).await;
            return Ok(());
        }
        () = lost(db, &ready.claim) => {
            shared.report.stopped(name);
            return Ok(());
        }
        outcome = attempt::run(shared, &ready, &task, &inputs, item.as_deref()) => outcome?,
    };
    let settled = match outcome {
        Ok(output) => done(shared, db, &ready, output, start).await,
        Err(failure) => failed(shared, db, &ready, failure).await,
    };
    match settled {
        // Whoever has the claim now decides.
        Err(TaskDbErr::ClaimLost { .. }) => {
            shared.report.stopped(name);
            Ok(())
        }
        other => Ok(other?),
    }
}

/// Renews a claim until it is lost.
async fn lost(db: &TaskDb, claim: &Claim) {
    loop {
        tokio::time::sleep(LEASE / 3).await;
        let renewed = db.renew(std::slice::from_ref(claim), Some(LEASE)).await;
        let answer = renewed.map(|mut answers| answers.pop());
        // Other errors may pass before the lease does.
        if let Ok(Some(Err(TaskDbErr::ClaimLost { .. }))) = answer {
            return;
        }
    }
}

async fn done(
    shared: &Shared,
    db: &TaskDb,
    ready: &ReadyTask,
    output: String,
    start: Instant,
) -> Result<(), TaskDbErr> {
    let output = Value::String(output);
    match insist(|| db.complete(&ready.claim, &output)).await {
        Ok(_) => {
            shared.report.done(&ready.task_id, start.elapsed());
            Ok(())
        }
        Err(error) if matches!(error.root(), TaskDbErr::TooLarge { .. }) => {
            let failure = Failure::new(error.root().to_string());
            failed(shared, db, ready, failure).await
        }
        Err(error) => Err(error),
    }
}

async fn failed(
    shared: &Shared,
    db: &TaskDb,
    ready: &ReadyTask,
    failure: Failure,
) -> Result<(), TaskDbErr> {
    let name = &ready.task_id;
    if ready.retries < ready.max_retries {
        let delay = delay(ready.retries);
        insist(|| db.retry(&ready.claim, delay)).await?;
        shared.report.retried(name, &failure.reason, delay);
        return Ok(());
    }
    let attempts = ready.max_retries.saturating_add(1);
    let number = attempt::attempt(ready);
    let text = format!("task `{name}` failed on attempt {number} of {attempts}: {failure}");
    insist(|| db.fail(&ready.claim, &text)).await?;
    shared.report.failed(name, &failure.reason);
    shared.fail(Ok(text));
    Ok(())
}

fn delay(retries: i32) -> Duration {
    let doublings = u32::try_from(retries).unwrap_or(0).min(16);
    LONGEST_DELAY.min(FIRST_DELAY * 2_u32.pow(doublings))
}
