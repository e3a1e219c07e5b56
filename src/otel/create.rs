//! The side of the creator: the label of a job, and a span for each task that is created.

use std::collections::BTreeMap;

use async_trait::async_trait;
use opentelemetry::global::{self, BoxedSpan};
use opentelemetry::trace::{
    Link, Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};
use taskdb_core::layers::{Call, Interceptor, Outcome};
use taskdb_core::request::TaskSpec;
use taskdb_core::{Limits, Result};
use uuid::Uuid;

use super::{Tracing, ids};

/// The most bytes of a label's value, which bounds `tracestate`.
const LONGEST: usize = 255;

/// The open spans of a call that creates tasks.
#[derive(Debug, Default)]
pub struct Created(Vec<BoxedSpan>);

#[async_trait]
impl Interceptor for Tracing {
    type Note = Created;

    async fn before(&self, call: Call<'_>) -> Result<Created> {
        let mut spans = Vec::new();
        match call {
            Call::CreateJob(job) => label(&mut job.labels),
            Call::FireSchedule(tick) => tick.job.iter_mut().for_each(|job| label(&mut job.labels)),
            Call::CreateTasks(request) => {
                self.created(&request.job_id, &request.tasks, &mut spans).await;
            }
            Call::UpdateTaskDone(request) => {
                for entry in request.entries.iter().filter(|entry| !entry.children.is_empty()) {
                    self.created(entry.target.job_id(), &entry.children, &mut spans).await;
                }
            }
            _ => {}
        }
        Ok(Created(spans))
    }

    async fn after(&self, Created(mut spans): Created, outcome: Outcome<'_>) -> Result<()> {
        for span in &mut spans {
            if outcome.is_err() {
                span.set_status(Status::error("refused, or failed"));
            }
            span.end();
        }
        Ok(())
    }
}

impl Tracing {
    /// Opens a span for each task, in the trace of the job.
    async fn created(&self, job_id: &Uuid, tasks: &[TaskSpec], spans: &mut Vec<BoxedSpan>) {
        let Some(here) = super::here() else { return };
        let Some(home) = self.home(job_id).await else { return };
        spans.extend(tasks.iter().map(|task| open(&home, &here, job_id, &task.task_id)));
    }
}

/// A span in the trace of the job: below the current one, if that is in it, else beside it.
fn open(home: &SpanContext, here: &SpanContext, job_id: &Uuid, task_id: &str) -> BoxedSpan {
    let mut span =
        SpanBuilder::from_name("create task").with_kind(SpanKind::Producer).with_attributes([
            KeyValue::new("job_id", job_id.to_string()),
            KeyValue::new("task_id", task_id.to_owned()),
        ]);
    let at_home = here.trace_id() == home.trace_id();
    if !at_home {
        span = span.with_links(vec![Link::with_context(here.clone())]);
    }
    let parent = if at_home { here } else { home };
    let parent = Context::new().with_remote_span_context(parent.clone());
    let tracer = global::tracer("taskdb");
    ids::with(ids::of_task(job_id, task_id), || tracer.build_with_context(span, &parent))
}

/// Notes the current context, unless the job carries one already or has no room for it. What a
/// vendor has to say of it comes second: the trace is whole without.
fn label(labels: &mut BTreeMap<String, String>) {
    if labels.contains_key("traceparent") {
        return;
    }
    let mut carrier = super::current();
    for name in ["traceparent", "tracestate"] {
        let value = carrier.remove(name).filter(|value| value.len() <= LONGEST);
        if let Some(value) = value.filter(|_| labels.len() < Limits::MAX_LABELS) {
            labels.entry(name.to_owned()).or_insert(value);
        }
    }
}
