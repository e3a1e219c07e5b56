//! Runs a sequence on both stores and compares as it goes.

use std::time::Duration;

use taskdb_core::request::*;
use taskdb_core::{Claim, EventLevel, EventPolicy, JobFilter, JobInfo, ManualClock, TaskDb};
use uuid::Uuid;

use super::answer::Answer;
use super::compare;
use super::op::*;
use super::world::{self, ALIVE, STOPPED, World};

/// Two stores that should not differ, on one clock.
pub(super) struct Pair {
    pub(super) model: TaskDb,
    pub(super) subject: TaskDb,
    pub(super) clock: ManualClock,
    pub(super) world: World,
}

/// Why two stores are told apart.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// Compares two answers to one call.
pub(super) fn agree<A: Answer>(call: &str, expected: &A, actual: &A) -> Outcome {
    let suffices = actual.suffices_for(expected);
    let (expected, actual) = (expected.text(), actual.text());
    if expected == actual && suffices {
        return Ok(());
    }
    Err(format!("{call}\n  should answer {expected}\n  but answers   {actual}"))
}

/// Puts one request to both stores; the answer is the model's.
macro_rules! both {
    ($pair:expr, $verb:ident, $request:expr) => {{
        let request = $request;
        let call = format!("{request:?}");
        let expected = $pair.model.store().$verb(request.clone()).await;
        let actual = $pair.subject.store().$verb(request).await;
        $crate::property::run::agree(&call, &expected, &actual).map(|()| expected)
    }};
}
pub(super) use both;

impl Pair {
    /// Runs every call, then compares all there is.
    pub(super) async fn run(&mut self, ops: &[Op]) -> Outcome {
        self.simple(&Op::SetEvents(EventLevel::All)).await?;
        for (index, op) in ops.iter().enumerate() {
            self.step(op).await.map_err(|why| format!("call {index}, {op:?}:\n{why}"))?;
        }
        compare::everything(self).await.map_err(|why| format!("after all calls:\n{why}"))
    }

    async fn step(&mut self, op: &Op) -> Outcome {
        match op {
            Op::CreateStream(draft) => self.create_stream(draft).await,
            Op::UpdateStream { .. } | Op::DeleteStream { .. } => self.change_stream(op).await,
            Op::CreateJob(draft) => self.create_job(draft).await,
            Op::UpdateJob { .. } | Op::Purge { .. } => self.life(op).await,
            Op::CreateTasks { job, tasks } => self.create_tasks(*job, tasks).await,
            Op::Job(verb, job) => self.job(*verb, *job).await,
            Op::Task(verb, task) => self.task(*verb, *task).await,
            Op::RequestWork { worker_type, worker, claims, lease_secs, inputs } => {
                let worker_type = self.world.worker_type(&self.model, *worker_type).await;
                let worker_id = world::name(&world::WORKERS, *worker);
                let mut claim_ids = Vec::new();
                for again in claims {
                    claim_ids.push(self.claim_id(*again).await);
                }
                let lease = lease_secs.map(Duration::from_secs);
                self.request_work(RequestWork {
                    worker_type,
                    worker_id,
                    claim_ids,
                    may_repeat: true,
                    lease,
                    inputs: *inputs,
                })
                .await
            }
            Op::Done(entries) => self.done(entries).await,
            Op::Failed(entries) => self.failed(entries).await,
            Op::Progress { .. } | Op::Retry { .. } => self.report(op).await,
            Op::Renew { .. } | Op::Release { .. } | Op::ReleaseWorker { .. } => {
                self.claims(op).await
            }
            Op::Advance { millis } => {
                self.clock.advance(Duration::from_millis(*millis));
                Ok(())
            }
            Op::StepBack { millis } => {
                self.clock.step_back(Duration::from_millis(*millis));
                Ok(())
            }
            Op::Compare => compare::everything(self).await,
            other => self.simple(other).await,
        }
    }

    async fn create_stream(&mut self, draft: &StreamDraft) -> Outcome {
        let request = self.world.create_stream(draft);
        let made = both!(self, create_stream, request.clone())?;
        let known = self.world.streams.iter().any(|known| known.stream_id == request.stream_id);
        if made.is_ok_and(|id| id == request.stream_id) && !known {
            self.world.streams.push(request);
        }
        Ok(())
    }

    async fn change_stream(&self, op: &Op) -> Outcome {
        match op {
            Op::UpdateStream { stream, reserved, be_mult, paused } => {
                let stream_id = self.world.stream(*stream);
                let be_mult = be_mult.map(f64::from);
                let (reserved, paused) = (*reserved, *paused);
                both!(self, update_stream, UpdateStream { stream_id, reserved, be_mult, paused })
                    .map(drop)
            }
            Op::DeleteStream { stream } => {
                let stream_id = self.world.stream(*stream);
                both!(self, delete_stream, DeleteStream { stream_id }).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn create_job(&mut self, draft: &JobDraft) -> Outcome {
        let mut there = Vec::new();
        for job in &self.world.jobs {
            if self.model.get_job(&job.job_id).await.is_ok() {
                there.push(job.job_id);
            }
        }
        let now = taskdb_core::Clock::now(&self.clock);
        let request = self.world.create_job(draft, now, &there);
        let made = both!(self, create_job, request.clone())?;
        let known = self.world.jobs.iter().any(|known| known.job_id == request.job_id);
        if made.is_ok_and(|id| id == request.job_id) && !known {
            self.world.jobs.push(request);
        }
        Ok(())
    }

    async fn life(&mut self, op: &Op) -> Outcome {
        match op {
            Op::UpdateJob { job, priority, keep } => {
                let job_id = self.world.job(*job);
                let (priority, keep) = (*priority, *keep);
                let request = UpdateJob { job_id, priority, keep };
                both!(self, update_job, request).map(drop)
            }
            Op::Purge { state, older_secs, newest, limit } => {
                let older_than = older_secs.map(Duration::from_secs);
                let (state, keep_newest, limit) = (*state, *newest, *limit);
                let request = PurgeJobs { state, older_than, keep_newest, limit };
                both!(self, purge_jobs, request).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn create_tasks(&self, job: Pick, drafts: &[TaskDraft]) -> Outcome {
        let job_id = self.world.job_in(&self.model, job, &ALIVE).await;
        let there = world::tasks(&self.model, job_id).await;
        let tasks = self.world.specs(drafts, &there, &self.clock);
        both!(self, create_tasks, CreateTasks { job_id, tasks }).map(drop)
    }

    async fn job(&self, verb: JobVerb, job: Pick) -> Outcome {
        let job_id = match verb {
            JobVerb::Get => self.world.job(job),
            JobVerb::Cancel => self.world.job_in(&self.model, job, &ALIVE).await,
            JobVerb::Retry => self.world.job_in(&self.model, job, &STOPPED).await,
        };
        match verb {
            JobVerb::Get => both!(self, get_job, GetJob { job_id }).map(drop),
            JobVerb::Cancel => both!(self, cancel_job, CancelJob { job_id }).map(drop),
            JobVerb::Retry => both!(self, retry_job, RetryJob { job_id }).map(drop),
        }
    }

    async fn task(&self, verb: TaskVerb, pick: TaskPick) -> Outcome {
        let states = if matches!(verb, TaskVerb::Retry) { &STOPPED } else { &ALIVE };
        let (job_id, task_id) = self.world.task(&self.model, pick, states).await;
        match verb {
            TaskVerb::Get => both!(self, get_task, GetTask { job_id, task_id }).map(drop),
            TaskVerb::GetOutput => {
                both!(self, get_task_output, GetTaskOutput { job_id, task_id }).map(drop)
            }
            TaskVerb::GetPrerequisites => {
                both!(self, get_prerequisites, GetPrerequisites { job_id, task_id }).map(drop)
            }
            TaskVerb::Cancel => both!(self, cancel_task, CancelTask { job_id, task_id }).map(drop),
            TaskVerb::Retry => both!(self, retry_task, RetryTask { job_id, task_id }).map(drop),
        }
    }

    async fn claim_id(&mut self, again: Option<Pick>) -> Uuid {
        let Some(claim) = again else { return self.world.fresh() };
        self.world.claim(&self.model, ClaimPick { claim, forged: false }).await.id
    }

    async fn request_work(&mut self, request: RequestWork) -> Outcome {
        let work = both!(self, request_work, request)?.unwrap_or_default();
        for task in work.tasks {
            if !self.world.claims.contains(&task.claim) {
                self.world.claims.push(task.claim);
            }
        }
        Ok(())
    }

    async fn done(&self, drafts: &[Finish]) -> Outcome {
        let mut entries = Vec::new();
        for draft in drafts {
            let target = self.world.target(&self.model, draft.aim).await;
            let there = world::tasks(&self.model, *target.job_id()).await;
            let children = self.world.specs(&draft.children, &there, &self.clock);
            entries.push(Completion { target, output: world::output(draft.output), children });
        }
        both!(self, update_task_done, UpdateTaskDone { entries }).map(drop)
    }

    async fn failed(&self, drafts: &[(Aim, u8)]) -> Outcome {
        let mut entries = Vec::new();
        for (aim, error) in drafts {
            let target = self.world.target(&self.model, *aim).await;
            entries.push(Failure { target, error: format!("error {error}") });
        }
        both!(self, update_task_failed, UpdateTaskFailed { entries }).map(drop)
    }

    async fn report(&self, op: &Op) -> Outcome {
        match op {
            Op::Progress { aim, progress } => {
                let target = self.world.target(&self.model, *aim).await;
                let request = UpdateTaskProgress { target, progress: *progress };
                both!(self, update_task_progress, request).map(drop)
            }
            Op::Retry { aim, delay_secs } => {
                let target = self.world.target(&self.model, *aim).await;
                let delay = delay_secs.map(Duration::from_secs);
                both!(self, update_task_retry, UpdateTaskRetry { target, delay }).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn claims(&self, op: &Op) -> Outcome {
        match op {
            Op::Renew { claims, lease_secs } => {
                let claims = self.picked(claims).await;
                let lease = lease_secs.map(Duration::from_secs);
                both!(self, renew_claims, RenewClaims { claims, lease }).map(drop)
            }
            Op::Release { claims } => {
                let claims = self.picked(claims).await;
                both!(self, release_claims, ReleaseClaims { claims }).map(drop)
            }
            Op::ReleaseWorker { worker } => {
                let worker_id = world::name(&world::WORKERS, *worker);
                both!(self, release_worker, ReleaseWorker { worker_id }).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn picked(&self, picks: &[ClaimPick]) -> Vec<Claim> {
        let mut claims = Vec::new();
        for pick in picks {
            claims.push(self.world.claim(&self.model, *pick).await);
        }
        claims
    }

    /// Reads a list page by page, each store from where its own last page ended: their
    /// ages may differ.
    async fn list_jobs(&self, filter: JobFilter, limit: usize) -> Outcome {
        let (mut after, mut after_subject) = (None, None);
        loop {
            let request = |after| ListJobs { filter: filter.clone(), after, limit };
            let expected = self.model.store().list_jobs(request(after)).await;
            let actual = self.subject.store().list_jobs(request(after_subject)).await;
            agree(&format!("{:?}", request(after)), &expected, &actual)?;
            let last =
                |page: &taskdb_core::Result<Vec<JobInfo>>| Some(page.as_ref().ok()?.last()?.age);
            (after, after_subject) = (last(&expected), last(&actual));
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Calls whose picks need no more than a look at the lists.
    async fn simple(&self, op: &Op) -> Outcome {
        let keep = Duration::from_secs;
        match op {
            Op::DeleteJob { job, keep_secs } => {
                let (job_id, keep_output) = (self.world.job(*job), keep(*keep_secs));
                both!(self, delete_job, DeleteJob { job_id, keep_output }).map(drop)
            }
            Op::ClearCompleted { keep_secs } => {
                let keep_output = keep(*keep_secs);
                both!(self, clear_completed_jobs, ClearCompletedJobs { keep_output }).map(drop)
            }
            Op::Requeue { limit } => {
                both!(self, requeue_tasks, RequeueTasks { limit: *limit }).map(drop)
            }
            Op::Repair => both!(self, repair, Repair {}).map(drop),
            Op::SetEvents(level) => {
                let policy = EventPolicy { level: *level, ..EventPolicy::default() };
                both!(self, set_events, SetEvents { policy }).map(drop)
            }
            Op::SetGate(gate) => {
                both!(self, set_gate, SetGate { gate: *gate, mark: None }).map(drop)
            }
            Op::ListTasks { job, state, after, limit } => {
                let (job_id, state, after, limit) = (self.world.job(*job), *state, *after, *limit);
                both!(self, list_tasks, ListTasks { job_id, state, after, limit }).map(drop)
            }
            Op::ListJobs { user, state, label, limit } => {
                let user_id = user.map(|pick| world::name(&world::USERS, pick));
                let filter = JobFilter { user_id, state: *state, ..JobFilter::default() };
                let filter =
                    label.map(|n| filter.clone().label("n", n.to_string())).unwrap_or(filter);
                self.list_jobs(filter, *limit).await
            }
            Op::ListClaims { worker, limit } => {
                let worker_id = worker.map(|pick| world::name(&world::WORKERS, pick));
                let request = ListClaims { worker_id, limit: *limit, ..Default::default() };
                both!(self, list_claims, request).map(drop)
            }
            Op::ListStreams { user, worker_type, limit } => {
                let user_id = user.map(|pick| world::name(&world::USERS, pick));
                let worker_type = worker_type.map(|pick| world::name(&world::WORKER_TYPES, pick));
                let limit = *limit;
                let request = ListStreams { user_id, worker_type, limit, ..Default::default() };
                both!(self, list_streams, request).map(drop)
            }
            Op::GetConcurrentJobs { user } => {
                let user_id = world::name(&world::USERS, *user);
                both!(self, get_concurrent_jobs, GetConcurrentJobs { user_id }).map(drop)
            }
            _ => Ok(()),
        }
    }
}
