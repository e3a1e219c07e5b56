//! Runs a graph: one job of the engine, workers of each type, and the result.
//!
//! # Layout
//!
//! * `place`, `find`, `begin`: the store, the job in it to go on with, and the start.
//! * `record`: what makes a killed run resumable on this machine.
//! * `engine`, `shared`, `pool`: the job, what the parts of a run share, and its worker.
//! * `planner`, `worker`: what it does with a task; `told`: what the user hears of it.
//! * `attempt`, `command`, `logs`, `cut_off`: one attempt at a command, its process, its
//!   logs, and its end where it is cut off.
//! * `result`, `outcome`: what comes of it.

mod args;
mod attempt;
mod begin;
pub(crate) mod command;
mod cut_off;
mod engine;
mod find;
mod logs;
mod outcome;
mod place;
mod planner;
mod pool;
mod record;
mod result;
mod shared;
mod told;
mod worker;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use anyhow::Context;
use taskdb::JobState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::graph::Graph;
use crate::preview;
use crate::report::{Event, Report};
use crate::sink::Sink;
pub(crate) use args::RunArgs;
use begin::{Begun, begin};
pub(crate) use outcome::End;
use outcome::{Error, Outcome};
use place::Place;
use shared::Shared;

/// What this process is for if it is to become a command of a run; none otherwise.
pub(crate) fn wrapper(args: std::env::ArgsOs) -> Option<std::process::ExitCode> {
    record::act(args)
}

/// Checks everything, runs the graph, writes the result.
pub(crate) fn run(args: &RunArgs) -> End {
    let report = Arc::new(Report::new(args.quiet, args.json));
    let ended = checked(args, &report);
    let end = End::from(&ended);
    let result = match &ended {
        Ok(Outcome::Done(result)) if args.output.is_none() => Some(result.as_str()),
        _ => None,
    };
    report.end(end.outcome, end.code, end.error.as_deref(), result);
    end
}

/// Nothing is written before everything is found usable.
fn checked(args: &RunArgs, report: &Arc<Report>) -> Result<Outcome, Error> {
    let graph = Graph::load(&args.file).map_err(Error::Refused)?;
    let sink = Sink::new(args.output.as_deref()).map_err(Error::Refused)?;
    let picture = args.graph.as_deref().map(|path| picture(path, &graph)).transpose()?;
    let place = Place::new(args)?;
    if let Some((sink, text)) = picture {
        sink.write(&text)?;
    }
    if args.dry_run {
        if args.json {
            report.tell(&Event::Plan { graph: &graph });
        } else {
            Sink::Stdout.write(&preview::text(&graph))?;
        }
        return Ok(Outcome::Planned);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    let sink = if args.json && args.output.is_none() { None } else { Some(sink) };
    runtime.block_on(execute(args, &place, graph, sink, report))
}

/// The picture of a graph, and where it goes.
fn picture(path: &Path, graph: &Graph) -> Result<(Sink, String), Error> {
    let text = preview::picture(path, graph).map_err(Error::Refused)?;
    Ok((Sink::new(Some(path)).map_err(Error::Refused)?, text))
}

/// The engine's part, until every worker has ended and every command is gone.
async fn execute(
    args: &RunArgs,
    place: &Place,
    graph: Graph,
    sink: Option<Sink>,
    report: &Arc<Report>,
) -> Result<Outcome, Error> {
    let signals = Signals::new().context("cannot listen to signals")?;
    let mut signalled = pin!(signals.first());
    let begun = tokio::select! {
        code = &mut signalled => return Ok(interrupted(code, place)),
        begun = begin(args, place, graph, Arc::clone(report)) => begun?,
    };
    let Begun { shared, work, folder } = begun;
    let shared = Arc::new(shared);
    let code = match work {
        true => drive(&shared, signalled).await,
        false => None,
    };
    let outcome = match code {
        Some(code) => Ok(interrupted(code, place)),
        None => finish(&shared, sink, place).await,
    };
    let done = matches!(outcome, Ok(Outcome::Done(_)));
    report.finish(done);
    if let (true, Some(shared)) = (done, Arc::into_inner(shared)) {
        clean(shared, place).await;
    }
    drop(folder);
    Ok(outcome?)
}

/// Works until the job or the run ends; the exit code where a signal ended it.
async fn drive(shared: &Arc<Shared>, signalled: impl Future<Output = u8>) -> Option<u8> {
    let mut code = None;
    let end = async {
        tokio::select! {
            () = shared.ended() => {}
            signal = signalled => code = Some(signal),
        }
    };
    pool::work(shared, end).await;
    if let Some(records) = &shared.records {
        // Nothing depends on this: what does not end now is left to whoever resumes the run.
        let _ = records.end_commands(None).await;
    }
    code
}

/// Takes away what only an unfinished run needs. A store of its own keeps the
/// streams, by which the finished run is found.
async fn clean(shared: Shared, place: &Place) {
    if !place.is_own() {
        shared.engine.tidy().await;
    }
    shared.records.into_iter().for_each(record::Records::remove);
}

fn interrupted(code: u8, place: &Place) -> Outcome {
    let text = "interrupted".to_owned() + advice(place);
    Outcome::Interrupted { code, text }
}

/// What to do after a run that has not come to its end.
fn advice(place: &Place) -> &'static str {
    if place.base.is_some() { "; --resume goes on with the run" } else { "" }
}

/// The signals that end a run in good order.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The exit code that tells of the first to arrive.
    async fn first(mut self) -> u8 {
        tokio::select! {
            _ = self.hangup.recv() => 129,
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

async fn finish(shared: &Shared, sink: Option<Sink>, place: &Place) -> anyhow::Result<Outcome> {
    if let Some(failure) = shared.take_failure() {
        return failure.map(|text| failed(text, place));
    }
    let job = shared.engine.db.get_job(&shared.engine.job_id).await?;
    if job.state != JobState::Done {
        let error = job.error.unwrap_or_else(|| format!("the job is {}", job.state));
        return Ok(failed(error, place));
    }
    let result = result::read(shared).await.context("cannot read the result")?;
    if let Some(sink) = sink {
        sink.write(&result)?;
    }
    Ok(Outcome::Done(result))
}

fn failed(text: String, place: &Place) -> Outcome {
    Outcome::Failed(match advice(place) {
        "" => text,
        advice => format!("{text}\n{}", advice.trim_start_matches("; ")),
    })
}
