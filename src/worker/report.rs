//! Tells the store how an attempt ended, and again until it has taken it.

use std::time::Duration;

use serde_json::Value;
use taskdb_core::TaskDbErr;
use tracing::{Instrument, Span};

use super::attempt::End;
use super::error::Verdict;
use super::hold::{Hold, lock};
use super::outcome::Interruption;
use super::shared::Shared;
use super::{Ended, Error, Request};

pub(crate) async fn settle(shared: &Shared, hold: &Hold, request: &Request, end: End) -> Ended {
    let told = match end {
        End::Done(output) => match done(hold, &output).await {
            Ok(()) => Ok(Ended::Done),
            Err(why) => refused(shared, hold, request, why).await,
        },
        End::Failed(error) => failed(shared, hold, request, error).await,
        End::Interrupted(Interruption::Lost(reason)) => Ok(Ended::Lost { reason }),
        End::Interrupted(timeout @ Interruption::TimedOut(_)) => {
            failed(shared, hold, request, Error::retry(timeout.to_string())).await
        }
        End::Interrupted(why) => release(hold, why.to_string()).await,
    };
    told.unwrap_or_else(|error| match error {
        TaskDbErr::ClaimLost { reason, .. } => Ended::Lost { reason },
        error => {
            tracing::warn!(%error, "the end of an attempt was not taken; its claim will expire");
            Ended::Abandoned { why: error.to_string() }
        }
    })
}

type Told = Result<Ended, TaskDbErr>;

async fn done(hold: &Hold, output: &Value) -> Result<(), TaskDbErr> {
    let (db, claim) = (&hold.db, hold.claim());
    let children = std::mem::take(&mut *hold.children());
    if children.is_empty() {
        return hold.link.insist(|| db.complete(claim, output)).await.map(drop);
    }
    // The handler has ended, but it is its span that these come from.
    let span = std::mem::replace(&mut *lock(&hold.asked_in), Span::none());
    let call = || db.complete_with_children(claim, output, children.clone());
    hold.link.insist(call).instrument(span).await.map(drop)
}

/// What a result that the store does not take makes of the attempt.
async fn refused(shared: &Shared, hold: &Hold, request: &Request, why: TaskDbErr) -> Told {
    match why.root() {
        TaskDbErr::ClaimLost { .. } => Err(why),
        TaskDbErr::JobFinished { .. } => release(hold, why.to_string()).await,
        _ => {
            let error = Error::retry(format!("the result is refused: {why}"));
            failed(shared, hold, request, error).await
        }
    }
}

async fn failed(shared: &Shared, hold: &Hold, request: &Request, error: Error) -> Told {
    let text = error.to_string();
    let (db, claim) = (&hold.db, hold.claim());
    let pause = match error.verdict {
        Verdict::Stop => {
            shared.stop.fail(text.clone());
            return release(hold, text).await;
        }
        Verdict::Retry(pause) if hold.ready.retries < hold.ready.max_retries => match pause {
            Some(pause) => pause,
            None => ruled(hold).await?.unwrap_or_else(|| shared.retry.pause(request)),
        },
        Verdict::Retry(_) | Verdict::Fail => {
            hold.link.insist(|| db.fail(claim, &text)).await?;
            return Ok(Ended::Failed { error: text });
        }
    };
    if hold.link.insist(|| db.retry(claim, pause)).await? {
        return Ok(Ended::Retried { error: text, pause });
    }
    // The retries cannot have been used up, so the job has stopped meanwhile.
    Ok(Ended::Released { why: format!("the job has stopped: {text}") })
}

/// How long the next attempt waits by the rules of the task, where it has one for that. They
/// are looked up when they are needed, which is seldom.
async fn ruled(hold: &Hold) -> Result<Option<Duration>, TaskDbErr> {
    let look = || hold.db.get_task(&hold.ready.job_id, &hold.ready.task_id);
    let task = match hold.link.insist(look).await {
        Ok(task) => task,
        // The claim is lost as well, which whoever reports is told.
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let backoff = task.rules.backoff;
    Ok((!backoff.is_none()).then(|| backoff.delay(task.age, hold.ready.retries)))
}

async fn release(hold: &Hold, why: String) -> Told {
    hold.link.insist(|| hold.db.release(hold.claim())).await?;
    Ok(Ended::Released { why })
}
