//! Passwords and payloads stay where they belong: a mixture of everything runs with sentinels in
//! their places, at the most talkative level of the log, and none of them shows up in what was
//! written, served or told.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use taskdb::layers::{Call, Interceptor, Outcome};
use taskdb::worker::{Context, Error, TraceLayer};
use taskdb::{NewJob, NewTask, Result, Schedule, TaskDb, Worker};
use taskdb_testkit::servers::{postgres, redis};
use tempfile::TempDir;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::program::{self, Ran};
use crate::scrape;
use crate::store;

pub(crate) const PASSWORD: &str = "sentinel-password-5b1d";
pub(crate) const PAYLOAD: &str = "sentinel-payload-9c27";

#[track_caller]
pub(crate) fn is_silent(what: &str, text: &str) {
    for sentinel in [PASSWORD, PAYLOAD] {
        let at = text.lines().find(|line| line.contains(sentinel));
        assert_eq!(at, None, "{what} tells {sentinel}");
    }
}

/// A store with its password in the environment, and everything that was written about it.
struct Told {
    folder: TempDir,
    url: String,
    text: String,
}

impl Told {
    fn new(url: String) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url, text: String::new() }
    }

    fn env(&self) -> [(&str, &str); 3] {
        let password = if self.url.starts_with("sqlite") { "" } else { PASSWORD };
        [("TASKDB_URL", &self.url), ("TASKDB_PASSWORD", password), ("TASKDB_LOG", "trace")]
    }

    fn run(&mut self, args: &[&str]) -> Ran {
        let ran = program::run(self.folder.path(), args, &self.env());
        is_silent(&format!("{args:?}"), &format!("{}{}", ran.stdout, ran.stderr));
        self.text += &ran.stderr;
        ran
    }

    fn create(&mut self, worker_type: &str, more: &[&str]) -> Ran {
        let definition = json!({"secret": PAYLOAD}).to_string();
        let create = ["job", "create", "--user", "alice", "--worker-type", worker_type];
        self.run(&[&create[..], &["--definition", &definition], more].concat())
    }

    /// Serves until nothing comes any more; probes and command lines are looked at meanwhile.
    fn serve(&mut self, worker_type: &str, line: &str) {
        let args = [
            "worker",
            "--worker-type",
            worker_type,
            "--until-idle=200ms",
            "--listen",
            "127.0.0.1:0",
            "--exec",
            line,
        ];
        let child = program::taskdb(self.folder.path(), &args, &self.env()).spawn().unwrap();
        let titles = titles(child.id());
        assert!(titles.contains("--until-idle"), "{titles}");
        is_silent("a command line", &titles);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        is_silent("a worker", &said);
        self.text += &said;
    }
}

/// The command line of a process, as everybody on the machine can read it.
pub(crate) fn titles(process: u32) -> String {
    let read = || std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    // Until it has become the program, it is a copy of this one.
    store::until("its command line", || !read().is_empty());
    String::from_utf8_lossy(&read()).replace('\0', " ")
}

/// Work that ends in every way, looks at all of it, and what does not work at all.
fn mixture(url: String, wrong: &[String]) {
    let mut told = Told::new(url);
    told.create("good", &["--key", "once"]);
    let other = ["--key", "once", "--priority", "high"];
    told.create("good", &other);
    for worker_type in ["bad", "broken", "odd"] {
        told.create(worker_type, &[]);
    }
    told.serve("good", "cat");
    told.serve("bad", "cat > /dev/null; exit 100");
    told.serve("broken", "cat > /dev/null; exit 1");
    told.serve("odd", &format!("echo not JSON, {}", &PAYLOAD[..8]));
    for args in [
        &["job", "list"][..],
        &["job", "list", "--state", "failed", "--json"],
        &["job", "show", "00000000-0000-0000-0000-000000000000"],
        &["stream", "list", "--json"],
        &["worker", "list"],
        &["events", "--json"],
        &["health"],
        &["stats"],
        &["stats", "--json"],
        &["bench", "--tasks", "20", "--workers", "2"],
        &["gate"],
        &["audit", "--repair"],
        &["config", "show"],
        &["purge", "--done", "1h", "--yes"],
        &["job", "cancel", "--user", "alice", "--yes"],
    ] {
        told.run(args);
    }
    assert!(told.text.contains("request_work"), "the log is there: {}", told.text);
    for url in wrong {
        let args = ["health", "--url", url];
        let ran = program::run(told.folder.path(), &args, &[("TASKDB_LOG", "trace")]);
        assert_ne!(ran.code, Some(0), "{url}");
        is_silent(url.split(':').next().unwrap(), &format!("{}{}", ran.stdout, ran.stderr));
    }
}

#[test]
fn a_file_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    mixture(url, &[format!("nosql://a:{PASSWORD}@b")]);
}

#[test]
fn a_redis_tells_nothing() {
    let options = redis::Options { password: Some(PASSWORD.to_owned()), ..Default::default() };
    let server = options.start().unwrap();
    let port = server.port().unwrap();
    mixture(
        format!("redis://127.0.0.1:{port}"),
        &[
            format!("redis://nobody:{PASSWORD}@127.0.0.1:{port}"),
            format!("redis://:{PASSWORD}-wrong@127.0.0.1:{port}"),
            format!("redis://a:{PASSWORD}@127.0.0.1:1"),
            format!("redis://a:{PASSWORD}@127.0.0.1:port"),
            format!("rediss://a:{PASSWORD}@127.0.0.1:{port}"),
            format!("redis://a:{PASSWORD}@127.0.0.1/?unknown=1"),
            format!("redis+sentinel://a:{PASSWORD}@127.0.0.1:1/main"),
        ],
    );
}

#[test]
fn a_postgres_tells_nothing() {
    let options =
        postgres::Options { password: Some(PASSWORD.to_owned()), ..postgres::Options::fast() };
    let server = options.start().unwrap();
    let port = server.port().unwrap();
    mixture(
        format!("postgres://taskdb@127.0.0.1:{port}/postgres"),
        &[
            format!("postgres://nobody:{PASSWORD}@127.0.0.1:{port}/postgres"),
            format!("postgres://taskdb:{PASSWORD}-wrong@127.0.0.1:{port}/postgres"),
            format!("postgres://a:{PASSWORD}@127.0.0.1:1/postgres"),
            format!("postgres://a:{PASSWORD}@127.0.0.1:port/postgres"),
            format!("postgres://a:{PASSWORD}@127.0.0.1:{port}/postgres?unknown=1"),
            format!("postgres://a:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=require"),
        ],
    );
}

#[test]
fn metrics_tell_nothing() {
    let store = store::Store::new();
    store.job("w", json!(PAYLOAD), 0);
    let mut worker =
        store.worker(&["--worker-type", "w", "--listen", "127.0.0.1:0", "--exec", "cat"]);
    let address = scrape::address(&mut worker);
    let page = || scrape::get(&address, "/metrics").1;
    store::until("its end", || page().contains("taskdb_tasks_done_total 1"));
    is_silent("the metrics", &page());
    worker.stop().ended(0, &[]);
}

/// Everything that is written, whoever writes it.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes down the `Debug` output of every call and every answer.
struct Scribe(Written);

#[async_trait]
impl Interceptor for Scribe {
    type Note = ();

    async fn before(&self, call: Call<'_>) -> Result<()> {
        let text = format!("{call:?}\n");
        self.0.0.lock().unwrap().extend(text.bytes());
        Ok(())
    }

    async fn after(&self, (): (), outcome: Outcome<'_>) -> Result<()> {
        let text = format!("{outcome:?}\n");
        self.0.0.lock().unwrap().extend(text.bytes());
        Ok(())
    }
}

async fn handle(task: Value, cx: Context) -> taskdb::worker::Result<Value> {
    tracing::info!(?cx, "a handler");
    match cx.task_id() {
        "fails" => Err(Error::fail("no")),
        "panics" => panic!("on purpose"),
        "changes" => Err(Error::retry("again")),
        _ => Ok(task),
    }
}

/// Calls and attempts of the library itself, with everything it logs and shows.
async fn library(db: TaskDb) -> String {
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
    let payload = || json!({"secret": [PAYLOAD]});
    let new = NewJob::new("alice", cpu, payload()).retries(1).key("once");
    let job = db.create_job_with(new.clone()).await.unwrap();
    let names = ["fails", "panics", "changes", "works"];
    let tasks = names.map(|name| NewTask::new(name, cpu, payload()).retries(1).optional());
    let mut shown = format!("{tasks:?} {new:?}");
    db.create_tasks(&job, tasks).await.unwrap();
    let schedule = Schedule::new("nightly", "0 0 * * *", new.clone());
    db.put_schedule(&schedule).await.unwrap();
    let worker = Worker::new(db.clone())
        .on("cpu", handle)
        .layer(TraceLayer)
        .until_idle(Duration::from_millis(200));
    let monitor = worker.monitor();
    write!(shown, "{worker:?} {schedule:?}").unwrap();
    worker.run_until(std::future::pending()).await.unwrap();
    let changed = NewJob::new("alice", cpu, json!([PAYLOAD])).key("once");
    let refused = db.create_job_with(changed).await.unwrap_err();
    let unfit = db.get_task_output::<u8>(&job, "works").await.unwrap_err();
    let page = db.export(None, 100).await.unwrap();
    write!(shown, "{monitor:?} {refused} {refused:?} {unfit} {unfit:?} {page:?} {db:?}").unwrap();
    for task in db.list_tasks(&job, None, None, 9).await.unwrap() {
        write!(shown, "{task:?}").unwrap();
    }
    shown
}

#[test]
fn the_library_tells_nothing() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shown = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let db = taskdb::connect("memory:").await.unwrap();
            library(db.intercept(Scribe(written.clone()))).await
        })
    });
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("request_work") && text.contains("CanonicalJson("), "{text}");
    assert!(text.contains("a handler") && shown.contains("NewTask"), "{shown}");
    is_silent("the log", &text);
    is_silent("Debug", &shown);
    let config = taskdb::Config::new().with_url(format!("redis://a:{PASSWORD}@b").as_str());
    is_silent("a configuration", &format!("{config:?} {:?}", config.check()));
}
