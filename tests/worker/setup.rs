//! A store with a job, and a worker at work on it.

use std::cell::RefCell;
use std::sync::{Mutex, Once};
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Ended, Hooks, Request, RunError, Stop};
use taskdb::{JobInfo, JobState, TaskDb, TaskInfo, Worker};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::flaky::Switch;

/// How long anything may take before a test gives up.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Setup {
    pub(crate) db: TaskDb,
    pub(crate) stream: Uuid,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::on(taskdb::connect("memory:").await.expect("a store")).await
    }

    pub(crate) async fn on(db: TaskDb) -> Self {
        let stream = db.get_or_create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
        Self { db, stream }
    }

    /// The same store, through a switch.
    pub(crate) fn switched(&self, switch: &Switch) -> Self {
        Self { db: switch.over(&self.db), stream: self.stream }
    }

    /// A job with retries whose attempts may take a minute.
    pub(crate) async fn job(&self, definition: Value, retries: i32) -> Uuid {
        self.job_with(definition, retries, 60).await
    }

    pub(crate) async fn job_with(&self, definition: Value, retries: i32, timeout: i32) -> Uuid {
        let job = self.db.create_job(&self.stream, &definition, retries, timeout, "alice").await;
        job.expect("a job")
    }

    /// A worker that tries again at once and keeps no signals.
    pub(crate) fn worker(&self) -> Worker {
        Worker::new(self.db.clone()).retry_policy(|_| Duration::from_millis(1)).concurrency(4)
    }

    pub(crate) async fn info(&self, job: &Uuid) -> JobInfo {
        self.db.get_job(job).await.expect("a job")
    }

    pub(crate) async fn init(&self, job: &Uuid) -> TaskInfo {
        self.db.get_task(job, "init").await.expect("a task")
    }

    /// Waits for the end of a job.
    pub(crate) async fn ended(&self, job: &Uuid) -> JobState {
        until("the end of a job", async || self.info(job).await.state != JobState::Running).await;
        self.info(job).await.state
    }

    pub(crate) async fn output(&self, job: &Uuid, task: &str) -> Value {
        self.db.get_task_output(job, task).await.expect("an output")
    }
}

/// A worker in a task of its own, stopped in good order by `end`.
pub(crate) struct Running {
    task: JoinHandle<Result<(), RunError>>,
    pub(crate) stop: Stop,
}

pub(crate) fn start<S: Send + Sync + 'static>(worker: Worker<S>) -> Running {
    let stop = worker.stop();
    let task = tokio::spawn(worker.run_until(std::future::pending()));
    Running { task, stop }
}

impl Running {
    pub(crate) async fn end(self) -> Result<(), RunError> {
        self.stop.drain();
        self.ended().await
    }

    pub(crate) async fn ended(self) -> Result<(), RunError> {
        timeout(LIMIT, self.task).await.expect("a worker ends").expect("it does not panic")
    }
}

/// Waits until something is so, for the reader of a failure in words.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let look = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(LIMIT, look).await.is_ok(), "waited in vain for {what}");
}

/// In a thread of a handler, whether it is told to end before one loses patience.
pub(crate) fn cancelled(cx: &Context) -> bool {
    let start = std::time::Instant::now();
    while !cx.is_cancelled() && start.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(5));
    }
    cx.is_cancelled()
}

/// Hooks that keep how attempts ended, by task.
#[derive(Clone, Default)]
pub(crate) struct Heard(std::sync::Arc<Mutex<Vec<(String, Ended)>>>);

impl Heard {
    pub(crate) fn all(&self) -> Vec<(String, Ended)> {
        self.0.lock().expect("no panic").clone()
    }
}

impl Hooks for Heard {
    fn ended(&self, request: &Request, how: &Ended, _: Duration) {
        let task = request.task().task_id.clone();
        self.0.lock().expect("no panic").push((task, how.clone()));
    }
}

/// Answers with the definition.
pub(crate) async fn echo(input: Value, _: Context) -> taskdb::worker::Result<Value> {
    Ok(json!({"echo": input}))
}

/// What a thread logs. All threads share one subscriber, since one for each would not be asked
/// of what another thread has logged first.
#[derive(Clone, Default)]
pub(crate) struct Log(std::sync::Arc<Mutex<Vec<u8>>>);

thread_local! {
    static LOG: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl Log {
    /// Keeps from here on what this thread logs, at level INFO and above.
    pub(crate) fn of_this_thread() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(tracing::Level::INFO)
                .with_writer(|| LOG.with_borrow(Clone::clone).unwrap_or_default());
            tracing::subscriber::set_global_default(subscriber.finish()).expect("the only one");
        });
        let log = Self::default();
        LOG.set(Some(log.clone()));
        log
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let kept = self.0.lock().expect("no panic");
        String::from_utf8_lossy(&kept).lines().map(str::to_owned).collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
