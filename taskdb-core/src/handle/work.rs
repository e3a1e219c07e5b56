//! The calls of workers: take a task, report on it, keep the claim alive.
//!
//! Each change has two forms. The one by job and task applies to whoever holds
//! the task; the one by [`Claim`] only while that claim holds, and is what
//! workers should use.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::{TaskDb, new_claim_id, only, spec};
use crate::claim::{Claim, ReadyTask, Renewal};
use crate::error::{Result, TaskDbErr};
use crate::json::CanonicalJson;
use crate::request::{
    ClaimedTask, Completion, Failure, ReleaseClaims, ReleaseWorker, RenewClaims, RequestWork,
    RequeueTasks, Target, UpdateTaskDone, UpdateTaskFailed, UpdateTaskProgress, UpdateTaskRetry,
};
use crate::task::{NewTask, Prerequisite};
use crate::wake::ClaimHints;

/// The most bytes of inputs that come with a claim, so that it is soon over; more has a call
/// of its own.
const INPUTS: u64 = 1 << 20;

impl TaskDb {
    /// Claims the task that is next for this worker type, if one is ready. The
    /// claim lasts for the task's timeout, counted anew by each progress.
    ///
    /// # Errors
    ///
    /// `Closed` unless the gate is open.
    pub async fn request_work(&self, worker_type: &str) -> Result<Option<ReadyTask>> {
        Ok(self.request_work_batch(worker_type, 1, None).await?.pop())
    }

    /// As [`request_work`](Self::request_work) with a claim id of the caller's, so that
    /// repeating the call returns the same claim, and with a lease: the claim ends
    /// that long after its last renewal.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn request_work_as(
        &self,
        worker_type: &str,
        claim_id: Uuid,
        lease: Option<Duration>,
    ) -> Result<Option<ReadyTask>> {
        let request = self.asking(worker_type, vec![claim_id], lease);
        let work = self.store.request_work(RequestWork { may_repeat: true, ..request }).await?;
        work.tasks.into_iter().next().map(ready).transpose()
    }

    /// As [`request_work`](Self::request_work) with a lease, together with what has become of the
    /// prerequisites of the task, as [`get_prerequisites`](Self::get_prerequisites) tells it:
    /// what a task that combines others begins with. Both come in one answer of the store, unless
    /// outputs and errors are larger than a MiB, with a KiB counted for each prerequisite: these
    /// are fetched by a call of their own, and when that fails, the claim goes back.
    ///
    /// # Errors
    ///
    /// As both.
    pub async fn request_work_with_inputs(
        &self,
        worker_type: &str,
        lease: Option<Duration>,
    ) -> Result<Option<(ReadyTask, Vec<Prerequisite>)>> {
        let most = INPUTS.min(self.limits.batch_bytes as u64);
        let request = self.asking(worker_type, vec![new_claim_id()], lease);
        let request = RequestWork { inputs: Some(most), ..request };
        let Some(mut task) = self.store.request_work(request).await?.tasks.pop() else {
            return Ok(None);
        };
        let inputs = task.inputs.take();
        let task = ready(task)?;
        if let Some(inputs) = inputs {
            return Ok(Some((task, inputs)));
        }
        match self.get_prerequisites(&task.job_id, &task.task_id).await {
            Ok(inputs) => Ok(Some((task, inputs))),
            Err(error) => {
                // Where even this fails, the claim ends at its deadline.
                let _ = self.release(&task.claim).await;
                Err(error)
            }
        }
    }

    /// Claims up to `max` tasks, as so many single claims in sequence; may return fewer.
    ///
    /// # Errors
    ///
    /// As [`request_work`](Self::request_work), `TooLarge` above 1 000.
    pub async fn request_work_batch(
        &self,
        worker_type: &str,
        max: usize,
        lease: Option<Duration>,
    ) -> Result<Vec<ReadyTask>> {
        let claim_ids = std::iter::repeat_with(new_claim_id).take(max.min(1_001)).collect();
        let request = self.asking(worker_type, claim_ids, lease);
        let work = self.store.request_work(request).await?;
        work.tasks.into_iter().map(ready).collect()
    }

    /// Claims the next task as soon as there is one; `None` after `timeout_secs`.
    ///
    /// # Errors
    ///
    /// As [`request_work`](Self::request_work).
    pub async fn request_work_wait(
        &self,
        worker_type: &str,
        timeout_secs: u64,
    ) -> Result<Option<ReadyTask>> {
        let timeout = Duration::from_secs(timeout_secs);
        Ok(self.request_work_batch_wait(worker_type, 1, None, timeout).await?.pop())
    }

    /// Claims up to `max` tasks as soon as there is one; none after `timeout`.
    ///
    /// # Errors
    ///
    /// As [`request_work`](Self::request_work).
    pub async fn request_work_batch_wait(
        &self,
        worker_type: &str,
        max: usize,
        lease: Option<Duration>,
        timeout: Duration,
    ) -> Result<Vec<ReadyTask>> {
        let never = std::future::pending();
        self.request_work_batch_until(worker_type, max, lease, timeout, never).await
    }

    /// Hears from now on when claims may have been taken away, in this process or another: by a
    /// cancel, a delete, or the failure of a job. A hint may come for nothing and may be lost;
    /// [`renew`](Self::renew) tells how it is. So a cancel reaches a worker at once, and
    /// not only with the next renewal.
    pub fn claim_hints(&self) -> ClaimHints {
        self.store.wake_hub().claim_hints()
    }

    /// As [`request_work_batch_wait`](Self::request_work_batch_wait), and waits no longer
    /// once `stop` has ended. Unlike dropping the call, that loses no claim: an answer that
    /// is under way is waited for and returned.
    ///
    /// # Errors
    ///
    /// As [`request_work`](Self::request_work).
    #[expect(clippy::manual_async_fn, reason = "no `async fn`: a future has no blocking form")]
    pub fn request_work_batch_until<'a>(
        &'a self,
        worker_type: &'a str,
        max: usize,
        lease: Option<Duration>,
        timeout: Duration,
        stop: impl Future<Output = ()> + Send + 'a,
    ) -> impl Future<Output = Result<Vec<ReadyTask>>> + Send + 'a {
        async move {
            let now = Instant::now();
            let end = now.checked_add(timeout).unwrap_or(now + Duration::from_secs(1 << 32));
            let mut stop = std::pin::pin!(stop);
            let hub = self.store.wake_hub();
            let waiter = hub.join(worker_type);
            loop {
                let listening = waiter.listen();
                listening.asking();
                let claim_ids = std::iter::repeat_with(new_claim_id).take(max.min(1_001)).collect();
                let request = self.asking(worker_type, claim_ids, lease);
                let work = self.store.request_work(request).await?;
                if !work.tasks.is_empty() {
                    // There may be more than the hints said, so the next one looks too.
                    hub.notify(worker_type, 1);
                    return work.tasks.into_iter().map(ready).collect();
                }
                if Instant::now() >= end || max == 0 {
                    return Ok(Vec::new());
                }
                let due = work.next_start.map_or(end, |wait| Instant::now() + wait);
                tokio::select! {
                    biased;
                    () = &mut stop => return Ok(Vec::new()),
                    () = listening.wait(due.min(end)) => {}
                }
            }
        }
    }

    /// A request of this worker, with ids that were made for it.
    fn asking(
        &self,
        worker_type: &str,
        claim_ids: Vec<Uuid>,
        lease: Option<Duration>,
    ) -> RequestWork {
        let worker_type = worker_type.to_owned();
        let worker_id = self.worker_id.to_string();
        RequestWork { worker_type, worker_id, claim_ids, may_repeat: false, lease, inputs: None }
    }

    /// Stores the output of a ready or running task, whoever holds it; `false` in
    /// any other state.
    ///
    /// # Errors
    ///
    /// `TooLarge` for the output.
    pub async fn update_task_done(
        &self,
        job_id: &Uuid,
        task_id: &str,
        output: Value,
    ) -> Result<bool> {
        self.finish(by_name(job_id, task_id), &output, Vec::new()).await
    }

    /// Stores the output of a claimed task.
    ///
    /// # Errors
    ///
    /// `ClaimLost`, `TooLarge`.
    pub async fn complete(&self, claim: &Claim, output: &Value) -> Result<bool> {
        self.finish(Target::Claim(claim.clone()), output, Vec::new()).await
    }

    /// Stores the output of a claimed task and creates tasks in the same step; a
    /// child may name the task itself as prerequisite.
    ///
    /// # Errors
    ///
    /// `ClaimLost`, those of [`create_tasks`](Self::create_tasks), `JobFinished` when
    /// the job has failed: then nothing has changed.
    pub async fn complete_with_children(
        &self,
        claim: &Claim,
        output: &Value,
        children: impl IntoIterator<Item = NewTask>,
    ) -> Result<bool> {
        let children = children.into_iter().map(spec).collect();
        self.finish(Target::Claim(claim.clone()), output, children).await
    }

    async fn finish(
        &self,
        target: Target,
        output: &Value,
        children: Vec<crate::request::TaskSpec>,
    ) -> Result<bool> {
        let entry = Completion { target, output: CanonicalJson::new(output), children };
        let has_children = !entry.children.is_empty();
        let reply = self.store.update_task_done(UpdateTaskDone { entries: vec![entry] }).await;
        if !has_children {
            return only(reply);
        }
        // The index of the child is worth keeping; that of the only entry is not.
        let unwrap = |error| match error {
            TaskDbErr::Batch { source, .. } if matches!(*source, TaskDbErr::Batch { .. }) => {
                *source
            }
            other => other,
        };
        reply.map_err(unwrap)?.pop().unwrap_or(Ok(false))
    }

    /// Stores many outputs in one call, in order, each with its own answer.
    ///
    /// # Errors
    ///
    /// `TooLarge` for the batch; what concerns one entry is in its answer.
    pub async fn complete_batch(
        &self,
        outputs: impl IntoIterator<Item = (Claim, Value)>,
    ) -> Result<Vec<Result<bool>>> {
        let entries = outputs.into_iter().map(|(claim, output)| Completion {
            target: Target::Claim(claim),
            output: CanonicalJson::new(&output),
            children: Vec::new(),
        });
        self.store.update_task_done(UpdateTaskDone { entries: entries.collect() }).await
    }

    /// Fails a pending, ready or running task, whoever holds it; `false` in any
    /// other state. Unless it is optional, the job fails with this error.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn update_task_failed(
        &self,
        job_id: &Uuid,
        task_id: &str,
        error: &str,
    ) -> Result<bool> {
        self.fail_target(by_name(job_id, task_id), error).await
    }

    /// Fails a claimed task.
    ///
    /// # Errors
    ///
    /// `ClaimLost`.
    pub async fn fail(&self, claim: &Claim, error: &str) -> Result<bool> {
        self.fail_target(Target::Claim(claim.clone()), error).await
    }

    async fn fail_target(&self, target: Target, error: &str) -> Result<bool> {
        let entries = vec![Failure { target, error: error.to_owned() }];
        only(self.store.update_task_failed(UpdateTaskFailed { entries }).await)
    }

    /// Fails many claimed tasks in one call, in order, each with its own answer.
    ///
    /// # Errors
    ///
    /// `TooLarge` for the batch; what concerns one entry is in its answer.
    pub async fn fail_batch(
        &self,
        failures: impl IntoIterator<Item = (Claim, String)>,
    ) -> Result<Vec<Result<bool>>> {
        let entries = failures
            .into_iter()
            .map(|(claim, error)| Failure { target: Target::Claim(claim), error });
        self.store.update_task_failed(UpdateTaskFailed { entries: entries.collect() }).await
    }

    /// Raises the progress of a ready or running task, from 0 to 1; a lower value is
    /// `true` and changes nothing. On a running task it starts the timeout anew.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for NaN.
    pub async fn update_task_progress(
        &self,
        job_id: &Uuid,
        task_id: &str,
        progress: f32,
    ) -> Result<bool> {
        let target = by_name(job_id, task_id);
        self.store.update_task_progress(UpdateTaskProgress { target, progress }).await
    }

    /// Raises the progress of a claimed task.
    ///
    /// # Errors
    ///
    /// `ClaimLost`, `InvalidArgument` for NaN.
    pub async fn progress(&self, claim: &Claim, progress: f32) -> Result<bool> {
        let target = Target::Claim(claim.clone());
        self.store.update_task_progress(UpdateTaskProgress { target, progress }).await
    }

    /// Ends the attempt at a running task: it is ready again with one retry more, at once or
    /// when its rules say, or fails with `retry max hit`, which is `false`; so is any other state.
    ///
    /// # Errors
    ///
    /// Only those of the store. Not safe to repeat after `Unknown`.
    pub async fn update_task_retry(&self, job_id: &Uuid, task_id: &str) -> Result<bool> {
        let target = by_name(job_id, task_id);
        self.store.update_task_retry(UpdateTaskRetry { target, delay: None }).await
    }

    /// Ends the attempt at a claimed task; the next one waits as the rules of the task say.
    ///
    /// # Errors
    ///
    /// `ClaimLost`.
    pub async fn give_up(&self, claim: &Claim) -> Result<bool> {
        let target = Target::Claim(claim.clone());
        self.store.update_task_retry(UpdateTaskRetry { target, delay: None }).await
    }

    /// Ends the attempt at a claimed task; the next one waits for `delay`, whatever the
    /// rules of the task say.
    ///
    /// # Errors
    ///
    /// `ClaimLost`.
    pub async fn retry(&self, claim: &Claim, delay: Duration) -> Result<bool> {
        let target = Target::Claim(claim.clone());
        self.store.update_task_retry(UpdateTaskRetry { target, delay: Some(delay) }).await
    }

    /// Keeps claims alive for another `lease` (as before when `None`); answers with
    /// the new deadlines and where the jobs stand.
    ///
    /// # Errors
    ///
    /// Each answer may be `ClaimLost`: stop that work.
    pub async fn renew(
        &self,
        claims: &[Claim],
        lease: Option<Duration>,
    ) -> Result<Vec<Result<Renewal>>> {
        self.store.renew_claims(RenewClaims { claims: claims.to_vec(), lease }).await
    }

    /// Puts a claimed task back at its old place, retries unchanged.
    ///
    /// # Errors
    ///
    /// `ClaimLost`.
    pub async fn release(&self, claim: &Claim) -> Result<bool> {
        only(self.store.release_claims(ReleaseClaims { claims: vec![claim.clone()] }).await)
    }

    /// Puts back every task of a worker; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn release_worker(&self, worker_id: &str) -> Result<usize> {
        let request = ReleaseWorker { worker_id: worker_id.to_owned() };
        Ok(usize::try_from(self.store.release_worker(request).await?).unwrap_or(usize::MAX))
    }

    /// Takes up to `limit` expired claims away, earliest first, and retries their
    /// tasks; returns how many it took, those that thereby failed included.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a negative limit. Not safe to repeat after `Unknown`.
    pub async fn requeue_tasks(&self, limit: i64) -> Result<usize> {
        let limit = u64::try_from(limit)
            .map_err(|_| TaskDbErr::invalid("limit", format!("is {limit}; use 0 or more")))?;
        let taken = self.store.requeue_tasks(RequeueTasks { limit }).await?;
        Ok(usize::try_from(taken).unwrap_or(usize::MAX))
    }
}

fn by_name(job_id: &Uuid, task_id: &str) -> Target {
    Target::Task { job_id: *job_id, task_id: task_id.to_owned() }
}

/// A stored definition is JSON unless the store is damaged.
fn ready(task: ClaimedTask) -> Result<ReadyTask> {
    let task_def = task.definition.to_value().map_err(|source| {
        let claim = &task.claim;
        let what = format!("definition of task `{}` of job {}", claim.task_id, claim.job_id);
        TaskDbErr::Corrupt(crate::error::Failure::new(what).caused_by(source))
    })?;
    Ok(ReadyTask {
        job_id: task.claim.job_id,
        task_id: task.claim.task_id.clone(),
        task_def,
        prereqs: task.prerequisites.into(),
        max_retries: task.max_retries,
        retries: task.retries,
        timeout_secs: task.timeout_secs,
        priority: task.priority,
        stream_id: task.stream_id,
        deadline: task.deadline,
        claim: task.claim,
    })
}
