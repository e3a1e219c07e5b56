//! Code of the application around calls, and the metrics of calls.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use taskdb::layers::{CALL_METRICS, Call, Codec, Codecs, Interceptor, Outcome, Reply};
use taskdb::stats::STATS_METRICS;
use taskdb::worker::BoxError;
use taskdb::{NewTask, Result, TaskDb, TaskDbErr};

/// Writes down what it sees, under its name.
struct Scribe {
    name: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Scribe {
    fn note(&self, text: String) {
        self.seen.lock().unwrap().push(format!("{} {text}", self.name));
    }
}

#[async_trait]
impl Interceptor for Scribe {
    type Note = &'static str;

    async fn before(&self, call: Call<'_>) -> Result<&'static str> {
        let verb = call.verb();
        self.note(format!("before {verb}"));
        match call {
            Call::CreateJob(job) if job.user_id == "mallory" => {
                Err(TaskDbErr::invalid("user_id", "has not paid"))
            }
            Call::CreateJob(job) => {
                job.max_retries = 7;
                Ok(verb)
            }
            _ => Ok(verb),
        }
    }

    async fn after(&self, verb: &'static str, outcome: Outcome<'_>) -> Result<()> {
        self.note(format!("after {verb} {}", if outcome.is_ok() { "ok" } else { "err" }));
        match outcome {
            Ok(Reply::GetTask(task)) => task.worker_id = Some("hidden".to_owned()),
            Ok(Reply::CancelJob(())) => return Err(TaskDbErr::invalid("job", "told nobody")),
            _ => {}
        }
        Ok(())
    }
}

/// A store in memory with a stream, and the same behind two scribes.
async fn setup() -> (TaskDb, TaskDb, uuid::Uuid, Arc<Mutex<Vec<String>>>) {
    let db = taskdb::connect("memory:").await.unwrap();
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let scribe = |name| Scribe { name, seen: Arc::clone(&seen) };
    let watched = db.intercept(scribe("inner")).intercept(scribe("outer"));
    (db, watched, cpu, seen)
}

#[tokio::test]
async fn the_last_one_added_is_asked_first_and_told_last() {
    let (_, watched, cpu, seen) = setup().await;
    watched.create_job(&cpu, &json!({}), 0, 60, "alice").await.unwrap();
    assert!(watched.get_job(&uuid::Uuid::nil()).await.is_err());
    let expected = [
        "outer before create_job",
        "inner before create_job",
        "inner after create_job ok",
        "outer after create_job ok",
        "outer before get_job",
        "inner before get_job",
        "inner after get_job err",
        "outer after get_job err",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_refused_call_reaches_nobody_below() {
    let (db, watched, cpu, seen) = setup().await;
    let refused = watched.create_job(&cpu, &json!({}), 0, 60, "mallory").await.unwrap_err();
    assert!(refused.to_string().contains("has not paid"), "{refused}");
    assert_eq!(*seen.lock().unwrap(), ["outer before create_job"]);
    assert_eq!(db.get_concurrent_jobs("mallory").await.unwrap(), 0);
}

#[tokio::test]
async fn arguments_and_replies_can_be_changed() {
    let (db, watched, cpu, _) = setup().await;
    let job = watched.create_job(&cpu, &json!({}), 0, 60, "alice").await.unwrap();
    let init = watched.get_task(&job, "init").await.unwrap();
    assert_eq!((init.max_retries, init.worker_id.as_deref()), (7, Some("hidden")));
    assert_eq!(db.get_task(&job, "init").await.unwrap().worker_id, None);
}

#[tokio::test]
async fn an_error_afterwards_replaces_the_reply_only() {
    let (db, watched, cpu, _) = setup().await;
    let job = watched.create_job(&cpu, &json!({}), 0, 60, "alice").await.unwrap();
    let told = watched.cancel_job(&job).await.unwrap_err();
    assert!(told.to_string().contains("told nobody"), "{told}");
    assert_eq!(db.get_job_failure(&job).await.unwrap(), "cancelled");
    // A failure of the store itself is what the caller hears.
    let unknown = watched.cancel_job(&uuid::Uuid::nil()).await.unwrap_err();
    assert!(unknown.is_not_found(), "{unknown}");
}

/// Turns strings around and leaves everything else as it is.
struct Backwards(&'static str);

impl Codec for Backwards {
    fn name(&self) -> &str {
        self.0
    }

    fn encode(&self, payload: &[u8]) -> std::result::Result<Option<Vec<u8>>, BoxError> {
        Ok(payload.starts_with(b"\"").then(|| payload.iter().rev().copied().collect()))
    }

    fn decode(&self, stored: &[u8]) -> std::result::Result<Vec<u8>, BoxError> {
        Ok(stored.iter().rev().copied().collect())
    }
}

#[tokio::test]
async fn inputs_that_no_codec_can_read_leave_no_claim_behind() {
    let (db, _, cpu, _) = setup().await;
    let writer = db.encode(Codecs::new().write(Backwards("one")));
    let other = db.encode(Codecs::new().write(Backwards("other")));
    let job = writer.create_job(&cpu, &json!({}), 0, 60, "alice").await.unwrap();
    let next = NewTask::new("next", cpu, json!({})).after(["init"]);
    writer.create_tasks(&job, [next]).await.unwrap();
    let init = writer.request_work("cpu").await.unwrap().unwrap();
    assert!(writer.complete(&init.claim, &json!("a result")).await.unwrap());

    let told = other.request_work_with_inputs("cpu", None).await.unwrap_err();
    assert!(matches!(told, TaskDbErr::Corrupt { .. }), "{told}");
    assert_eq!(db.list_claims(None, None, None, 9).await.unwrap(), []);
    let (next, inputs) = writer.request_work_with_inputs("cpu", None).await.unwrap().unwrap();
    assert_eq!(next.task_id, "next");
    assert_eq!(inputs[0].output.as_ref().unwrap().as_str(), r#""a result""#);
}

/// Runs `calls` with a recorder and returns the counters as `name{labels} value`, sorted.
fn counted(calls: impl Future<Output = ()>) -> (Vec<String>, usize) {
    let recorder = DebuggingRecorder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(calls));
    let mut lines = Vec::new();
    let mut timed = 0;
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let labels: Vec<_> =
            key.key().labels().map(|l| format!("{}={}", l.key(), l.value())).collect();
        match value {
            DebugValue::Counter(n) => {
                lines.push(format!("{}{{{}}} {n}", key.key().name(), labels.join(",")));
            }
            DebugValue::Histogram(values) => timed += values.len(),
            DebugValue::Gauge(_) => {}
        }
    }
    lines.sort();
    (lines, timed)
}

#[test]
fn calls_and_what_they_did_are_counted() {
    let (lines, timed) = counted(async {
        let db = taskdb::connect("memory:").await.unwrap();
        let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
        let job = db.create_job(&cpu, &json!({}), 1, 60, "alice").await.unwrap();
        let first = db.request_work("cpu").await.unwrap().unwrap();
        assert!(db.retry(&first.claim, std::time::Duration::ZERO).await.unwrap());
        let again = db.request_work("cpu").await.unwrap().unwrap();
        assert!(db.complete(&first.claim, &json!(1)).await.is_err());
        assert!(db.complete(&again.claim, &json!(1)).await.unwrap());
        assert!(db.request_work("cpu").await.unwrap().is_none());
        assert!(db.get_task(&job, "other").await.is_err());
    });
    let expected = [
        "taskdb_calls_total{verb=create_job,outcome=ok} 1",
        "taskdb_calls_total{verb=create_stream,outcome=ok} 1",
        "taskdb_calls_total{verb=get_task,outcome=refused} 1",
        "taskdb_calls_total{verb=request_work,outcome=ok} 3",
        "taskdb_calls_total{verb=update_task_done,outcome=ok} 2",
        "taskdb_calls_total{verb=update_task_retry,outcome=ok} 1",
        "taskdb_claims_empty_total{worker_type=cpu} 1",
        "taskdb_claims_lost_total{reason=reclaimed} 1",
        "taskdb_jobs_created_total{} 1",
        "taskdb_tasks_claimed_total{worker_type=cpu} 2",
        "taskdb_tasks_done_total{} 1",
        "taskdb_tasks_retried_total{} 1",
    ];
    assert_eq!(lines, expected);
    assert_eq!(timed, 9);
}

#[test]
fn every_metric_is_documented() {
    let page = std::fs::read_to_string("docs/metrics.md").unwrap();
    // What a program has beside those of the library stands in a section of its own.
    let sections = page.split("\n## ");
    let own = sections.filter(|text| !text.starts_with("The exporter"));
    let documented: Vec<_> = own
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("| `taskdb_"))
        .filter_map(|line| line.split_once('`'))
        .map(|(name, rest)| (format!("taskdb_{name}"), rest.trim_matches([' ', '|']).to_owned()))
        .collect();
    let known = CALL_METRICS.iter().chain(STATS_METRICS).chain(taskdb::worker::WORKER_METRICS);
    let known: Vec<_> =
        known.map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect();
    assert_eq!(documented, known);
}
