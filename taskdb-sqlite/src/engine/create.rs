//! Creating tasks: everything is checked before anything is written.

use std::collections::HashMap;

use taskdb_core::error::Entity;
use taskdb_core::event::reason;
use taskdb_core::request::TaskSpec;
use taskdb_core::{EventKind, JobState, Rules, RunIf, TaskDbErr, TaskState};

use super::events::{self, Subject};
use super::payload;
use crate::error::{Fault, Outcome};
use crate::row::{self, Task};
use crate::sql;
use crate::unit::Unit;

/// A task that has passed the checks.
struct Planned<'a> {
    spec: &'a TaskSpec,
    task: i64,
    stream: i64,
    prerequisites: Vec<i64>,
    waiting_on: i64,
    state: TaskState,
    start_at: Option<i64>,
}

impl Planned<'_> {
    fn waits_for_start_only(&self) -> bool {
        self.state == TaskState::Pending && self.waiting_on == 0
    }
}

/// What a dependant needs to know of a prerequisite.
#[derive(Clone, Copy)]
struct Standing {
    task: i64,
    state: TaskState,
    tolerated: bool,
}

/// Adds tasks to a job, all or none. An error names the entry it is about.
pub(crate) fn create(unit: &mut Unit<'_>, job: i64, specs: &[TaskSpec]) -> Outcome<()> {
    let planned = plan(unit, job, specs)?;
    if !planned.is_empty() && unit.job(job).state == JobState::Done {
        unit.job_mut(job).state = JobState::Running;
        events::job(unit, job, EventKind::Retried, Some(reason::NEW_TASKS))?;
    }
    for task in &planned {
        insert(unit, job, task)?;
    }
    Ok(())
}

fn plan<'a>(unit: &mut Unit<'_>, job: i64, specs: &'a [TaskSpec]) -> Outcome<Vec<Planned<'a>>> {
    let mut planned: Vec<Planned<'a>> = Vec::with_capacity(specs.len());
    let mut names = HashMap::<&str, Standing>::new();
    let first = unit.job(job).next_task;
    for (index, spec) in specs.iter().enumerate() {
        let task = first + i64::try_from(planned.len()).unwrap_or(i64::MAX);
        let place = names.get(spec.task_id.as_str()).map(|earlier| earlier.task - first);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let earlier = place.map(|place| planned[place].spec);
        let entry = plan_one(unit, job, task, spec, earlier, &names);
        match entry.map_err(|fault| at(index, fault))? {
            None => {}
            Some(entry) => {
                let tolerated = entry.state == TaskState::Cancelled;
                names.insert(&spec.task_id, Standing { task, state: entry.state, tolerated });
                planned.push(entry);
            }
        }
    }
    let tasks = unit.job(job).tasks + i64::try_from(planned.len()).unwrap_or(i64::MAX);
    if tasks > unit.max_tasks {
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        let (size, limit) = (number(tasks), number(unit.max_tasks));
        return Err(TaskDbErr::TooLarge { argument: "tasks", size, limit, unit: "tasks" }.into());
    }
    Ok(planned)
}

fn at(index: usize, fault: Fault) -> Fault {
    match fault {
        Fault::Refused(source) => TaskDbErr::Batch { index, source }.into(),
        other => other,
    }
}

/// Checks one entry in the order of the contract; `None` when it is there already.
fn plan_one<'a>(
    unit: &mut Unit<'_>,
    job: i64,
    task: i64,
    spec: &'a TaskSpec,
    earlier: Option<&TaskSpec>,
    names: &HashMap<&str, Standing>,
) -> Outcome<Option<Planned<'a>>> {
    let (job_id, state) = (unit.job(job).id, unit.job(job).state);
    let stream =
        unit.find_stream(&spec.stream_id)?.ok_or_else(|| TaskDbErr::no_stream(&spec.stream_id))?;
    let known = match earlier {
        Some(earlier) => Some(difference(earlier, spec)),
        None => stored_difference(unit, job, stream.stream, spec)?,
    };
    match known {
        Some(None) => return Ok(None),
        Some(Some(difference)) => {
            let entity = Entity::task(&job_id, &spec.task_id);
            return Err(TaskDbErr::AlreadyExists { entity, difference }.into());
        }
        None if state.is_stopped() => return Err(TaskDbErr::JobFinished { job_id, state }.into()),
        None => {}
    }
    let mut prerequisites = Vec::with_capacity(spec.prerequisites.len());
    for name in &spec.prerequisites {
        let standing = match names.get(name.as_str()) {
            Some(standing) => *standing,
            None => read_standing(unit, job, name)?.ok_or_else(|| missing(job_id, spec, name))?,
        };
        prerequisites.push(standing);
    }
    Ok(Some(place(unit, task, stream.stream, spec, &prerequisites)))
}

fn missing(job_id: uuid::Uuid, spec: &TaskSpec, name: &str) -> TaskDbErr {
    let (task_id, prerequisite) = (spec.task_id.clone(), name.to_owned());
    TaskDbErr::NotFound { entity: Entity::Prerequisite { job_id, task_id, prerequisite } }
}

fn read_standing(unit: &Unit<'_>, job: i64, name: &str) -> Outcome<Option<Standing>> {
    unit.one(sql::tasks::standing, (unit.ns, job, name), |row| {
        let state = TaskState::from_code(row.get(1)?).unwrap_or(TaskState::Pending);
        Ok(Standing { task: row.get(0)?, state, tolerated: row.get(2)? })
    })
}

/// Decides in which state a task begins.
fn place<'a>(
    unit: &Unit<'_>,
    task: i64,
    stream: i64,
    spec: &'a TaskSpec,
    prerequisites: &[Standing],
) -> Planned<'a> {
    let patient = spec.run_if == RunIf::AllSettled;
    let settled = |p: &&Standing| p.state == TaskState::Done || (patient && p.tolerated);
    let unsettled = prerequisites.len() - prerequisites.iter().filter(settled).count();
    let now = taskdb_core::Timestamp::from_micros(unit.now);
    let start_at = spec.start.resolve(now).map(|time| time.as_micros());
    let state = if !patient && prerequisites.iter().any(|p| p.tolerated) {
        TaskState::Cancelled
    } else if unsettled == 0 && start_at.is_none() {
        TaskState::Ready
    } else {
        TaskState::Pending
    };
    Planned {
        spec,
        task,
        stream,
        prerequisites: prerequisites.iter().map(|p| p.task).collect(),
        waiting_on: i64::try_from(unsettled).unwrap_or(i64::MAX),
        state,
        start_at,
    }
}

fn insert(unit: &mut Unit<'_>, job: i64, planned: &Planned<'_>) -> Outcome<()> {
    let (spec, task) = (planned.spec, planned.task);
    let now = unit.touch(job);
    let cancelled = planned.state == TaskState::Cancelled;
    let (first, cap, jitter, losses) = row::rules(&spec.rules);
    let by = |time| taskdb_core::Timestamp::from_micros(unit.now).after(time).as_micros();
    let start_by = spec.expires_in.map(by);
    let params = rusqlite::params![
        unit.ns,
        job,
        task,
        spec.task_id,
        planned.stream,
        planned.state.code(),
        planned.waiting_on,
        spec.optional,
        spec.run_if.code(),
        cancelled,
        spec.max_retries,
        spec.timeout_secs,
        planned.start_at,
        cancelled.then_some(super::finish::CANCELLED),
        now,
        first,
        cap,
        jitter,
        losses,
        start_by,
    ];
    unit.exec(sql::tasks::insert, params)?;
    payload::keep_definition(unit, job, task, &spec.prerequisites, &spec.definition)?;
    for pre in &planned.prerequisites {
        unit.exec(sql::edges::insert, (unit.ns, job, pre, task))?;
    }
    if let Some(start_at) = planned.start_at.filter(|_| planned.waits_for_start_only()) {
        unit.exec(sql::delayed::insert, (unit.ns, start_at, job, task))?;
    }
    unit.job_mut(job).next_task = task + 1;
    unit.shift(job, planned.stream, None, planned.state);
    let subject = Subject::new(&spec.task_id);
    events::task(unit, job, EventKind::Created, subject, None)?;
    match planned.state {
        TaskState::Ready => events::task(unit, job, EventKind::Ready, subject, None),
        TaskState::Cancelled => events::task(unit, job, EventKind::Cancelled, subject, None),
        _ => Ok(()),
    }
}

/// In what two specifications of a task differ.
fn difference(one: &TaskSpec, other: &TaskSpec) -> Option<&'static str> {
    if one.stream_id != other.stream_id {
        return Some("another stream");
    }
    if one.definition != other.definition {
        return Some("another definition");
    }
    let same = same_set(&one.prerequisites, &other.prerequisites);
    unless_same(same, limits(one) == limits(other))
}

fn unless_same(prerequisites: bool, limits: bool) -> Option<&'static str> {
    match (prerequisites, limits) {
        (false, _) => Some("other prerequisites"),
        (true, false) => Some("other limits or rules"),
        (true, true) => None,
    }
}

fn limits(spec: &TaskSpec) -> (i32, i32, bool, RunIf, Rules) {
    (spec.max_retries, spec.timeout_secs, spec.optional, spec.run_if, spec.rules)
}

fn same_set(one: &[String], other: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    one == other || (one.len() == other.len() && sorted(one) == sorted(other))
}

/// As [`difference`] from what is stored under the name; `None` when nothing is.
fn stored_difference(
    unit: &Unit<'_>,
    job: i64,
    stream: i64,
    spec: &TaskSpec,
) -> Outcome<Option<Option<&'static str>>> {
    let params = (unit.ns, job, &spec.task_id);
    let Some(task) = unit.one(sql::tasks::find, params, Task::read)? else { return Ok(None) };
    if task.stream != stream {
        return Ok(Some(Some("another stream")));
    }
    let stored = payload::definition(unit, job, task.task)?;
    if stored.body != spec.definition {
        return Ok(Some(Some("another definition")));
    }
    let own = (task.max_retries, task.timeout_secs, task.optional, task.run_if, task.rules);
    Ok(Some(unless_same(same_set(&stored.prerequisites, &spec.prerequisites), own == limits(spec))))
}
