//! Small builders and assertions that the cases share.

use std::time::Duration;

pub(super) use serde_json::{Value, json};
pub(super) use taskdb_core::{
    Claim, ClaimLostReason, Clock, Entity, Event, EventFilter, EventsFrom, JobState, NewJob,
    NewTask, Priority, ReadyTask, RunIf, TaskDb, TaskDbErr, TaskInfo, TaskState,
};
pub(super) use uuid::Uuid;

pub(super) use crate::suite::{World, cases};

/// The user of everything that needs none in particular.
pub(super) const USER: &str = "user";

/// Asserts the variant of an error: `expect_err!(call, TaskDbErr::NotFound { .. })`.
macro_rules! expect_err {
    ($call:expr, $pattern:pat $(if $guard:expr)?) => {
        match $call {
            Err($pattern) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern $(if $guard)?)),
        }
    };
}
pub(super) use expect_err;

/// Asserts that a claim is lost for this reason: `lost!(call, Requeued)`.
macro_rules! lost {
    ($call:expr, $reason:ident) => {
        match $call {
            Err(TaskDbErr::ClaimLost { reason: ClaimLostReason::$reason, .. }) => {}
            other => panic!("expected ClaimLost {}, got {other:?}", stringify!($reason)),
        }
    };
}
pub(super) use lost;

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A task with three retries and a minute for each attempt.
pub(super) fn task(name: &str, stream: Uuid) -> NewTask {
    NewTask::new(name, stream, json!({ "task": name })).retries(3).timeout_secs(60)
}

/// A job as [`World::job`] makes it, for changes.
pub(super) fn new_job(stream: Uuid) -> NewJob {
    NewJob::new(USER, stream, json!({ "n": 1 })).retries(3).timeout_secs(60)
}

/// How long an event may take to show.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

impl World {
    /// What the log tells, once it tells of so many events.
    pub(super) async fn happened(&self, filter: EventFilter, count: usize) -> Vec<Event> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let page = self.other.list_events(EventsFrom::Start, filter.clone(), 1_000).await;
            let page = page.unwrap();
            if (page.events.len() >= count && !page.more) || deadline.elapsed() > Duration::ZERO {
                return page.events;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The names of tasks, in their order.
pub(super) fn names(tasks: &[ReadyTask]) -> Vec<&str> {
    tasks.iter().map(|task| task.task_id.as_str()).collect()
}

/// How often a race is run: `TASKDB_RACE_ROUNDS`, 50 unless set.
pub(super) fn rounds() -> usize {
    std::env::var("TASKDB_RACE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(50)
}

impl World {
    /// A stream for `cpu` without a reservation.
    pub(super) async fn stream(&self) -> Uuid {
        self.lane("cpu", 0, 1.0, USER).await
    }

    pub(super) async fn lane(&self, worker: &str, reserved: i32, be_mult: f32, user: &str) -> Uuid {
        self.db.create_stream(worker, reserved, be_mult, user).await.unwrap()
    }

    pub(super) async fn job(&self, stream: Uuid) -> Uuid {
        self.db.create_job_with(new_job(stream)).await.unwrap()
    }

    /// A job of this class whose definition is its name.
    pub(super) async fn job_of(&self, stream: Uuid, priority: Priority) -> Uuid {
        self.db.create_job_with(new_job(stream).priority(priority)).await.unwrap()
    }

    /// A new stream and a job in it.
    pub(super) async fn fresh(&self) -> (Uuid, Uuid) {
        let stream = self.stream().await;
        (stream, self.job(stream).await)
    }

    /// A new stream, a job in it, and the claim on its `init`.
    pub(super) async fn started(&self) -> (Uuid, Uuid, ReadyTask) {
        let (stream, job) = self.fresh().await;
        (stream, job, self.take("init").await)
    }

    /// A job in a new stream with these tasks, whose `init` is done.
    pub(super) async fn graph(&self, tasks: impl FnOnce(Uuid) -> Vec<NewTask>) -> (Uuid, Uuid) {
        let (stream, job) = self.fresh().await;
        self.db.create_tasks(&job, tasks(stream)).await.unwrap();
        assert!(self.db.update_task_done(&job, "init", json!("planned")).await.unwrap());
        (stream, job)
    }

    pub(super) async fn add(&self, job: &Uuid, task: NewTask) {
        self.db.create_task_with(job, task).await.unwrap();
    }

    /// Claims the next `cpu` task.
    pub(super) async fn claim(&self) -> ReadyTask {
        self.db.request_work("cpu").await.unwrap().expect("a task is ready")
    }

    /// Claims the next `cpu` task, which must have this name.
    pub(super) async fn take(&self, name: &str) -> ReadyTask {
        let task = self.claim().await;
        assert_eq!(task.task_id, name, "the wrong task came");
        task
    }

    /// Asserts that no `cpu` task can be claimed.
    pub(super) async fn idle(&self) {
        let work = self.db.request_work("cpu").await.unwrap();
        assert!(work.is_none(), "expected nothing, got {work:?}");
    }

    /// Completes a claimed task.
    pub(super) async fn finish(&self, task: &ReadyTask) {
        assert!(self.db.complete(&task.claim, &json!({ "of": task.task_id })).await.unwrap());
    }

    /// Claims tasks of these names in this order and completes each.
    pub(super) async fn run(&self, names: &[&str]) {
        for name in names {
            let task = self.take(name).await;
            self.finish(&task).await;
        }
    }

    /// Fails the job through a claimed task.
    pub(super) async fn fail(&self, task: &ReadyTask, error: &str) {
        assert!(self.db.fail(&task.claim, error).await.unwrap());
    }

    pub(super) async fn info(&self, job: &Uuid, name: &str) -> TaskInfo {
        self.db.get_task(job, name).await.unwrap()
    }

    pub(super) async fn state(&self, job: &Uuid, name: &str) -> TaskState {
        self.info(job, name).await.state
    }

    /// Asserts the states of several tasks of a job.
    pub(super) async fn states(&self, job: &Uuid, expected: &[(&str, TaskState)]) {
        for (name, state) in expected {
            assert_eq!(self.state(job, name).await, *state, "of `{name}`");
        }
    }

    pub(super) async fn job_state(&self, job: &Uuid) -> JobState {
        self.db.get_job(job).await.unwrap().state
    }

    /// How many tasks of a stream are running.
    pub(super) async fn running(&self, stream: &Uuid) -> u64 {
        self.db.stream_info(stream).await.unwrap().running
    }
}
