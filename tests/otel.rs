//! The trace of whoever creates a job reaches the handlers of its tasks: with the exporter of
//! OpenTelemetry's own tests, on a store that the library brings.

use std::sync::OnceLock;

use opentelemetry::KeyValue;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt, TraceId, TracerProvider,
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::{Value, json};
use taskdb::otel::{SpanIds, Tracing, current, go_on};
use taskdb::worker::{Context, Error, Result};
use taskdb::{JobState, NewJob, NewTask, TaskDb, TaskDbErr, Worker};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

/// What all tests of this program export; each looks at its own traces.
fn exporter() -> &'static InMemorySpanExporter {
    static EXPORTER: OnceLock<InMemorySpanExporter> = OnceLock::new();
    EXPORTER.get_or_init(|| {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_id_generator(SpanIds::default())
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing_subscriber::registry().with(layer).init();
        opentelemetry::global::set_tracer_provider(provider);
        exporter
    })
}

/// The spans of a trace that have ended.
fn spans(trace: TraceId) -> Vec<SpanData> {
    let mut spans = exporter().get_finished_spans().unwrap();
    spans.retain(|span| span.span_context.trace_id() == trace);
    spans
}

/// The one of a kind that is about a task.
fn of(spans: &[SpanData], kind: SpanKind, task: &str) -> SpanData {
    let is_its_name = |it: &KeyValue| it.key.as_str() == "task_id" && *it.value.as_str() == *task;
    let about =
        |span: &&SpanData| span.span_kind == kind && span.attributes.iter().any(is_its_name);
    let found: Vec<_> = spans.iter().filter(about).collect();
    assert_eq!(found.len(), 1, "{kind:?} {task}: {spans:#?}");
    found[0].clone()
}

fn links(span: &SpanData) -> Vec<SpanId> {
    span.links.iter().map(|link| link.span_context.span_id()).collect()
}

/// A store in memory, traced and not, and a stream of it.
async fn setup() -> (TaskDb, TaskDb, Tracing, Uuid) {
    exporter();
    let plain = taskdb::connect("memory:").await.unwrap();
    let stream = plain.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
    let tracing = Tracing::new(&plain);
    (plain.intercept(tracing.clone()), plain, tracing, stream)
}

/// The context of a span that is made here, as a caller's would be.
fn root() -> (tracing::Span, SpanContext) {
    let span = tracing::info_span!("caller");
    let context = span.context().span().span_context().clone();
    assert!(context.is_valid());
    (span, context)
}

/// `init` makes a child by the call and one with its completion; these do nothing.
async fn grows(definition: Value, context: Context) -> Result<Value> {
    if definition == json!("grow") {
        let task = |name: &str| NewTask::new(name, context.stream(), json!("rest"));
        context.db().create_task_with(context.job_id(), task("called")).await?;
        context.create(task("given").after(["called"]));
    }
    Ok(json!(current().get("traceparent")))
}

#[tokio::test]
async fn handlers_are_in_the_trace_of_the_creator() {
    let (db, _, tracing, stream) = setup().await;
    let (span, caller) = root();
    let create = db.create_job_with(NewJob::new("alice", stream, json!("grow")));
    let job = create.instrument(span.clone()).await.unwrap();
    drop(span);
    let worker = Worker::new(db.clone()).on("cpu", grows).layer(tracing);
    assert_eq!(worker.run_inline(&job, None).await.unwrap(), JobState::Done);

    let spans = spans(caller.trace_id());
    let attempt = |task| of(&spans, SpanKind::Consumer, task);
    let created = |task| of(&spans, SpanKind::Producer, task);
    let init = attempt("init");
    assert_eq!((init.parent_span_id, links(&init)), (caller.span_id(), vec![]));
    assert!(init.parent_span_is_remote, "another process may have done it");
    for task in ["called", "given"] {
        let (attempt, created) = (attempt(task), created(task));
        assert_eq!(links(&attempt), [created.span_context.span_id()], "{task}");
        assert_eq!(attempt.parent_span_id, caller.span_id());
        assert_eq!(created.parent_span_id, init.span_context.span_id(), "{task}");
    }
    // What a handler hands on, as to a program that it starts.
    let told: String = db.get_task_output(&job, "given").await.unwrap();
    let ids = (caller.trace_id(), attempt("given").span_context.span_id());
    assert_eq!(told, format!("00-{}-{}-01", ids.0, ids.1));
}

#[tokio::test]
async fn a_task_from_another_trace_leads_back_there() {
    let (db, _, tracing, stream) = setup().await;
    let ((first, home), (second, other)) = (root(), root());
    let create = db.create_job_with(NewJob::new("alice", stream, json!("rest")));
    let job = create.instrument(first).await.unwrap();
    let add = db.create_task_with(&job, NewTask::new("late", stream, json!("rest")));
    add.instrument(second).await.unwrap();
    let worker = Worker::new(db).on("cpu", grows).layer(tracing);
    worker.run_inline(&job, None).await.unwrap();
    let spans = spans(home.trace_id());
    let created = of(&spans, SpanKind::Producer, "late");
    assert_eq!(created.parent_span_id, home.span_id());
    assert_eq!(links(&created), [other.span_id()]);
    assert_eq!(links(&of(&spans, SpanKind::Consumer, "late")), [created.span_context.span_id()]);
}

#[tokio::test]
async fn repeated_calls_are_the_same_in_another_trace_and_in_none() {
    let (db, plain, _, stream) = setup().await;
    let ((first, home), (second, _)) = (root(), root());
    let id = Uuid::now_v7();
    let job = || NewJob::new("alice", stream, json!(1)).id(id).key("once");
    let task = || NewTask::new("a", stream, json!(2));
    for (db, span) in [(&db, first), (&db, second), (&plain, tracing::Span::none())] {
        let calls = async {
            assert_eq!(db.create_job_with(job()).await.unwrap(), id);
            db.create_task_with(&id, task()).await.unwrap();
        };
        calls.instrument(span).await;
    }
    // The first counts; nothing but the labels of the job tells of it.
    let labels = plain.get_job(&id).await.unwrap().labels;
    let expected = format!("00-{}-{}-01", home.trace_id(), home.span_id());
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), [("traceparent".to_owned(), expected)]);
    assert_eq!(plain.get_task(&id, "a").await.unwrap().definition.as_str(), "2");
}

#[tokio::test]
async fn a_label_of_the_callers_own_stays_and_a_damaged_one_harms_nobody() {
    let (db, _, tracing, stream) = setup().await;
    let (span, caller) = root();
    let named = NewJob::new("alice", stream, json!("grow")).label("traceparent", "nonsense");
    let many = (0..32).fold(NewJob::new("alice", stream, json!("grow")), |job, n| {
        job.label(format!("label-{n}"), "x")
    });
    for job in [named, many] {
        let id = db.create_job_with(job).instrument(span.clone()).await.unwrap();
        let labels = db.get_job(&id).await.unwrap().labels;
        assert!(labels.get("traceparent").is_none_or(|label| label == "nonsense"));
        let worker = Worker::new(db.clone()).on("cpu", grows).layer(tracing.clone());
        assert_eq!(worker.run_inline(&id, None).await.unwrap(), JobState::Done);
    }
    drop(span);
    let told = spans(caller.trace_id());
    assert!(told.iter().all(|span| span.span_kind == SpanKind::Internal), "{told:#?}");
}

#[tokio::test]
async fn where_there_is_room_for_one_label_it_is_the_trace() {
    let (db, plain, _, stream) = setup().await;
    let given = [
        ("traceparent", "00-1af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-01"),
        ("tracestate", "vendor=1"),
    ];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (own, carried) in
        [(30, &["traceparent", "tracestate"][..]), (31, &["traceparent"][..]), (32, &[][..])]
    {
        let job = (0..own).fold(NewJob::new("alice", stream, json!(1)), |job, n| {
            job.label(format!("label-{n}"), "x")
        });
        let span = tracing::info_span!("caller");
        go_on(&span, given.clone().into());
        let id = db.create_job_with(job).instrument(span).await.unwrap();
        let labels = plain.get_job(&id).await.unwrap().labels;
        let told: Vec<_> = labels.keys().filter(|key| key.starts_with("trace")).collect();
        assert_eq!(told, carried, "beside {own} others");
    }
}

#[tokio::test]
async fn failures_show_and_workers_without_the_layer_do_the_same_tasks() {
    let (db, plain, tracing, stream) = setup().await;
    let (span, caller) = root();
    let create = async {
        let job = db.create_job(&stream, &json!(1), 1, 60, "alice").await.unwrap();
        let twice = NewTask::new("init", stream, json!(3));
        let refused = db.create_task_with(&job, twice).await.unwrap_err();
        assert!(matches!(refused.root(), TaskDbErr::AlreadyExists { .. }), "{refused}");
        job
    };
    let job = create.instrument(span).await;
    let fails = |_: Value, _: Context| async { Err::<(), _>(Error::retry("broken")) };
    let traced = Worker::new(db).on("cpu", fails).layer(tracing);
    traced.run_inline(&job, None).await.unwrap();
    let told = spans(caller.trace_id());
    let error = |span: &SpanData| matches!(span.status, opentelemetry::trace::Status::Error { .. });
    assert!(error(&of(&told, SpanKind::Producer, "init")));
    let attempts = told.iter().filter(|span| span.span_kind == SpanKind::Consumer);
    assert_eq!(attempts.filter(|span| error(span)).count(), 2);

    // A worker of before: it knows neither the feature nor the label.
    plain.retry_job(&job).await.unwrap();
    let task = plain.request_work("cpu").await.unwrap().unwrap();
    assert_eq!((&*task.task_id, &task.task_def), ("init", &json!(1)));
    assert!(plain.complete(&task.claim, &json!(1)).await.unwrap());
}
