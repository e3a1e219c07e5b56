//! Whole jobs of an import at once, in columns; nothing is looked up but ids.

use std::collections::HashMap;

use taskdb_core::bulk::{BulkJob, BulkTask};
use taskdb_core::record::{JobRecord, TaskRecord};
use taskdb_core::{Result, Timestamp};
use uuid::Uuid;

use crate::args::{Args, array, labels};
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

/// Writes jobs that are not there yet; `false` when more has to be asked, with nothing
/// written.
pub(super) async fn write(session: &Session, jobs: &[BulkJob<'_>]) -> Result<bool> {
    if jobs.iter().any(|job| i64::try_from(job.record.age).is_err()) {
        return Ok(false);
    }
    let mut graph = Graph::default();
    jobs.iter().for_each(|job| graph.take(job));
    let tasks: Vec<_> = jobs.iter().flat_map(|job| &job.tasks).collect();
    let args = columns_of_tasks(columns_of_jobs(jobs), &graph, &tasks);
    let args = graph.add(args, &tasks);
    let (verb, about) = (Verb::import_bulk, About::default());
    session.verb(verb, Kind::Repeatable, args, &about).await?.flag()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn narrow(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn code(code: u8) -> i16 {
    code.into()
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}

/// What tasks have to do with jobs, streams and each other.
#[derive(Default)]
struct Graph {
    streams: Vec<Uuid>,
    places: HashMap<Uuid, i32>,
    /// Of each task: the age of its job, and the place of its stream, from 1 on.
    job: Vec<i64>,
    of: Vec<i32>,
    edges: (Vec<i64>, Vec<i32>, Vec<i32>),
    moves: Moves,
}

/// How many tasks of a job and stream are in which state.
#[derive(Default)]
struct Moves {
    job: Vec<i64>,
    of: Vec<i32>,
    state: Vec<i16>,
    number: Vec<i32>,
    /// Failures that count.
    hard: Vec<i32>,
}

impl Graph {
    fn place(&mut self, stream: Uuid) -> i32 {
        let streams = &mut self.streams;
        *self.places.entry(stream).or_insert_with(|| {
            streams.push(stream);
            narrow(streams.len())
        })
    }

    fn take(&mut self, job: &BulkJob<'_>) {
        let age = signed(job.record.age);
        for task in &job.tasks {
            let place = self.place(task.record.stream_id);
            self.job.push(age);
            self.of.push(place);
            for pre in &task.prerequisites {
                self.edges.0.push(age);
                self.edges.1.push(narrow(*pre));
                self.edges.2.push(narrow(task.record.age));
            }
        }
        // They are summed up by job, so one move can have all of them.
        let mut hard = narrow(job.hard);
        for (stream, states) in &job.lanes {
            let place = self.place(*stream);
            for (state, n) in (0..).zip(states).filter(|(_, n)| **n > 0) {
                self.moves.job.push(age);
                self.moves.of.push(place);
                self.moves.state.push(state);
                self.moves.number.push(narrow(*n));
                self.moves.hard.push(std::mem::take(&mut hard));
            }
        }
    }

    /// Outputs, edges and moves.
    fn add(self, args: Args, tasks: &[&BulkTask<'_>]) -> Args {
        let outputs = (1..).zip(tasks).filter_map(|(place, task)| {
            task.record.output.as_ref().map(|output| (place, output.as_str()))
        });
        let (places, outputs): (Vec<i32>, Vec<_>) = outputs.unzip();
        let (edges, moves) = (self.edges, self.moves);
        let args = args.add(places).add(outputs).add(edges.0).add(edges.1).add(edges.2);
        args.add(moves.job).add(moves.of).add(moves.state).add(moves.number).add(moves.hard)
    }
}

fn columns_of_jobs(jobs: &[BulkJob<'_>]) -> Args {
    fn column<'r, T>(jobs: &[BulkJob<'r>], value: impl Fn(&'r JobRecord) -> T) -> Vec<T> {
        jobs.iter().map(|job| value(job.record)).collect()
    }
    let next: Vec<_> = jobs.iter().map(|job| narrow(job.next_age)).collect();
    Args::default()
        .add(column(jobs, |job| signed(job.age)))
        .add(column(jobs, |job| job.job_id))
        .add(column(jobs, |job| job.user_id.as_str()))
        .add(column(jobs, |job| code(job.state.code())))
        .add(column(jobs, |job| job.error.as_ref().map(String::as_bytes)))
        .add(column(jobs, |job| code(job.priority.code())))
        .add(column(jobs, |job| job.key.as_ref().map(|(key, _)| key.as_str())))
        .add(column(jobs, |job| micros(job.key.as_ref().and_then(|(_, end)| *end))))
        .add(column(jobs, |job| job.keep))
        .add(next)
        .add(column(jobs, |job| job.created_at.as_micros()))
        .add(column(jobs, |job| micros(job.started_at)))
        .add(column(jobs, |job| job.updated_at.as_micros()))
        .add(column(jobs, |job| job.name.as_deref()))
        .add(column(jobs, |job| labels(&job.labels)))
}

/// The streams, and the columns of tasks.
fn columns_of_tasks(args: Args, graph: &Graph, tasks: &[&BulkTask<'_>]) -> Args {
    fn column<'r, T>(tasks: &[&BulkTask<'r>], value: impl Fn(&'r TaskRecord) -> T) -> Vec<T> {
        tasks.iter().map(|task| value(task.record)).collect()
    }
    let waiting: Vec<_> = tasks.iter().map(|task| narrow(task.waiting_on)).collect();
    let flags = |task: &TaskRecord| {
        let rule = i16::from(task.run_if.code()) << 2;
        i16::from(task.optional) | i16::from(task.tolerated) << 1 | rule
    };
    let args = args
        .add(&graph.streams[..])
        .add(&graph.job[..])
        .add(column(tasks, |task| narrow(task.age)))
        .add(&graph.of[..])
        .add(column(tasks, |task| code(task.state.code())))
        .add(waiting)
        .add(column(tasks, flags))
        .add(column(tasks, |task| task.max_retries))
        .add(column(tasks, |task| task.retries))
        .add(column(tasks, |task| narrow(task.losses)))
        .add(column(tasks, |task| signed(task.attempt)))
        .add(column(tasks, |task| task.timeout_secs))
        .add(column(tasks, |task| task.progress))
        .add(column(tasks, |task| micros(task.start_at)))
        .add(column(tasks, |task| task.error.as_ref().map(String::as_bytes)))
        .add(column(tasks, |task| task.created_at.as_micros()))
        .add(column(tasks, |task| micros(task.started_at)))
        .add(column(tasks, |task| task.updated_at.as_micros()));
    columns_of_rules(args, tasks)
        .add(column(tasks, |task| task.task_id.as_str()))
        .add(column(tasks, |task| array(&task.prerequisites)))
        .add(column(tasks, |task| task.definition.as_str()))
}

/// The columns of rules. Most tasks have none, and those without a value cost nothing.
fn columns_of_rules(args: Args, tasks: &[&BulkTask<'_>]) -> Args {
    fn column<T>(
        tasks: &[&BulkTask<'_>],
        value: impl Fn(&TaskRecord) -> Option<T>,
    ) -> Vec<Option<T>> {
        let values: Vec<_> = tasks.iter().map(|task| value(task.record)).collect();
        if values.iter().all(Option::is_none) { Vec::new() } else { values }
    }
    let backoff = |task: &TaskRecord| Some(task.rules.backoff).filter(|backoff| !backoff.is_none());
    args.add(column(tasks, |task| backoff(task).map(|backoff| backoff.first_micros)))
        .add(column(tasks, |task| backoff(task).map(|backoff| backoff.cap_micros)))
        .add(column(tasks, |task| backoff(task).map(|backoff| i16::from(backoff.jitter))))
        .add(column(tasks, |task| task.rules.max_losses.map(i64::from)))
        .add(column(tasks, |task| micros(task.start_by)))
}
