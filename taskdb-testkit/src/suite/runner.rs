//! Runs cases: each in a namespace of its own, side by side, caught and timed.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use taskdb_core::TaskDbErr;
use uuid::Uuid;

use super::{Backend, Case, Options, Report, Verdict, World, panics};
use crate::cases;

/// Runs the suite as the command line asks and prints the outcome.
pub fn run(backends: Vec<Arc<dyn Backend>>) -> ExitCode {
    run_with(backends, &Options::from_env())
}

/// As [`run`] with options of the caller's.
///
/// # Panics
///
/// When the runtime cannot start its threads.
pub fn run_with(backends: Vec<Arc<dyn Backend>>, options: &Options) -> ExitCode {
    let mut out = std::io::stdout().lock();
    if options.list {
        for line in options.listing(&cases::all()) {
            // Whoever reads the list may stop reading it.
            let _ = writeln!(out, "{line}");
        }
        return ExitCode::SUCCESS;
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("threads can be started");
    let report = runtime.block_on(check(backends, options));
    let _ = writeln!(out, "{report}");
    if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the cases that `options` ask for on each backend.
pub async fn check(backends: Vec<Arc<dyn Backend>>, options: &Options) -> Report {
    panics::keep();
    let wanted: Vec<_> = cases::all().into_iter().filter(|case| options.wants(case)).collect();
    let mut rows: Vec<_> = wanted.iter().map(|case| (*case, Vec::new())).collect();
    for backend in &backends {
        let verdicts = match absent(backend, options).await {
            Some(verdict) => vec![verdict; wanted.len()],
            None => column(backend, &wanted, options).await,
        };
        for (row, verdict) in rows.iter_mut().zip(verdicts) {
            row.1.push(verdict);
        }
    }
    Report { backends: backends.iter().map(|b| b.name().to_owned()).collect(), rows }
}

/// The verdict on everything when the backend does not even open.
async fn absent(backend: &Arc<dyn Backend>, options: &Options) -> Option<Verdict> {
    let error = backend.open(&namespace("probe")).await.err()?;
    let required = backend.required() || options.required.iter().any(|name| name == backend.name());
    let unreachable = matches!(error, TaskDbErr::Unavailable(_));
    let why = error.to_string();
    Some(if unreachable && !required { Verdict::Ignored(why) } else { Verdict::Failed(why) })
}

async fn column(backend: &Arc<dyn Backend>, cases: &[Case], options: &Options) -> Vec<Verdict> {
    let limit = options.timeout;
    let tasks = cases.iter().map(|case| {
        let (backend, case) = (Arc::clone(backend), *case);
        // A task for each, so that a case which never yields does not hold up the rest.
        async move {
            if case.ordered && !backend.exact_order() {
                return Verdict::Ignored("order holds within a shard".to_owned());
            }
            let judged = AssertUnwindSafe(judge(backend, case)).catch_unwind();
            let task = tokio::spawn(async move {
                match tokio::time::timeout(limit, judged).await {
                    Ok(Ok(verdict)) => verdict,
                    Ok(Err(panic)) => Verdict::Failed(panics::message(&*panic)),
                    Err(_) => Verdict::Failed(format!("takes longer than {limit:?}")),
                }
            });
            task.await.unwrap_or_else(|error| Verdict::Failed(error.to_string()))
        }
    });
    futures::stream::iter(tasks).buffered(options.parallel).collect().await
}

/// Runs a case and then the auditor, whose findings count as well.
async fn judge(backend: Arc<dyn Backend>, case: Case) -> Verdict {
    let world = match World::open(backend, namespace(case.verb)).await {
        Ok(world) => world,
        Err(error) => return Verdict::Failed(format!("cannot open a namespace: {error}")),
    };
    (case.run)(world.clone()).await;
    world.assert_sound().await;
    Verdict::Ok
}

/// A name that nothing else uses, also when the store outlives the run.
fn namespace(verb: &str) -> String {
    format!("{verb}-{:08x}", Uuid::new_v4().as_fields().0)
}
