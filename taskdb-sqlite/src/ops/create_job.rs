//! `create_job`: makes a job and its task `init`.

use taskdb_core::error::Entity;
use taskdb_core::request::{CreateJob, TaskSpec};
use taskdb_core::{EventKind, INIT_TASK, JobState, RunIf, TaskDbErr};
use uuid::Uuid;

use crate::engine::{create, events, payload};
use crate::error::{Fault, Outcome, corrupt};
use crate::row::{self, Job, Task};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &CreateJob) -> Outcome<Uuid> {
    let stream_id = &request.stream_id;
    unit.find_stream(stream_id)?.ok_or_else(|| TaskDbErr::no_stream(stream_id))?;
    if let Some(job) = unit.find_job(&request.job_id)? {
        return repeated(unit, job, request);
    }
    if let Some(first) = holder_of_key(unit, request)? {
        return Ok(first);
    }
    let job = insert(unit, request)?;
    events::job(unit, job, EventKind::Created, None)?;
    create::create(unit, job, &[init(request)]).map_err(without_index)?;
    Ok(request.job_id)
}

fn init(request: &CreateJob) -> TaskSpec {
    TaskSpec {
        task_id: INIT_TASK.to_owned(),
        stream_id: request.stream_id,
        definition: request.definition.clone(),
        prerequisites: Vec::new(),
        max_retries: request.max_retries,
        timeout_secs: request.timeout_secs,
        optional: false,
        run_if: RunIf::AllDone,
        start: request.start,
        expires_in: request.expires_in,
        rules: request.rules,
    }
}

fn without_index(fault: Fault) -> Fault {
    match fault {
        Fault::Refused(error) => match *error {
            TaskDbErr::Batch { source, .. } => Fault::Refused(source),
            other => other.into(),
        },
        other => other,
    }
}

/// The answer to a request whose job exists.
fn repeated(unit: &mut Unit<'_>, job: i64, request: &CreateJob) -> Outcome<Uuid> {
    let (owner, priority) = (unit.job(job).user_id.clone(), unit.job(job).priority);
    let stored = stored_init(unit, job)?;
    let stream = unit.find_stream(&request.stream_id)?.map(|stream| stream.stream);
    let same = owner == request.user_id
        && priority == request.priority
        && stored.is_some_and(|(task, body)| {
            body == request.definition
                && Some(task.stream) == stream
                && task.max_retries == request.max_retries
                && task.timeout_secs == request.timeout_secs
                && task.rules == request.rules
        });
    if same {
        return Ok(request.job_id);
    }
    let (entity, difference) = (Entity::Job(request.job_id), "other content");
    Err(TaskDbErr::AlreadyExists { entity, difference }.into())
}

fn stored_init(unit: &Unit<'_>, job: i64) -> Outcome<Option<(Task, taskdb_core::CanonicalJson)>> {
    let Some(task) = unit.one(sql::tasks::find, (unit.ns, job, INIT_TASK), Task::read)? else {
        return Ok(None);
    };
    let body = payload::definition(unit, job, task.task)?.body;
    Ok(Some((task, body)))
}

/// The job that holds the idempotency key; frees a key whose time is over.
fn holder_of_key(unit: &mut Unit<'_>, request: &CreateJob) -> Outcome<Option<Uuid>> {
    let Some(key) = &request.key else { return Ok(None) };
    let holder = unit.one(sql::jobs::by_key, (unit.ns, &request.user_id, &key.key), |row| {
        Ok((row.get::<_, i64>(0)?, row::id(row, 1)?, row.get::<_, Option<i64>>(2)?))
    })?;
    let Some((job, job_id, expires_at)) = holder else { return Ok(None) };
    if expires_at.is_some_and(|end| end <= unit.now) {
        // Nothing can refuse the new job any more.
        unit.exec(sql::jobs::drop_key, (unit.ns, job))?;
        return Ok(None);
    }
    match stored_init(unit, job)? {
        Some((_, body)) if body == request.definition => Ok(Some(job_id)),
        Some(_) => {
            let entity = Entity::JobWithKey { job_id, key: key.key.clone() };
            Err(TaskDbErr::AlreadyExists { entity, difference: "another definition" }.into())
        }
        None => Err(corrupt(format!("job {job_id} has no task `init`"))),
    }
}

fn insert(unit: &mut Unit<'_>, request: &CreateJob) -> Outcome<i64> {
    let job: i64 = unit.one(sql::namespaces::next_job, [unit.ns], |row| row.get(0))?.unwrap_or(0);
    let now = unit.now;
    let key = request.key.as_ref();
    let expires_at = key
        .and_then(|key| key.lifetime)
        .map(|lifetime| taskdb_core::Timestamp::from_micros(now).after(lifetime).as_micros());
    let row = Job {
        job,
        id: request.job_id,
        user_id: request.user_id.clone(),
        state: JobState::Running,
        error: None,
        priority: request.priority,
        key: key.map(|key| key.key.clone()),
        key_expires_at: expires_at,
        next_task: 0,
        tasks: 0,
        unresolved: 0,
        open: 0,
        hard: 0,
        keep: false,
        name: request.name.clone(),
        labels: Job::store_labels(&request.labels)?,
        created_at: now,
        started_at: None,
        updated_at: now,
    };
    row.insert(unit)?;
    Ok(unit.keep(row))
}
