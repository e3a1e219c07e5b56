//! Traces of the program: whether there are any, and what carries them from task to task. Without
//! the feature `otel` nothing of this has an effect.

use clap::Args;
use taskdb::{TaskDb, Worker};

/// What the command line says about traces.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TracesArgs {
    /// Send traces to this collector, by OTLP over gRPC, such as http://localhost:4317. Unless
    /// given, the variable OTEL_EXPORTER_OTLP_ENDPOINT; docs/tracing.md says what is sent.
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    otlp: Option<String>,
}

#[cfg(feature = "otel")]
impl TracesArgs {
    pub(super) fn otlp(&self) -> Option<&str> {
        self.otlp.as_deref()
    }

    /// Whether somebody is named who wants them.
    pub(super) fn are_sent(&self) -> bool {
        let named = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
        let refused = super::logs::stated("OTEL_SDK_DISABLED").is_some_and(|it| it == "true");
        let named = named.iter().any(|name| super::logs::stated(name).is_some());
        !refused && (self.otlp.is_some() || named)
    }
}

#[cfg(feature = "otel")]
fn endpoint(text: &str) -> Result<String, String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err("write http:// or https:// in front of the collector's address".to_owned());
    }
    if text.contains('@') {
        return Err("name who you are in OTEL_EXPORTER_OTLP_HEADERS, and not here".to_owned());
    }
    Ok(text.to_owned())
}

/// What carries traces from those who create jobs and tasks to their handlers.
#[derive(Default)]
pub(crate) struct Traces {
    #[cfg(feature = "otel")]
    tracing: Option<taskdb::otel::Tracing>,
}

impl Traces {
    /// Around a handle, if somebody wants traces.
    #[cfg(feature = "otel")]
    pub(crate) fn around(db: TaskDb, args: &TracesArgs) -> (TaskDb, Self) {
        if !args.are_sent() {
            return (db, Self::default());
        }
        let tracing = taskdb::otel::Tracing::new(&db);
        (db.intercept(tracing.clone()), Self { tracing: Some(tracing) })
    }

    /// Around a handle.
    #[cfg(not(feature = "otel"))]
    pub(crate) fn around(db: TaskDb, _: &TracesArgs) -> (TaskDb, Self) {
        (db, Self {})
    }

    /// Around the handlers that a worker has.
    pub(crate) fn layer(&self, worker: Worker) -> Worker {
        #[cfg(feature = "otel")]
        if let Some(tracing) = &self.tracing {
            return worker.layer(tracing.clone());
        }
        worker
    }
}

/// The variables that hand the current trace on to a program.
pub(crate) fn trace() -> Vec<(String, String)> {
    #[cfg(feature = "otel")]
    return taskdb::otel::current()
        .into_iter()
        .map(|(name, value)| (name.to_uppercase(), value))
        .collect();
    #[cfg(not(feature = "otel"))]
    Vec::new()
}

/// Does something within a trace, if somebody wants one: that of whoever started the program, or
/// a new one.
pub(crate) fn in_trace<T>(args: &TracesArgs, work: impl FnOnce() -> T) -> T {
    #[cfg(feature = "otel")]
    if args.are_sent() {
        let span = tracing::info_span!("run");
        let names = ["traceparent", "tracestate"];
        let given = names.map(|name| Some((name, super::logs::stated(&name.to_uppercase())?)));
        let given = given.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
        taskdb::otel::go_on(&span, given.collect());
        return span.in_scope(work);
    }
    #[cfg(not(feature = "otel"))]
    let _ = args;
    work()
}
