//! OpenTelemetry: the trace of whoever creates a job goes on in the handlers of its tasks.
//!
//! [`Tracing`] goes around a handle, and around the handlers of a worker. What it stores is the
//! label `traceparent` of the job, and `tracestate` where there is one, as W3C Trace Context
//! writes them: labels take no part in whether a repeated call is the same, pass through every
//! store and migration, and programs without this module do not look at them.
//! `docs/tracing.md` says what a trace looks like.
//!
//! Spans come from the crate `tracing`; a subscriber with a layer of `tracing-opentelemetry`
//! makes OpenTelemetry's of them. Without one, nothing here has an effect.

mod attempt;
mod create;
mod ids;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use taskdb_core::TaskDb;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

pub use attempt::Attempts;
pub use create::Created;
pub use ids::SpanIds;

use crate::worker::hold::lock;

/// Runs the example of `docs/tracing.md`.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../docs/tracing.md")]
struct Page;

/// How many jobs are remembered with their contexts; then all are forgotten, and read again.
const REMEMBERED: usize = 4096;

/// Carries trace contexts from those who create jobs and tasks to the handlers of these.
///
/// Around a handle, by [`TaskDb::intercept`], it notes the current context with each job, and
/// opens a span for each task that is created. Around handlers, by
/// [`Worker::layer`](crate::Worker::layer), it puts a span around each attempt, as
/// [`TraceLayer`](crate::worker::TraceLayer) does, in the trace of the job. Both take a read of
/// the job, once for as long as it is remembered. One object should do both.
///
/// ```
/// use taskdb::Worker;
/// use taskdb::otel::Tracing;
/// use taskdb::worker::{Context, Result};
///
/// # async fn thumbnail(_: String, _: Context) -> Result<()> { Ok(()) }
/// # #[cfg(feature = "sqlite")]
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let db = taskdb::connect("memory:").await?;
/// let tracing = Tracing::new(&db);
/// let db = db.intercept(tracing.clone());
/// let worker = Worker::new(db).on("cpu", thumbnail).layer(tracing);
/// # drop(worker);
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tracing {
    db: TaskDb,
    jobs: Arc<Mutex<HashMap<Uuid, Option<SpanContext>>>>,
}

impl Tracing {
    /// For this handle, which reads the jobs.
    pub fn new(db: &TaskDb) -> Self {
        Self { db: db.clone(), jobs: Arc::default() }
    }

    /// The context that a job was created in; none if there was none, or if the store does not
    /// say: work goes on without its trace rather than not at all.
    async fn home(&self, job_id: &Uuid) -> Option<SpanContext> {
        if let Some(known) = lock(&self.jobs).get(job_id) {
            return known.clone();
        }
        let job = self.db.get_job(job_id).await.ok()?;
        let home = extract(job.labels.into_iter().collect());
        let mut jobs = lock(&self.jobs);
        if jobs.len() >= REMEMBERED {
            jobs.clear();
        }
        jobs.insert(*job_id, home.clone());
        home
    }
}

/// The current context in the form that HTTP headers, environments and labels carry it in:
/// `traceparent`, and `tracestate` where there is one. Empty outside of any trace.
pub fn current() -> HashMap<String, String> {
    let mut carrier = HashMap::new();
    if let Some(here) = here() {
        let context = Context::new().with_remote_span_context(here);
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        carrier.retain(|_, value| !value.is_empty());
    }
    carrier
}

/// Puts a span, which must not have begun, into the trace that a carrier holds; one that holds
/// nothing, or is damaged, has no effect.
///
/// ```
/// let headers = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
/// let span = tracing::info_span!("request");
/// taskdb::otel::go_on(&span, headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
/// ```
pub fn go_on(span: &tracing::Span, carrier: HashMap<String, String>) {
    if let Some(context) = extract(carrier) {
        // It fails where nobody records the span.
        let _ = span.set_parent(Context::new().with_remote_span_context(context));
    }
}

/// The span that this code runs in, of the crate `tracing` or of OpenTelemetry itself.
fn here() -> Option<SpanContext> {
    let of = |context: Context| Some(context.span().span_context().clone());
    let bridged = of(tracing::Span::current().context()).filter(SpanContext::is_valid);
    bridged.or_else(|| of(Context::current()).filter(SpanContext::is_valid))
}

/// What a carrier holds, unless it is nothing or damaged.
fn extract(carrier: HashMap<String, String>) -> Option<SpanContext> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_label_is_none() {
        let carrier = |text: &str| HashMap::from([("traceparent".to_owned(), text.to_owned())]);
        let whole = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(extract(carrier(whole)).is_some());
        let zero = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        for text in ["", "00", zero, &whole[..50], &whole.replace('b', "x")] {
            assert!(extract(carrier(text)).is_none(), "{text}");
        }
        assert!(current().is_empty(), "no span is open here");
    }
}
