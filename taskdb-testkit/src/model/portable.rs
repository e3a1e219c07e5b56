//! Export and import.

use taskdb_core::record::{
    Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamRecord, TaskDerived,
    TaskRecord,
};
use taskdb_core::request::{Export, Import, Part};
use taskdb_core::{CanonicalJson, Result, TaskDbErr, TaskState, Timestamp};

use super::state::{Job, State, Task};

pub(super) fn export(state: &State, request: Export, clock: Timestamp) -> Result<Page> {
    let refuse = |_| TaskDbErr::invalid("cursor", "is not of this store");
    let text = request.cursor.map_or_else(|| "0".to_owned(), |cursor| cursor.0);
    let from: usize = text.parse().map_err(refuse)?;
    let part = |wanted: fn(&Record) -> bool| {
        let mut all = everything(state, clock, request.derived);
        all.retain(wanted);
        all
    };
    let all = match &request.part {
        Part::Everything => part(|_| true),
        Part::Streams => part(|record| matches!(record, Record::Stream(_))),
        Part::Rest => part(|record| matches!(record, Record::KeptOutput(_) | Record::Schedule(_))),
        Part::Jobs(named) => {
            let found = named.iter().filter_map(|job| state.job(job).ok());
            found.flat_map(|job| with_tasks(job, request.derived)).collect()
        }
    };
    let to = from.saturating_add(page_length(&all[from.min(all.len())..], request.limit));
    let next = (to < all.len()).then(|| Cursor(to.to_string()));
    let records = all.into_iter().skip(from).take(to - from).collect();
    Ok(Page { records, next })
}

/// How many records make up a page of at most `limit`.
fn page_length(records: &[Record], limit: usize) -> usize {
    let mut bytes = 0;
    let fits = |record: &&Record| {
        let room = bytes < Export::PAGE_BYTES;
        bytes += match record {
            Record::Task(task) => {
                task.definition.bytes() + task.output.as_ref().map_or(0, CanonicalJson::bytes)
            }
            Record::KeptOutput(kept) => kept.output.bytes(),
            _ => 0,
        };
        room
    };
    records.iter().take(limit).take_while(fits).count().max(1)
}

fn everything(state: &State, clock: Timestamp, derived: bool) -> Vec<Record> {
    let named = |stream: &&StreamRecord| {
        let id = stream.stream_id;
        !stream.deleted || state.tasks().any(|(_, task)| task.record.stream_id == id)
    };
    let mut records = Vec::new();
    for stream in state.streams.iter().filter(named) {
        let counts = derived.then(|| state.count(stream));
        records.push(Record::Stream(StreamRecord { derived: counts, ..stream.clone() }));
    }
    for job in &state.jobs {
        records.extend(with_tasks(job, derived));
    }
    let kept = state.kept.iter().filter(|kept| kept.expires_at > clock);
    records.extend(kept.cloned().map(Record::KeptOutput));
    records.extend(state.schedules.values().cloned().map(Record::Schedule));
    records
}

fn with_tasks(job: &Job, derived: bool) -> Vec<Record> {
    let counts = derived.then(|| count(job));
    let head = Record::Job(JobRecord { derived: counts, ..job.record.clone() });
    let tasks = job.tasks.iter().enumerate().map(|(t, task)| {
        let derived = derived.then(|| derive(job, t));
        Record::Task(Box::new(TaskRecord { derived, ..task.record.clone() }))
    });
    std::iter::once(head).chain(tasks).collect()
}

fn count(job: &Job) -> JobDerived {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    JobDerived {
        tasks: signed(job.how_many(|_| true)),
        unresolved: signed(job.how_many(|task| task.record.state != TaskState::Done)),
        open: signed(job.how_many(|task| !task.record.state.is_terminal())),
        releasing: false,
    }
}

fn derive(job: &Job, t: usize) -> TaskDerived {
    let task = &job.tasks[t];
    let dependants = job.dependants(t).into_iter();
    TaskDerived {
        waiting_on: i64::try_from(job.unsettled(t).len()).unwrap_or(i64::MAX),
        indexed_ready: task.effective(job) == TaskState::Ready,
        claimed: task.record.claim.is_some(),
        dependants: dependants.map(|d| job.tasks[d].record.age).collect(),
    }
}

pub(super) fn import(state: &mut State, request: Import, _: Timestamp) -> Result<()> {
    for record in request.records {
        match record {
            Record::Stream(stream) => import_stream(state, stream),
            Record::Job(job) => import_job(state, job)?,
            Record::Task(task) => import_task(state, *task)?,
            Record::KeptOutput(kept) => import_kept(state, kept),
            Record::Schedule(schedule) => {
                state.schedules.entry(schedule.name.clone()).or_insert(schedule);
            }
            Record::Event(event) => {
                state.take_notes();
                state.log.import(event);
            }
            _ => return Err(unusable("a record of a kind this store does not know")),
        }
    }
    Ok(())
}

fn unusable(reason: impl Into<String>) -> TaskDbErr {
    TaskDbErr::invalid("records", reason)
}

fn import_stream(state: &mut State, stream: StreamRecord) {
    let named = |id| state.tasks().any(|(_, task)| task.record.stream_id == id);
    let same = |there: &StreamRecord| there.stream_id == stream.stream_id;
    match state.streams.iter().position(same) {
        // What a deleted stream has left goes, unless a task names it.
        Some(left) if state.streams[left].deleted && !named(stream.stream_id) => {
            state.streams.remove(left);
        }
        Some(_) => return,
        None => {}
    }
    // Ages are kept where that keeps the order.
    let age = stream.age.max(state.next_stream_age);
    state.next_stream_age = age + 1;
    state.streams.push(StreamRecord { age, derived: None, ..stream });
}

fn import_job(state: &mut State, job: JobRecord) -> Result<()> {
    if state.job(&job.job_id).is_ok() {
        return Ok(());
    }
    let place = state.jobs.partition_point(|there| there.record.age < job.age);
    if state.jobs.get(place).is_some_and(|there| there.record.age == job.age) {
        return Err(unusable(format!("job {} has the age of another job", job.job_id)));
    }
    state.next_job_age = state.next_job_age.max(job.age + 1);
    let record = JobRecord { derived: None, ..job };
    state.jobs.insert(place, Job { record, tasks: Vec::new(), happened: Vec::new() });
    Ok(())
}

fn import_task(state: &mut State, task: TaskRecord) -> Result<()> {
    let what = format!("task `{}` of job {}", task.task_id, task.job_id);
    if !state.streams.iter().any(|stream| stream.stream_id == task.stream_id) {
        return Err(unusable(format!("{what} names a stream that was not imported")));
    }
    let Ok(job) = state.job_mut(&task.job_id) else {
        return Err(unusable(format!("{what} comes before its job")));
    };
    if job.find(&task.task_id).is_some() {
        return Ok(());
    }
    if let Some(name) = task.prerequisites.iter().find(|name| job.find(name).is_none()) {
        return Err(unusable(format!("{what} comes before its prerequisite `{name}`")));
    }
    if job.tasks.last().is_some_and(|last| last.record.age >= task.age) {
        return Err(unusable(format!("{what} is out of the order of age")));
    }
    let claim = task.claim.clone();
    let mut task = Task::new(TaskRecord { derived: None, ..task });
    if let Some(claim) = claim {
        task.last_claim = Some(claim.id);
        task.last_worker = Some(claim.worker_id);
    }
    job.tasks.push(task);
    Ok(())
}

fn import_kept(state: &mut State, kept: KeptOutputRecord) {
    let same =
        |there: &KeptOutputRecord| there.job_id == kept.job_id && there.task_id == kept.task_id;
    if !state.kept.iter().any(same) {
        state.kept.push(kept);
    }
}
