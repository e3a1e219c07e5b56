//! Runs a graph: one job of the engine, workers of each type, and the result.

mod attempt;
pub(crate) mod command;
mod engine;
mod planner;
mod pool;
mod result;
mod shared;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::RunArgs;
use crate::graph::Graph;
use crate::report::Report;
use crate::sink::Sink;
use engine::Engine;
use shared::Shared;

/// How a run ended.
pub(crate) enum Outcome {
    /// The result is written.
    Done,
    /// A task failed; the text says which and why.
    Failed(String),
    /// A signal ended the run; the code is the one to exit with.
    Interrupted { code: u8 },
}

/// Why there is no outcome.
pub(crate) enum Error {
    /// The command line or the graph cannot be used; nothing was run.
    Refused(String),
    /// The engine, or the machine, did not do its part.
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

/// Checks everything, runs the graph, writes the result.
pub(crate) fn run(args: &RunArgs) -> Result<Outcome, Error> {
    let graph = Graph::load(&args.file).map_err(Error::Refused)?;
    let sink = Sink::new(args.output.as_deref()).map_err(Error::Refused)?;
    let store = Store::new(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    runtime.block_on(execute(graph, &sink, &store.path, Report::new(args.quiet)))
}

/// The file of the engine's store, and the folder that goes with it if it is temporary.
struct Store {
    path: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl Store {
    fn new(args: &RunArgs) -> Result<Self, Error> {
        let Some(path) = &args.store else {
            let folder = tempfile::Builder::new().prefix("taskdb-").tempdir();
            let folder = folder.context("cannot make a temporary folder")?;
            return Ok(Self { path: folder.path().join("run.db"), _folder: Some(folder) });
        };
        let refuse = |why: &str| Err(Error::Refused(format!("store {}: {why}", path.display())));
        if path.exists() {
            return refuse("the file exists already; a run starts a store of its own");
        }
        let path = std::path::absolute(path).context("cannot locate the store")?;
        if path.parent().is_none_or(|folder| !folder.is_dir()) {
            return refuse("its folder does not exist");
        }
        Ok(Self { path, _folder: None })
    }
}

/// The engine's part, until every worker has ended and every command is gone.
async fn execute(
    graph: Graph,
    sink: &Sink,
    store: &std::path::Path,
    report: Report,
) -> Result<Outcome, Error> {
    let signals = Signals::new().context("cannot listen to signals")?;
    let engine = Engine::start(&graph, store).await?;
    let shared = Arc::new(Shared::new(engine, graph, report));
    let pool = pool::start(&shared);
    let interrupted = tokio::select! {
        () = shared.ended() => None,
        code = signals.first() => Some(code),
    };
    shared.stop();
    pool::join(pool, &shared).await;
    let outcome = finish(&shared, sink, interrupted).await;
    shared.report.finish(matches!(outcome, Ok(Outcome::Done)));
    Ok(outcome?)
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

async fn finish(shared: &Shared, sink: &Sink, interrupted: Option<u8>) -> anyhow::Result<Outcome> {
    if let Some(code) = interrupted {
        return Ok(Outcome::Interrupted { code });
    }
    if let Some(failure) = shared.take_failure() {
        return failure.map(Outcome::Failed);
    }
    let job = shared.engine.db.get_job(&shared.engine.job_id).await?;
    if let Some(error) = job.error {
        return Ok(Outcome::Failed(error));
    }
    let result = result::read(shared).await.context("cannot read the result")?;
    sink.write(&result)?;
    Ok(Outcome::Done)
}
