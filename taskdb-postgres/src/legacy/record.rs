//! Rows of the earlier layout as portable records, with numbers and texts in their bounds.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::postgres::PgRow;
use taskdb_core::record::{ClaimRecord, JobRecord, StreamRecord, TaskRecord};
use taskdb_core::{
    CanonicalJson, INIT_TASK, JobState, Limits, Priority, Result, Rules, RunIf, TaskDbErr,
    TaskState, Timestamp,
};
use uuid::Uuid;

use super::graph::{Graph, Node};
use super::report::{Kind, Report};
use crate::row::get;

/// Who holds the claims of tasks that were running.
const WORKER: &str = "legacy";
/// The stream of tasks that stand for lost ones.
pub(super) const LOST_STREAM: Uuid = Uuid::from_u128(0x7461_736b_6462_8000_8000_6c6f_7374_0000);
/// What is said of them.
const LOST: &str = "its tasks were lost before it was copied";

/// What a job's row says beside its graph.
#[derive(Debug)]
pub(super) struct JobFacts {
    user_id: String,
    error: Option<String>,
    failure: Option<String>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    updated_at: Timestamp,
}

fn time(row: &PgRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_micros))
}

fn text(row: &PgRow, column: &str) -> Result<Option<String>> {
    Ok(get::<Option<String>>(row, column)?.filter(|text| !text.is_empty()))
}

impl JobFacts {
    /// Reads a row; `latest` is the time of what has none.
    pub(super) fn read(row: &PgRow, latest: Timestamp) -> Result<Self> {
        let created_at = time(row, "created")?.unwrap_or(latest);
        Ok(Self {
            user_id: get(row, "user_id")?,
            error: text(row, "error")?,
            failure: text(row, "failure")?,
            created_at,
            started_at: time(row, "started")?.map(|started| started.max(created_at)),
            updated_at: time(row, "updated")?.unwrap_or(created_at).max(created_at),
        })
    }

    /// The record of the job.
    pub(super) fn record(&self, graph: &Graph, age: u64, report: &mut Report) -> JobRecord {
        let job = || format!("job {}", graph.job_id);
        check_name(&self.user_id, report, job);
        let lost = || graph.nodes.iter().find(|n| n.state == TaskState::Failed).and_then(words_of);
        let error = match graph.state {
            JobState::Failed | JobState::Cancelled => {
                let own = self.error.clone().or_else(|| self.failure.clone()).or_else(lost);
                let error = own.or_else(|| graph.is_empty().then(|| LOST.to_owned()));
                error.map(|error| cut(error, report, job))
            }
            _ => None,
        };
        JobRecord {
            job_id: graph.job_id,
            age,
            user_id: self.user_id.clone(),
            state: graph.state,
            error,
            priority: Priority::default(),
            key: None,
            name: None,
            labels: BTreeMap::new(),
            keep: false,
            created_at: self.created_at,
            started_at: self.started_at,
            updated_at: self.updated_at,
            derived: None,
        }
    }

    /// The task that stands for those of a job which has none.
    pub(super) fn stand_in(&self, graph: &Graph) -> TaskRecord {
        let done = graph.state == JobState::Done;
        let null = || CanonicalJson::new(&Value::Null);
        TaskRecord {
            job_id: graph.job_id,
            task_id: INIT_TASK.to_owned(),
            age: 0,
            stream_id: LOST_STREAM,
            state: if done { TaskState::Done } else { TaskState::Failed },
            definition: null(),
            prerequisites: Vec::new(),
            optional: false,
            run_if: RunIf::default(),
            tolerated: false,
            max_retries: 0,
            retries: 0,
            losses: 0,
            attempt: 0,
            timeout_secs: 0,
            rules: Rules::default(),
            progress: 0.0,
            output: done.then(null),
            error: (!done).then(|| self.error.clone().unwrap_or_else(|| LOST.to_owned())),
            claim: None,
            start_at: None,
            start_by: None,
            created_at: self.created_at,
            started_at: None,
            updated_at: self.updated_at,
            derived: None,
        }
    }
}

/// Why a task has failed that had not.
fn words_of(node: &Node) -> Option<String> {
    let name = node.lost.as_ref()?;
    Some(format!("its prerequisite `{name}` was lost before it was copied"))
}

/// A stream, its weight and reservation in their bounds.
pub(super) fn stream(row: &PgRow, age: u64, report: &mut Report) -> Result<StreamRecord> {
    let stream_id: Uuid = get(row, "id")?;
    let what = || format!("stream {stream_id}");
    let (worker_type, user_id): (String, String) = (get(row, "worker_type")?, get(row, "user_id")?);
    check_name(&worker_type, report, what);
    check_name(&user_id, report, what);
    let weight: f64 = get(row, "be_mult")?;
    let be_mult = if weight > 0.0 { weight.clamp(0.001, 1_000_000.0) } else { 1.0 };
    if be_mult.to_bits() != weight.to_bits() {
        report.note(Kind::Weight, what);
    }
    let reserved = bounded(get(row, "reserved")?, Limits::MAX_RESERVED, report, what);
    let (paused, deleted, derived) = (false, false, None);
    Ok(StreamRecord {
        stream_id,
        age,
        worker_type,
        user_id,
        reserved,
        be_mult,
        paused,
        deleted,
        derived,
    })
}

/// The stream of tasks that stand for lost ones: deleted, so that nobody is given any.
pub(super) fn lost_stream(age: u64) -> StreamRecord {
    StreamRecord {
        stream_id: LOST_STREAM,
        age,
        worker_type: "lost".to_owned(),
        user_id: WORKER.to_owned(),
        reserved: 0,
        be_mult: 1.0,
        paused: false,
        deleted: true,
        derived: None,
    }
}

/// A task: what the graph says of it, and its row.
pub(super) fn task(
    row: &PgRow,
    graph: &Graph,
    place: usize,
    now: Timestamp,
    report: &mut Report,
) -> Result<TaskRecord> {
    let node = &graph.nodes[place];
    let what = || graph.task(&node.name);
    check_name(&node.name, report, what);
    let times = Times::read(row, now, report, what)?;
    let max_retries = bounded(get(row, "max_retries")?, Limits::MAX_RETRIES, report, what);
    let retries = bounded(get(row, "retries")?, max_retries, report, what);
    let timeout_secs = bounded(get(row, "timeout_secs")?, Limits::MAX_TIMEOUT_SECS, report, what);
    let name = |pre: &u32| graph.nodes[*pre as usize].name.to_string();
    let attempt = u64::try_from(retries).unwrap_or(0) + u64::from(times.started_at.is_some());
    let is_over = matches!(node.state, TaskState::Failed | TaskState::Cancelled);
    let error = text(row, "error")?.or_else(|| words_of(node)).filter(|_| is_over);
    let definition = json(get(row, "definition")?, report, what);
    Ok(TaskRecord {
        job_id: graph.job_id,
        task_id: node.name.to_string(),
        age: u64::try_from(place).unwrap_or(u64::MAX),
        stream_id: get(row, "stream_id")?,
        state: node.state,
        definition,
        prerequisites: node.prerequisites.iter().map(name).collect(),
        optional: node.tolerated,
        run_if: RunIf::default(),
        tolerated: node.tolerated,
        max_retries,
        retries,
        losses: 0,
        attempt,
        timeout_secs,
        rules: Rules::default(),
        progress: progress(get(row, "progress")?, report, what),
        output: output(row, node.state, report, what)?,
        error: error.map(|error| cut(error, report, what)),
        claim: (node.state == TaskState::Running).then(|| times.claim(graph, node, timeout_secs)),
        start_at: None,
        start_by: None,
        created_at: times.created_at,
        started_at: times.started_at,
        updated_at: times.updated_at,
        derived: None,
    })
}

/// When things happened to a task.
struct Times {
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    updated_at: Timestamp,
}

impl Times {
    fn read(
        row: &PgRow,
        now: Timestamp,
        report: &mut Report,
        what: impl Fn() -> String,
    ) -> Result<Self> {
        let missing =
            || TaskDbErr::Corrupt(taskdb_core::error::Failure::new("a task without a time"));
        let created_at = time(row, "created")?.ok_or_else(missing)?;
        let (started, updated) = (time(row, "started")?, time(row, "updated")?);
        let last = updated.or(started).unwrap_or(created_at);
        if last > now {
            report.note(Kind::FutureTime, &what);
        }
        if last < created_at || started.is_some_and(|started| started < created_at) {
            report.note(Kind::Time, &what);
        }
        let started_at = started.map(|started| started.max(created_at));
        Ok(Self { created_at, started_at, updated_at: last.max(created_at) })
    }

    /// A claim of nobody in particular, which ends when the task would have been requeued.
    fn claim(&self, graph: &Graph, node: &Node, timeout_secs: i32) -> ClaimRecord {
        let seconds = u64::try_from(timeout_secs).unwrap_or(0);
        let deadline = self.updated_at.after(std::time::Duration::from_secs(seconds));
        let mut sha1 = sha1_smol::Sha1::from(graph.job_id.as_bytes());
        sha1.update(node.name.as_bytes());
        sha1.update(&self.updated_at.as_micros().to_be_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&sha1.digest().bytes()[..16]);
        ClaimRecord {
            id: uuid::Builder::from_random_bytes(id).into_uuid(),
            worker_id: WORKER.to_owned(),
            lease_micros: None,
            lease_end: None,
            work_deadline: deadline,
            deadline,
        }
    }
}

fn check_name(name: &str, report: &mut Report, what: impl Fn() -> String) {
    match Limits::HARD.name("name", name) {
        Err(TaskDbErr::TooLarge { .. }) => report.note(Kind::LongName, what),
        Err(_) => report.note(Kind::BadName, what),
        Ok(()) => {}
    }
}

fn bounded(number: i32, most: i32, report: &mut Report, what: impl Fn() -> String) -> i32 {
    let kept = number.clamp(0, most);
    if kept != number {
        report.note(Kind::Number, what);
    }
    kept
}

fn progress(progress: f32, report: &mut Report, what: impl Fn() -> String) -> f32 {
    let kept = if progress > 0.0 { progress.min(1.0) } else { 0.0 };
    // Minus zero is no finding.
    if kept != progress {
        report.note(Kind::Number, what);
    }
    kept
}

fn cut(mut error: String, report: &mut Report, what: impl Fn() -> String) -> String {
    let kept = Limits::HARD.cut(&error).len();
    if kept < error.len() {
        error.truncate(kept);
        report.note(Kind::LongError, what);
    }
    error
}

fn output(
    row: &PgRow,
    state: TaskState,
    report: &mut Report,
    what: impl Fn() -> String,
) -> Result<Option<CanonicalJson>> {
    let output: Option<String> = get(row, "output")?;
    Ok(match (state == TaskState::Done, output) {
        (true, None) => {
            report.note(Kind::NoOutput, what);
            Some(CanonicalJson::new(&Value::Null))
        }
        (true, Some(text)) => Some(json(text, report, what)),
        (false, Some(_)) => {
            report.note(Kind::EarlyOutput, what);
            None
        }
        (false, None) => None,
    })
}

/// A payload. What cannot be read back is kept as a string with its text.
fn json(text: String, report: &mut Report, what: impl Fn() -> String) -> CanonicalJson {
    let read = serde_json::from_str(&text).ok().map(|value: Value| CanonicalJson::new(&value));
    let fitting = read.filter(|json| json.depth() <= CanonicalJson::MAX_DEPTH);
    let json = fitting.unwrap_or_else(|| {
        report.note(Kind::UnreadableJson, &what);
        CanonicalJson::new(&Value::String(text))
    });
    if Limits::HARD.payload("payload", &json).is_err() {
        report.note(Kind::LargePayload, what);
    }
    json
}
