//! A layer that puts a span around each attempt. Spans of calls to the store are a layer of
//! the handle.

use std::task::{Context, Poll};

use tower::{Layer, Service};
use tracing::Instrument;
use tracing::instrument::Instrumented;

use super::Request;

/// Puts a span with the name `attempt` around each call of a handler: what is logged in there
/// can be found by `job_id`, `task_id`, `worker_type` and `attempt`.
///
/// ```
/// use taskdb::Worker;
/// use taskdb::worker::{Context, Result, TraceLayer};
///
/// # async fn thumbnail(_: String, _: Context) -> Result<()> { Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let db = taskdb::connect("memory:").await?;
/// let worker = Worker::new(db).on("cpu", thumbnail).layer(TraceLayer);
/// # drop(worker);
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceLayer;

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace(inner)
    }
}

/// What [`TraceLayer`] makes of a handler.
#[derive(Debug, Clone)]
pub struct Trace<S>(S);

impl<S: Service<Request>> Service<Request> for Trace<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let task = request.task();
        let span = tracing::info_span!(
            "attempt",
            job_id = %task.job_id,
            task_id = task.task_id,
            worker_type = request.worker_type(),
            attempt = request.attempt(),
        );
        // What the inner service does before its future runs belongs to the attempt as well.
        let future = span.in_scope(|| self.0.call(request));
        future.instrument(span)
    }
}
