//! What exists so far, and how picks become ids.

use std::time::Duration;

use taskdb_core::request::{CreateJob, CreateStream, ListStreams, ListTasks, Target, TaskSpec};
use taskdb_core::time::Start;
use taskdb_core::{
    CanonicalJson, Claim, Clock, IdempotencyKey, JobState, ManualClock, Priority, TaskDb, TaskInfo,
    Timestamp,
};
use uuid::Uuid;

use super::op::*;

/// Names that encodings of ids get wrong.
const NAMES: [&str; 10] =
    ["a", "b", "a:b", "😀", "c|{d}", "e f", "\u{f6}", "o\u{308}", "%_'\"\\", "0"];
pub(super) const USERS: [&str; 3] = ["ann", "b:ob", "çe"];
pub(super) const WORKER_TYPES: [&str; 2] = ["cpu", "g:pu"];
pub(super) const WORKERS: [&str; 3] = ["w1", "w:2", "w 3"];

/// Up to this pick, a call is about something that it applies to, if there is any.
const MOSTLY: Pick = 200;

/// Jobs that are made before creation turns into repetition.
const MOST_JOBS: usize = 4;

/// States in which a job takes most calls.
pub(super) const ALIVE: [JobState; 2] = [JobState::Running, JobState::Done];
/// States from which a job is replayed.
pub(super) const STOPPED: [JobState; 2] = [JobState::Failed, JobState::Cancelled];

/// Everything that calls have named, oldest first; what was deleted stays.
pub(super) struct World {
    made: u64,
    pub(super) streams: Vec<CreateStream>,
    pub(super) jobs: Vec<CreateJob>,
    pub(super) claims: Vec<Claim>,
}

/// The thing picked of `all`; `None` for a stranger or when there is nothing.
fn of<T>(all: &[T], pick: Pick) -> Option<&T> {
    let index = usize::from(pick).checked_rem(all.len())?;
    if pick < STRANGER { all.get(index) } else { None }
}

/// The thing picked of a fixed list.
pub(super) fn name(all: &[&str], pick: Pick) -> String {
    all[usize::from(pick) % all.len()].to_owned()
}

fn json(number: u8) -> CanonicalJson {
    CanonicalJson::new(&serde_json::json!({ "n": number, "é": [0.1, "\u{0}", null] }))
}

pub(super) fn output(number: u8) -> CanonicalJson {
    CanonicalJson::new(&serde_json::json!([number]))
}

impl World {
    pub(super) fn new() -> Self {
        Self { made: 0, streams: Vec::new(), jobs: Vec::new(), claims: Vec::new() }
    }

    /// An id that was not used before, and sorts unlike the order of creation.
    pub(super) fn fresh(&mut self) -> Uuid {
        self.made += 1;
        let scattered =
            u128::from(self.made).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        Uuid::from_u128(scattered)
    }

    pub(super) fn stream(&self, pick: Pick) -> Uuid {
        of(&self.streams, pick).map_or(Uuid::max(), |stream| stream.stream_id)
    }

    pub(super) fn job(&self, pick: Pick) -> Uuid {
        of(&self.jobs, pick).map_or(Uuid::max(), |job| job.job_id)
    }

    pub(super) fn create_stream(&mut self, draft: &StreamDraft) -> CreateStream {
        let again = draft.again.and_then(|pick| of(&self.streams, pick));
        let stream_id = again.map(|stream| stream.stream_id);
        CreateStream {
            stream_id: stream_id.unwrap_or_else(|| self.fresh()),
            worker_type: name(&WORKER_TYPES, draft.worker_type),
            reserved: draft.reserved,
            be_mult: f64::from(draft.be_mult),
            user_id: name(&USERS, draft.user),
            or_existing: draft.or_existing,
        }
    }

    /// A creation, or a repetition of one whose job is still `there`.
    pub(super) fn create_job(
        &mut self,
        draft: &JobDraft,
        now: Timestamp,
        there: &[Uuid],
    ) -> CreateJob {
        let lives = |job: &&CreateJob| there.contains(&job.job_id);
        let living: Vec<_> = self.jobs.iter().filter(lives).cloned().collect();
        let again = draft.again.or((living.len() >= MOST_JOBS).then_some((draft.stream, false)));
        if let Some((pick, differs)) = again
            && let Some(first) = of(&living, pick)
        {
            let priority = if differs { Priority::Low } else { first.priority };
            return CreateJob { priority, ..first.clone() };
        }
        CreateJob {
            job_id: self.fresh(),
            user_id: name(&USERS, draft.user),
            stream_id: self.stream(draft.stream),
            definition: json(draft.definition),
            max_retries: draft.max_retries,
            timeout_secs: draft.timeout_secs,
            priority: draft.priority,
            start: start(draft.start, now),
            key: draft.key.map(|(key, secs)| IdempotencyKey {
                key: format!("k:{key}"),
                lifetime: secs.map(Duration::from_secs),
            }),
            expires_in: draft.rules.expires_secs.map(Duration::from_secs),
            rules: draft.rules.rules,
            name: draft.label.map(|n| format!("job {n}")),
            labels: draft.label.map(|n| ("n".to_owned(), n.to_string())).into_iter().collect(),
        }
    }

    /// The drafts as tasks of a job that has `there`; each may name those before it.
    pub(super) fn specs(
        &self,
        drafts: &[TaskDraft],
        there: &[TaskInfo],
        clock: &ManualClock,
    ) -> Vec<TaskSpec> {
        let mut names: Vec<_> = there.iter().map(|task| task.task_id.clone()).collect();
        let mut specs = Vec::new();
        for draft in drafts {
            let spec =
                match draft.again.and_then(|(pick, differs)| Some((of(there, pick)?, differs))) {
                    Some((task, differs)) => twin(task, differs),
                    None => self.spec(draft, &names, clock.now()),
                };
            names.push(spec.task_id.clone());
            specs.push(spec);
        }
        specs
    }

    fn spec(&self, draft: &TaskDraft, there: &[String], now: Timestamp) -> TaskSpec {
        let mut unused = NAMES.into_iter().filter(|name| !there.iter().any(|taken| taken == name));
        let any = name(&NAMES, draft.name);
        let task_id = if draft.name < 240 { unused.next().map(str::to_owned) } else { None };
        let task_id = task_id.unwrap_or(any);
        let missing = || "missing".to_owned();
        let picked = |pick: &Pick| of(there, *pick).cloned().unwrap_or_else(missing);
        let mut prerequisites: Vec<_> = draft.prerequisites.iter().map(picked).collect();
        if draft.names_itself {
            prerequisites.push(task_id.clone());
        }
        TaskSpec {
            task_id,
            stream_id: self.stream(draft.stream),
            definition: json(draft.definition),
            prerequisites,
            max_retries: draft.max_retries,
            timeout_secs: draft.timeout_secs,
            optional: draft.optional,
            run_if: draft.run_if,
            start: start(draft.start, now),
            expires_in: draft.rules.expires_secs.map(Duration::from_secs),
            rules: draft.rules.rules,
        }
    }

    /// A job, mostly one in a state that the call applies to.
    pub(super) async fn job_in(&self, model: &TaskDb, pick: Pick, states: &[JobState]) -> Uuid {
        let mut fit = Vec::new();
        for job in &self.jobs {
            let info = model.get_job(&job.job_id).await;
            if info.is_ok_and(|info| states.contains(&info.state)) {
                fit.push(job.job_id);
            }
        }
        of(&fit, pick).copied().filter(|_| pick < MOSTLY).unwrap_or_else(|| self.job(pick))
    }

    /// A worker type, mostly one with work.
    pub(super) async fn worker_type(&self, model: &TaskDb, pick: Pick) -> String {
        let all = ListStreams { limit: 1_000, ..ListStreams::default() };
        let mut streams = model.store().list_streams(all).await.unwrap_or_default();
        streams.retain(|stream| stream.ready.iter().sum::<u64>() > 0 && !stream.paused);
        let busy = of(&streams, pick).filter(|_| pick < MOSTLY);
        busy.map_or_else(|| name(&WORKER_TYPES, pick), |stream| stream.worker_type.clone())
    }

    /// A claim that was handed out, mostly one that holds.
    pub(super) async fn claim(&self, model: &TaskDb, pick: ClaimPick) -> Claim {
        let mut live = Vec::new();
        for claim in &self.claims {
            let task = model.get_task(&claim.job_id, &claim.task_id).await;
            if task.is_ok_and(|task| task.deadline.is_some() && task.attempt == claim.attempt) {
                live.push(claim.clone());
            }
        }
        let holds = pick.claim < MOSTLY && !live.is_empty();
        let among = if holds { &live } else { &self.claims };
        let stranger =
            || Claim { job_id: Uuid::max(), task_id: "a".to_owned(), id: Uuid::max(), attempt: 1 };
        let mut claim = of(among, pick.claim).cloned().unwrap_or_else(stranger);
        if pick.forged {
            claim.id = Uuid::max();
        }
        claim
    }

    /// A task of a job that is mostly in one of these states.
    pub(super) async fn task(
        &self,
        model: &TaskDb,
        pick: TaskPick,
        states: &[JobState],
    ) -> (Uuid, String) {
        let job_id = self.job_in(model, pick.job, states).await;
        let there = tasks(model, job_id).await;
        let found = of(&there, pick.task).map(|task| task.task_id.clone());
        (job_id, found.unwrap_or_else(|| name(&NAMES, pick.task)))
    }

    pub(super) async fn target(&self, model: &TaskDb, aim: Aim) -> Target {
        match aim {
            Aim::Claim(claim) => Target::Claim(self.claim(model, claim).await),
            Aim::Task(pick) => {
                let (job_id, task_id) = self.task(model, pick, &ALIVE).await;
                Target::Task { job_id, task_id }
            }
        }
    }
}

/// All tasks of a job; none of one that does not exist.
pub(super) async fn tasks(model: &TaskDb, job_id: Uuid) -> Vec<TaskInfo> {
    let request = ListTasks { job_id, state: None, after: None, limit: 1_000 };
    model.store().list_tasks(request).await.unwrap_or_default()
}

fn start(draft: StartDraft, now: Timestamp) -> Start {
    match draft {
        StartDraft::Now => Start::Now,
        StartDraft::After(millis) => Start::After(Duration::from_millis(millis)),
        StartDraft::At(millis) => {
            Start::At(Timestamp::from_micros(now.as_micros() + millis * 1_000))
        }
    }
}

/// The task once more; a different order of prerequisites is no difference.
fn twin(task: &TaskInfo, differs: bool) -> TaskSpec {
    TaskSpec {
        task_id: task.task_id.clone(),
        stream_id: task.stream_id,
        definition: task.definition.clone(),
        prerequisites: task.prerequisites.iter().rev().cloned().collect(),
        max_retries: task.max_retries + i32::from(differs),
        timeout_secs: task.timeout_secs,
        optional: task.optional,
        run_if: task.run_if,
        start: Start::Now,
        expires_in: None,
        rules: task.rules,
    }
}
