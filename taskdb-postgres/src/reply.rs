//! Replies of the functions: values in order, behind a status.

use std::collections::HashMap;

use serde_json::Value;
use taskdb_core::error::Entity;
use taskdb_core::store::Gate;
use taskdb_core::{ClaimLostReason, JobState, Result, TaskDbErr, TaskState};
use uuid::Uuid;

use crate::error::corrupt;

/// How many tasks have become ready, by worker type.
pub(crate) type Woken = HashMap<String, usize>;

/// The values of a reply, read one after the other.
#[derive(Debug)]
pub(crate) struct Reply(std::vec::IntoIter<Value>);

impl Reply {
    /// Takes a reply apart.
    pub(crate) fn new(value: Value) -> Result<Self> {
        match value {
            Value::Array(values) => Ok(Self(values.into_iter())),
            other => Err(corrupt(format!("a function answered {other}"))),
        }
    }

    /// Takes the text of a reply apart.
    pub(crate) fn parse_text(text: &str) -> Result<Self> {
        let value = serde_json::from_str(text);
        Self::new(value.map_err(|_| corrupt(format!("a function answered {text}")))?)
    }

    fn next(&mut self) -> Result<Value> {
        self.0.next().ok_or_else(|| corrupt("an answer of a function is too short"))
    }

    /// The next value as text.
    pub(crate) fn text(&mut self) -> Result<String> {
        match self.next()? {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(corrupt(format!("a function answered {other} in place of text"))),
        }
    }

    /// The next value, text or a number that reads as `T`.
    pub(crate) fn parse<T: std::str::FromStr>(&mut self) -> Result<T> {
        let text = self.text()?;
        text.parse().map_err(|_| corrupt(format!("`{text}` is not what was expected")))
    }

    /// The next value, `None` where it is null.
    pub(crate) fn parse_or_null<T: std::str::FromStr>(&mut self) -> Result<Option<T>> {
        if self.0.as_slice().first().is_some_and(Value::is_null) {
            return self.next().map(|_| None);
        }
        self.parse().map(Some)
    }

    /// The next value, 0 or 1.
    pub(crate) fn flag(&mut self) -> Result<bool> {
        Ok(self.parse::<u8>()? == 1)
    }

    /// The next value, which is a list.
    pub(crate) fn list(&mut self) -> Result<Self> {
        Self::new(self.next()?)
    }

    /// The next value, a list of one answer for each entry, or `true` for a list of
    /// as many that all read `ok`, 1.
    pub(crate) fn answers(&mut self, entries: usize) -> Result<Vec<Self>> {
        match self.next()? {
            Value::Bool(true) => {
                let accepted = || Self(vec![Value::from("ok"), Value::from(1)].into_iter());
                Ok(std::iter::repeat_with(accepted).take(entries).collect())
            }
            Value::Array(answers) if answers.len() == entries => {
                answers.into_iter().map(Self::new).collect()
            }
            other => Err(corrupt(format!("a function answered {other} for {entries} entries"))),
        }
    }

    /// The next value, what has become ready.
    pub(crate) fn woken(&mut self) -> Result<Woken> {
        let Value::Object(counts) = self.next()? else {
            return Err(corrupt("a function did not tell what has become ready"));
        };
        let count = |value: &Value| {
            value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
        };
        Ok(counts.iter().map(|(name, value)| (name.clone(), count(value))).collect())
    }

    fn coded<T>(&mut self, decode: fn(u8) -> Option<T>) -> Result<T> {
        decode(self.parse()?).ok_or_else(|| corrupt("a state is unknown"))
    }

    /// The next value, the code of a job's state.
    pub(crate) fn job_state(&mut self) -> Result<JobState> {
        self.coded(JobState::from_code)
    }

    /// Reads the status; anything but `ok` is the refusal that it names.
    pub(crate) fn accepted(mut self, about: &About<'_>) -> Result<Self> {
        let status = self.text()?;
        if status == "ok" { Ok(self) } else { Err(refusal(&status, &mut self, about)?) }
    }
}

/// What a call is about, to say so in its refusals.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About<'a> {
    pub(crate) job_id: Uuid,
    pub(crate) task_id: &'a str,
    pub(crate) stream_id: Uuid,
    pub(crate) key: &'a str,
    /// What the entries of a batch are about, name and stream each.
    pub(crate) entries: &'a [taskdb_core::request::TaskSpec],
    pub(crate) max_tasks: u64,
}

/// The error that a status stands for.
fn refusal(status: &str, rest: &mut Reply, about: &About<'_>) -> Result<TaskDbErr> {
    let (job_id, task_id) = (about.job_id, about.task_id.to_owned());
    let not_found = |entity| TaskDbErr::NotFound { entity };
    Ok(match status {
        "closed" => TaskDbErr::Closed { gate: rest.coded(Gate::from_code)? },
        "no_job" => TaskDbErr::no_job(&job_id),
        "no_stream" => TaskDbErr::no_stream(&about.stream_id),
        "stream_gone" => TaskDbErr::no_stream(&rest.parse()?),
        "no_task" => TaskDbErr::no_task(&job_id, &task_id),
        "no_output" => not_found(Entity::Output { job_id, task_id }),
        "no_prerequisite" => {
            not_found(Entity::Prerequisite { job_id, task_id, prerequisite: rest.text()? })
        }
        "job_finished" => TaskDbErr::JobFinished { job_id, state: rest.job_state()? },
        "too_many" => TaskDbErr::TooLarge {
            argument: "tasks",
            size: rest.parse()?,
            limit: about.max_tasks,
            unit: "tasks",
        },
        "entry" => return entry(rest, about),
        "lost" => TaskDbErr::ClaimLost { job_id, task_id, reason: lost(&rest.text()?) },
        "exists" => exists(Entity::task(&job_id, &task_id), &rest.text()?),
        "job_exists" => exists(Entity::Job(job_id), "other content"),
        "key_exists" => {
            let entity = Entity::JobWithKey { job_id: rest.parse()?, key: about.key.to_owned() };
            exists(entity, "another definition")
        }
        "stream_exists" => exists(Entity::Stream(about.stream_id), &rest.text()?),
        other => return state_refusal(other, rest, about),
    })
}

fn entry(rest: &mut Reply, about: &About<'_>) -> Result<TaskDbErr> {
    let index: usize = rest.parse()?;
    let mut inner = rest.list()?;
    let status = inner.text()?;
    let spec = about.entries.get(index);
    let about = About {
        task_id: spec.map_or("", |spec| &spec.task_id),
        stream_id: spec.map_or(Uuid::nil(), |spec| spec.stream_id),
        ..*about
    };
    Ok(TaskDbErr::Batch { index, source: Box::new(refusal(&status, &mut inner, &about)?) })
}

fn exists(entity: Entity, difference: &str) -> TaskDbErr {
    const KNOWN: [&str; 7] = [
        "another stream",
        "another definition",
        "other prerequisites",
        "other limits or rules",
        "other settings",
        "a deleted stream's id",
        "other content",
    ];
    let known = KNOWN.into_iter().find(|text| *text == difference);
    TaskDbErr::AlreadyExists { entity, difference: known.unwrap_or("other content") }
}

fn lost(reason: &str) -> ClaimLostReason {
    match reason {
        "deleted" => ClaimLostReason::Deleted,
        "reclaimed" => ClaimLostReason::Reclaimed,
        "finished" => ClaimLostReason::Finished,
        "cancelled" => ClaimLostReason::Cancelled,
        _ => ClaimLostReason::Requeued,
    }
}

/// Refusals of what the state of a thing does not allow.
fn state_refusal(status: &str, rest: &mut Reply, about: &About<'_>) -> Result<TaskDbErr> {
    let task = || Entity::task(&about.job_id, about.task_id);
    let (entity, reason) = match status {
        "unfinished" => {
            let reason = "has unfinished tasks: wait for them, or cancel their jobs";
            (Entity::Stream(about.stream_id), reason.to_owned())
        }
        "job_runs" => {
            let what = if about.task_id.is_empty() { "a" } else { "tasks of a" };
            let state = rest.job_state()?;
            let reason = format!("is {state}: only {what} failed or cancelled job can be replayed");
            (Entity::Job(about.job_id), reason)
        }
        "task_runs" => {
            let state = rest.coded(TaskState::from_code)?;
            (task(), format!("is {state}: only failed and cancelled tasks can be replayed"))
        }
        "blocked" => {
            (task(), "waits for a task that failed or was cancelled: use retry_job".to_owned())
        }
        "relied_on" => (task(), "was tolerated, and a dependant has gone on without it".to_owned()),
        other => return import_refusal(other, rest),
    };
    Ok(TaskDbErr::InvalidState { entity, reason })
}

fn import_refusal(status: &str, rest: &mut Reply) -> Result<TaskDbErr> {
    let reason = match status {
        "stream_age" => format!("give stream {} the age of another stream", rest.text()?),
        "job_age" => format!("give job {} the age of another job", rest.text()?),
        "task_age" => format!("give task `{}` the age of another task", rest.text()?),
        "no_job_yet" => format!("have task `{}` before its job {}", rest.text()?, rest.text()?),
        "no_stream_yet" => format!("have task `{}` before its stream", rest.text()?),
        "out_of_order" => format!("have task `{}` before `{}`", rest.text()?, rest.text()?),
        "claim_state" => {
            let (name, state) = (rest.text()?, rest.coded(TaskState::from_code)?);
            format!("have task `{name}` {state} with or without a claim")
        }
        other => return Err(corrupt(format!("a function answered `{other}`"))),
    };
    Ok(TaskDbErr::invalid("records", reason))
}
