//! The side of the handler: a span around each attempt, in the trace of the job.

use std::task::{Context as Polling, Poll};

use futures::future::BoxFuture;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use taskdb_core::INIT_TASK;
use tower::{Layer, Service};
use tracing::Instrument;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Tracing, ids};
use crate::worker::Request;

impl<S> Layer<S> for Tracing {
    type Service = Attempts<S>;

    fn layer(&self, inner: S) -> Attempts<S> {
        Attempts { inner, tracing: self.clone() }
    }
}

/// What [`Tracing`] makes of a handler.
#[derive(Debug, Clone)]
pub struct Attempts<S> {
    inner: S,
    tracing: Tracing,
}

impl<S> Service<Request> for Attempts<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Polling<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready is called; its clone gets ready for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let tracing = self.tracing.clone();
        Box::pin(async move {
            let span = tracing.attempt(&request).await;
            let future = span.in_scope(|| inner.call(request));
            let answer = future.instrument(span.clone()).await;
            if answer.is_err() {
                span.record("otel.status_code", "ERROR");
            }
            answer
        })
    }
}

impl Tracing {
    /// The span of an attempt: below that of whoever created the job, with a link to that in
    /// which the task was created.
    async fn attempt(&self, request: &Request) -> tracing::Span {
        let task = request.task();
        let span = tracing::info_span!(
            "attempt",
            otel.kind = "consumer",
            otel.status_code = Empty,
            job_id = %task.job_id,
            task_id = task.task_id,
            worker_type = request.worker_type(),
            attempt = request.attempt(),
        );
        if let Some(home) = self.home(&task.job_id).await {
            if task.task_id != INIT_TASK {
                span.add_link(SpanContext::new(
                    home.trace_id(),
                    ids::of_task(&task.job_id, &task.task_id),
                    home.trace_flags(),
                    true,
                    home.trace_state().clone(),
                ));
            }
            // It fails for a span that has begun, or that nobody records.
            let _ = span.set_parent(Context::new().with_remote_span_context(home));
        }
        span
    }
}
