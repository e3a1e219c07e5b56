//! Tells the store how an attempt ended.

use std::time::Instant;

use serde_json::Value;
use taskdb::{ReadyTask, TaskDbErr};

use super::attempt::{self, End, Failure};
use super::children::{self, Child};
use super::patience::{self, insist};
use super::pool::Pool;

/// Reports; the error is a reason to stop the worker.
pub(super) async fn settle(
    pool: &Pool,
    ready: &ReadyTask,
    worker_type: &str,
    end: End,
    start: Instant,
) -> Result<(), String> {
    let end = match end {
        End::Done { output, children } => {
            match done(pool, ready, worker_type, output, children).await {
                Ok(()) => {
                    let took = start.elapsed().as_secs_f64();
                    pool.log.tell("done", ready, &format!(" in {took:.2} s"));
                    return Ok(());
                }
                Err(why) => refused(why),
            }
        }
        other => other,
    };
    let (told, fatal) = match end {
        End::Failed(failure) => (failed(pool, ready, failure).await, None),
        End::GivenBack(why) => (given_back(pool, ready, &why).await, None),
        End::Unusable(why) => (given_back(pool, ready, &why).await, Some(why)),
        End::Lost(why) => (Err(why), None),
        End::Done { .. } => (Ok(()), None),
    };
    match (told, fatal) {
        (Err(why @ TaskDbErr::ClaimLost { .. }), fatal) => {
            pool.log.warn("lost", ready, &why.to_string());
            fatal.map_or(Ok(()), Err)
        }
        (_, Some(why)) => Err(why),
        (Err(why), None) => Err(why.to_string()),
        (Ok(()), None) => Ok(()),
    }
}

async fn done(
    pool: &Pool,
    ready: &ReadyTask,
    worker_type: &str,
    output: Value,
    children: Vec<Child>,
) -> Result<(), TaskDbErr> {
    let db = &pool.db;
    if children.is_empty() {
        return insist(|| db.complete(&ready.claim, &output)).await.map(drop);
    }
    let tasks = children::new_tasks(db, ready, worker_type, children).await?;
    let call = || db.complete_with_children(&ready.claim, &output, tasks.clone());
    insist(call).await.map(drop)
}

/// What a result that the store does not take makes of the attempt.
fn refused(why: TaskDbErr) -> End {
    match why.root() {
        TaskDbErr::ClaimLost { .. } => End::Lost(why),
        TaskDbErr::JobFinished { .. } => End::GivenBack(why.to_string()),
        _ => End::Failed(Failure::new(format!("the result is refused: {why}"))),
    }
}

async fn failed(pool: &Pool, ready: &ReadyTask, failure: Failure) -> Result<(), TaskDbErr> {
    let db = &pool.db;
    if failure.retry && ready.retries < ready.max_retries {
        let delay = failure.after.unwrap_or_else(|| patience::delay(ready.retries));
        insist(|| db.retry(&ready.claim, delay)).await?;
        let delay = delay.as_secs_f64();
        pool.log.warn("retry", ready, &format!("in {delay:.2} s: {failure}"));
        return Ok(());
    }
    let attempts = ready.max_retries.saturating_add(1);
    pool.log.warn(
        "fail",
        ready,
        &format!("attempt {} of {attempts}: {failure}", attempt::number(ready)),
    );
    insist(|| db.fail(&ready.claim, &failure.text)).await.map(drop)
}

async fn given_back(pool: &Pool, ready: &ReadyTask, why: &str) -> Result<(), TaskDbErr> {
    insist(|| pool.db.release(&ready.claim)).await?;
    pool.log.warn("back", ready, why);
    Ok(())
}
