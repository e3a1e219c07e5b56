//! A worker of commands: runs one attempt, keeps its claim alive, reports the outcome.

use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;
use taskdb::{Claim, ReadyTask, TaskDb, TaskDbErr};

use super::attempt::{self, Failure};
use super::pool::LEASE;
use super::shared::{Shared, insist};
use crate::plan::Step;
use crate::report::{Event, Seconds};

/// Handles one claimed task; an error is the engine's, not that of a task.
pub(super) async fn handle(shared: &Shared, db: &TaskDb, ready: ReadyTask) -> anyhow::Result<()> {
    let step = serde_json::from_value(ready.task_def.clone()).context("unknown step")?;
    let Step::Run { task, inputs, item } = step else { bail!("not a command") };
    let of = attempt::attempt(&ready);
    shared.report.tell(&Event::Start { of });
    let start = Instant::now();
    let outcome = tokio::select! {
        biased;
        () = shared.stopped() => {
            shared.report.tell(&Event::Stop { of });
            return Ok(());
        }
        () = lost(db, &ready.claim) => {
            shared.report.tell(&Event::Stop { of });
            return Ok(());
        }
        outcome = attempt::run(shared, &ready, &task, &inputs, item.as_deref()) => outcome?,
    };
    let settled = match outcome {
        Ok(output) => done(shared, db, &ready, &task, output, start).await,
        Err(failure) => failed(shared, db, &ready, &task, failure).await,
    };
    match settled {
        // Whoever has the claim now decides.
        Err(TaskDbErr::ClaimLost { .. }) => {
            shared.report.tell(&Event::Stop { of });
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
    task: &str,
    output: String,
    start: Instant,
) -> Result<(), TaskDbErr> {
    let output = Value::String(output);
    match insist(|| db.complete(&ready.claim, &output)).await {
        Ok(_) => {
            let (of, seconds) = (attempt::attempt(ready), Seconds(start.elapsed()));
            shared.report.tell(&Event::Done { of, seconds });
            Ok(())
        }
        Err(error) if matches!(error.root(), TaskDbErr::TooLarge { .. }) => {
            let failure = Failure::new(error.root().to_string());
            failed(shared, db, ready, task, failure).await
        }
        Err(error) => Err(error),
    }
}

async fn failed(
    shared: &Shared,
    db: &TaskDb,
    ready: &ReadyTask,
    task: &str,
    failure: Failure,
) -> Result<(), TaskDbErr> {
    let of = attempt::attempt(ready);
    let (reason, stderr) = (failure.reason.as_str(), failure.stderr.as_str());
    if ready.retries < ready.max_retries {
        // The id of a claim is random.
        let random = f64::from(ready.claim.id.as_fields().0) / f64::from(u32::MAX);
        let pause = shared.graph.task(task).backoff.pause(ready.retries, random);
        insist(|| db.retry(&ready.claim, pause)).await?;
        shared.report.tell(&Event::Retry { of, reason, stderr, delay: Seconds(pause) });
        return Ok(());
    }
    let attempts = ready.max_retries.saturating_add(1);
    let (name, number) = (of.task, of.attempt);
    let text = format!("task `{name}` failed on attempt {number} of {attempts}: {failure}");
    insist(|| db.fail(&ready.claim, &text)).await?;
    shared.report.tell(&Event::Fail { of, reason, stderr });
    shared.fail(Ok(text));
    Ok(())
}
