//! Traces of the program: what a collector is told while graphs run and workers serve.

mod store;

use std::collections::HashMap;
use std::fmt::Write;
use std::process::Command;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;
use store::{Ran, Store};
use taskdb::NewJob;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A collector that keeps what it is told: the name of the service, and the span.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            let service = format!("{:?}", resource.resource);
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.0.lock().unwrap().extend(spans.map(|span| (service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Listens as long as the store's runtime lives; its address.
    fn start(&self, store: &Store) -> String {
        store.wait(async {
            let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = incoming.local_addr().unwrap();
            let service = TraceServiceServer::new(self.clone());
            tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
            format!("http://{address}")
        })
    }

    /// The spans of the caller's trace by name and task, with their contexts.
    fn spans(&self) -> HashMap<String, Span> {
        let told = self.0.lock().unwrap();
        let of_trace = told.iter().filter(|(_, span)| hex(&span.trace_id) == CALLER[3..35]);
        of_trace.map(|(_, span)| (format!("{} {}", span.name, task(span)), span.clone())).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn ended(command: &mut Command) -> Ran {
    Ran::from(command.output().unwrap())
}

/// The task that a span is about.
fn task(span: &Span) -> String {
    let about = span.attributes.iter().find(|about| about.key == "task_id");
    about.map_or_else(String::new, |about| {
        let text = format!("{:?}", about.value);
        text.split('"').nth(1).unwrap_or_default().to_owned()
    })
}

#[test]
fn a_run_goes_on_with_the_trace_of_its_caller() {
    let (store, collector) = (Store::new(), Collector::default());
    let graph = "[tasks.list]\nrun = 'echo 1'\n[tasks.each]\neach = 'list'\n\
                 run = 'printf %s \"$TRACEPARENT\"'\n";
    std::fs::write(store.path("graph.toml"), graph).unwrap();
    let address = collector.start(&store);
    let mut command = store.command(&["run", "graph.toml", "--otlp", &address]);
    let ran = ended(command.env("TRACEPARENT", CALLER).env("OTEL_SERVICE_NAME", "nightly"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let spans = collector.spans();
    let span = |name: &str| spans.get(name).unwrap_or_else(|| panic!("{name}: {spans:#?}"));
    assert_eq!(hex(&span("run ").parent_span_id), &CALLER[36..52]);
    // The command is told of its attempt; the other spans of that name are the planner's.
    let is_told =
        |span: &Span| ran.stdout == format!("{}-{}-01", &CALLER[..35], hex(&span.span_id));
    let mut attempts = spans.iter().filter(|(name, _)| name.starts_with("attempt each"));
    let (name, attempt) = attempts.find(|(_, span)| is_told(span)).expect("it is told");
    assert_eq!(attempt.parent_span_id, span("run ").span_id);
    let created = span(&name.replace("attempt", "create task"));
    assert_eq!(attempt.links[0].span_id, created.span_id);
    let services = collector.0.lock().unwrap();
    assert!(services.iter().all(|(service, _)| service.contains("nightly")), "{services:#?}");
}

#[test]
fn a_worker_goes_on_with_the_trace_of_a_job() {
    let (store, collector) = (Store::new(), Collector::default());
    let address = collector.start(&store);
    store.wait(async {
        let stream = store.db.create_stream("w", 1, 1.0, "alice").await.unwrap();
        let job = NewJob::new("alice", stream, json!("sentinel")).label("traceparent", CALLER);
        store.db.create_job_with(job).await.unwrap();
    });
    let line = "printf '\"%s\"' \"$TRACEPARENT $TRACESTATE\"";
    let args = ["worker", "--worker-type", "w", "--until-idle=100ms", "--exec", line];
    let mut command = store.command(&args);
    // Of the trace that the worker was started in, if of any.
    command.env("TRACESTATE", "elsewhere=1").env("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    ended(&mut command).ended(0, &[]);
    let spans = collector.spans();
    let attempt = &spans["attempt init"];
    assert_eq!(hex(&attempt.parent_span_id), &CALLER[36..52]);
    assert!(!format!("{attempt:?}").contains("sentinel"));
    let jobs = store.wait(store.db.list_jobs(Default::default(), None, 1)).unwrap();
    let told: String = store.wait(store.db.get_task_output(&jobs[0].job_id, "init")).unwrap();
    assert!(told.contains(&hex(&attempt.span_id)) && !told.contains("elsewhere"), "{told}");
}

#[test]
fn a_collector_that_is_away_stops_nobody() {
    let store = Store::new();
    let job = store.job("w", json!(1), 0);
    let args = ["worker", "--worker-type", "w", "--until-idle=100ms", "--exec", "echo 1"];
    let to = ["--otlp", "http://127.0.0.1:1"];
    let mut command = store.command(&[&args[..4], &to, &args[4..]].concat());
    let ran = ended(command.env("TASKDB_LOG", "warn"));
    assert_eq!(store.task(&job, "init").attempt, 1);
    ran.ended(0, &["Connection refused"]);
}

#[test]
fn an_address_that_cannot_be_one_is_refused() {
    let store = Store::new();
    for (address, why) in [
        ("localhost:4317", "write http:// or https://"),
        ("http://me:hush@localhost:4317", "OTEL_EXPORTER_OTLP_HEADERS"),
    ] {
        store.run(&["run", "graph.toml", "--otlp", address]).ended(2, &[why]);
    }
}
