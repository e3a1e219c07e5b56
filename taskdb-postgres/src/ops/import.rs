//! `import`: writes records of an export, deriving what is derived.

use std::collections::HashMap;

use serde_json::{Value, json};
use taskdb_core::record::{
    EventRecord, JobRecord, KeptOutputRecord, Record, StreamRecord, TaskRecord,
};
use taskdb_core::request::Import;
use taskdb_core::{Result, ScheduleInfo, TaskDbErr, Timestamp};
use uuid::Uuid;

use crate::args::{Args, array, labels};
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

mod bulk;

pub(crate) async fn run(session: &Session, request: &Import) -> Result<()> {
    if let Some(jobs) = taskdb_core::bulk::jobs(&request.records)
        && bulk::write(session, &jobs).await?
    {
        return Ok(());
    }
    let mut columns = Columns::default();
    for record in &request.records {
        columns.take(record)?;
    }
    let args = Args::default()
        .add(Value::Array(columns.records).to_string())
        .add(columns.bodies)
        .add(columns.outputs)
        .add(columns.errors)
        .add(columns.prerequisites);
    session.verb(Verb::import, Kind::Repeatable, args, &About::default()).await.map(drop)
}

/// Records without their payloads, and the payloads by their places.
#[derive(Default)]
struct Columns<'a> {
    records: Vec<Value>,
    bodies: Vec<Option<&'a str>>,
    outputs: Vec<Option<&'a str>>,
    errors: Vec<Option<&'a [u8]>>,
    prerequisites: Vec<String>,
    /// The tasks of this page by job and age.
    tasks: HashMap<(Uuid, u64), &'a str>,
}

impl<'a> Columns<'a> {
    fn take(&mut self, record: &'a Record) -> Result<()> {
        if let Record::Task(task) = record {
            self.of_its_own_age(task)?;
        }
        let (mut fields, body, output, error, prerequisites) = match record {
            Record::Stream(record) => (stream(record), None, None, None, String::new()),
            Record::Job(record) => (job(record), None, None, record.error.as_ref(), String::new()),
            Record::Task(record) => (
                task(record)?,
                Some(record.definition.as_str()),
                record.output.as_ref().map(|output| output.as_str()),
                record.error.as_ref(),
                array(&record.prerequisites),
            ),
            Record::KeptOutput(record) => {
                (kept(record), None, Some(record.output.as_str()), None, String::new())
            }
            Record::Schedule(record) => {
                (schedule(record)?, Some(record.body.as_str()), None, None, String::new())
            }
            Record::Event(record) => {
                (event(record)?, None, None, record.event.detail.as_ref(), String::new())
            }
            _ => return Err(refuse("are of a kind that this release does not know")),
        };
        fields["place"] = (self.records.len() + 1).into();
        self.records.push(fields);
        self.bodies.push(body);
        self.outputs.push(output);
        self.errors.push(error.map(String::as_bytes));
        self.prerequisites.push(prerequisites);
        Ok(())
    }

    /// Refuses a task with the age of another one of the page.
    fn of_its_own_age(&mut self, task: &'a TaskRecord) -> Result<()> {
        match self.tasks.insert((task.job_id, task.age), &task.task_id) {
            Some(other) if other != task.task_id => {
                Err(refuse(format!("give task `{}` the age of another task", task.task_id)))
            }
            _ => Ok(()),
        }
    }
}

fn refuse(reason: impl Into<String>) -> TaskDbErr {
    TaskDbErr::invalid("records", reason)
}

fn stream(record: &StreamRecord) -> Value {
    json!({
        "kind": "stream",
        "stream_id": record.stream_id,
        "age": record.age,
        "worker_type": record.worker_type,
        "user_id": record.user_id,
        "reserved": record.reserved,
        "be_mult": record.be_mult,
        "paused": record.paused,
        "deleted": record.deleted,
    })
}

fn job(record: &JobRecord) -> Value {
    json!({
        "kind": "job",
        "job_id": record.job_id,
        "age": record.age,
        "user_id": record.user_id,
        "own_state": record.state.code(),
        "class": record.priority.code(),
        "key": record.key.as_ref().map(|(key, _)| key),
        "ends": record.key.as_ref().and_then(|(_, end)| end.map(Timestamp::as_micros)),
        "job_name": record.name,
        "labels": labels(&record.labels),
        "keep": record.keep,
        "created_at": record.created_at,
        "started_at": record.started_at,
        "updated_at": record.updated_at,
    })
}

fn task(record: &TaskRecord) -> Result<Value> {
    let beyond = |_| refuse(format!("have task `{}` beyond what a job can hold", record.task_id));
    let claim = record.claim.as_ref();
    let backoff = Some(record.rules.backoff).filter(|backoff| !backoff.is_none());
    Ok(json!({
        "kind": "task",
        "job_id": record.job_id,
        "stream_id": record.stream_id,
        "name": record.task_id,
        "age": i32::try_from(record.age).map_err(beyond)?,
        "own_state": record.state.code(),
        "optional": record.optional,
        "run_if": record.run_if.code(),
        "tolerated": record.tolerated,
        "max_retries": record.max_retries,
        "retries": record.retries,
        "losses": i32::try_from(record.losses).unwrap_or(i32::MAX),
        "attempt": i64::try_from(record.attempt).map_err(beyond)?,
        "timeout_secs": record.timeout_secs,
        "progress": record.progress,
        "backoff_first": backoff.map(|backoff| backoff.first_micros),
        "backoff_cap": backoff.map(|backoff| backoff.cap_micros),
        "backoff_jitter": backoff.map(|backoff| backoff.jitter),
        "max_losses": record.rules.max_losses,
        "start_at": record.start_at,
        "start_by": record.start_by,
        "claim_id": claim.map(|claim| claim.id),
        "worker_id": claim.map(|claim| &claim.worker_id),
        "lease": claim.and_then(|claim| claim.lease_micros),
        "lease_end": claim.and_then(|claim| claim.lease_end),
        "work_deadline": claim.map(|claim| claim.work_deadline),
        "deadline": claim.map(|claim| claim.deadline),
        "created_at": record.created_at,
        "started_at": record.started_at,
        "updated_at": record.updated_at,
    }))
}

fn kept(record: &KeptOutputRecord) -> Value {
    json!({
        "kind": "kept",
        "job_id": record.job_id,
        "name": record.task_id,
        "ends": record.expires_at,
    })
}

fn schedule(record: &ScheduleInfo) -> Result<Value> {
    let (name, revision) = (&record.name, record.revision);
    let beyond = |_| refuse(format!("give schedule `{name}` the revision {revision}"));
    Ok(json!({
        "kind": "schedule",
        "name": name,
        "revision": i64::try_from(revision).map_err(beyond)?,
        "next_at": record.next_at,
        "fired_at": record.fired_at,
    }))
}

fn event(EventRecord { event, number }: &EventRecord) -> Result<Value> {
    let beyond = |_| refuse(format!("have the event {number} beyond what can be counted"));
    Ok(json!({
        "kind": "event",
        "age": i64::try_from(*number).map_err(beyond)?,
        "created_at": event.at,
        "own_state": event.kind.code(),
        "job_id": event.job_id,
        "name": event.task_id,
        "attempt": event.attempt.map(i64::try_from).transpose().map_err(beyond)?,
        "worker_id": event.worker_id,
    }))
}
