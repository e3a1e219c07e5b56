//! What scrapers and probes get, under load, and that it is what `docs/metrics.md` says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use taskdb::store::Gate;
use taskdb::{JobState, NewTask};

use crate::store::{Store, Worker, until};

/// The status and the body of a page.
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n"))
}

fn ask(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let length = format!("content-length: {}", body.len());
    assert!(head.contains(&length) || body.is_empty(), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The address in the line that tells of it.
pub(crate) fn address(worker: &mut Worker) -> String {
    let line = worker.line();
    line.strip_prefix("listening to http://").unwrap_or_else(|| panic!("{line}")).to_owned()
}

/// Samples by name and labels, as the text format has them; anything else fails the test.
pub(crate) fn parse(page: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut typed = BTreeSet::new();
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split(' ');
            let (kind, name) = (words.next().unwrap(), words.next().unwrap().to_owned());
            match kind {
                "HELP" => assert!(words.next().is_some(), "{line}"),
                "TYPE" => {
                    let kind = words.next().unwrap();
                    assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                    typed.insert(name);
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let value = value.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
        assert!(typed.contains(family(series)), "{series} has no type");
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} is there twice");
    }
    samples
}

/// The name that a series goes by in the documentation.
pub(crate) fn family(series: &str) -> &str {
    let name = series.split('{').next().unwrap_or_default();
    let parts = ["_bucket", "_sum", "_count"];
    let base = parts.iter().find_map(|part| name.strip_suffix(part));
    base.filter(|base| base.ends_with("_seconds")).unwrap_or(name)
}

/// The names in the table under a heading of `docs/metrics.md`.
pub(crate) fn documented(heading: &str) -> BTreeSet<String> {
    let page = crate::text("docs/metrics.md");
    let section = page.split(&format!("\n## {heading}\n")).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `taskdb_"));
    rows.map(|row| format!("taskdb_{}", row.split('`').next().unwrap())).collect()
}

/// A job of so many tasks beside `init`.
fn many(store: &Store, tasks: usize) -> uuid::Uuid {
    let job = store.job("w", json!(0), 1);
    store.wait(async {
        let stream = store.db.get_stream("alice", "w").await.unwrap().unwrap();
        let names: Vec<_> = (0..tasks).map(|n| format!("task-{n}")).collect();
        let tasks = names.iter().map(|name| NewTask::new(name, stream, json!(name)).retries(1));
        store.db.create_tasks(&job, tasks).await.unwrap();
    });
    job
}

#[test]
fn a_worker_under_load_is_scraped() {
    let store = Store::new();
    let job = many(&store, 300);
    // One task in a hundred fails once.
    let line = r#"case "$TASKDB_TASK-$TASKDB_ATTEMPT" in *7?-1) exit 1;; esac; echo 1"#;
    let listen = ["--worker-type", "w", "--jobs", "8", "--listen", "127.0.0.1:0", "--exec", line];
    let mut worker = store.worker(&listen);
    let address = address(&mut worker);
    let (mut pages, mut last) = (0, 0.0);
    while store.wait(store.db.get_job(&job)).unwrap().state == JobState::Running {
        let samples = parse(&get(&address, "/metrics").1);
        let done =
            samples.get("taskdb_worker_attempts_total{end=\"done\"}").copied().unwrap_or(0.0);
        assert!(done >= last, "counters never fall");
        (pages, last) = (pages + 1, done);
    }
    assert!(pages > 3, "the job was over after {pages} pages");
    let samples = parse(&get(&address, "/metrics?again").1);
    let value = |series: &str| *samples.get(series).unwrap_or_else(|| panic!("no {series}"));
    assert_eq!(value("taskdb_worker_attempts_total{end=\"done\"}"), 301.0);
    assert!(value("taskdb_worker_attempts_total{end=\"retried\"}") >= 10.0);
    assert_eq!(value("taskdb_tasks_done_total"), 301.0);
    assert_eq!(
        value("taskdb_tasks_claimed_total{worker_type=\"w\"}"),
        value("taskdb_worker_claimed_total")
    );
    assert!(value("taskdb_call_seconds_bucket{verb=\"request_work\",le=\"+Inf\"}") >= 1.0);
    assert!(value("taskdb_worker_chore_age_seconds{chore=\"requeue\"}") < 30.0);
    assert_eq!((value("taskdb_worker_ready"), value("taskdb_worker_running")), (1.0, 0.0));

    let shown: BTreeSet<_> = samples.keys().map(|series| family(series).to_owned()).collect();
    let (calls, workers) = (documented("Calls"), documented("Workers"));
    let known: BTreeSet<_> = calls.union(&workers).cloned().collect();
    assert_eq!(shown.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(workers.difference(&shown).collect::<Vec<_>>(), Vec::<&String>::new());
    worker.signal("TERM");
    worker.ended().ended(0, &[]);
}

#[test]
fn probes_tell_life_from_readiness() {
    let store = Store::new();
    store.job("w", json!(1), 0);
    let line = "touch started; while [ ! -e go-on ]; do sleep 0.02; done; echo 1";
    let mut worker = store.worker(&[
        "--worker-type",
        "w",
        "--drain",
        "60s",
        "--listen",
        "127.0.0.1:0",
        "--exec",
        line,
    ]);
    let address = address(&mut worker);
    until("readiness", || get(&address, "/ready") == (200, "ready\n".to_owned()));
    assert_eq!(get(&address, "/live").0, 200);
    assert_eq!(get(&address, "/").0, 404);
    assert_eq!(ask(&address, "POST /live HTTP/1.1\r\n\r\n").0, 405);
    assert_eq!(ask(&address, "HEAD /live HTTP/1.1\r\n\r\n"), (200, String::new()));
    assert_eq!(ask(&address, &format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000))).0, 431);
    // A closed gate is no reason to be taken out of service.
    store.wait(store.db.set_gate(Gate::NoClaims)).unwrap();
    store.appears("started");
    assert_eq!(get(&address, "/ready").0, 200);
    worker.signal("TERM");
    until("the drain", || get(&address, "/ready") == (503, "stopping\n".to_owned()));
    assert_eq!(get(&address, "/live").0, 200, "it still works on what it has");
    std::fs::write(store.path("go-on"), "").unwrap();
    worker.ended().ended(0, &[]);
}

#[test]
fn an_address_that_is_taken_is_told_before_any_work() {
    let store = Store::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let job = store.job("w", json!(1), 0);
    let ran =
        store.run(&["worker", "--worker-type", "w", "--listen", &address, "--exec", "echo 1"]);
    ran.ended(1, &["cannot listen to", &address, "name another address"]);
    assert_eq!(store.task(&job, "init").attempt, 0);
}

/// What the library says while it works is there for who asks for it, as lines or as objects.
#[test]
fn logs_are_lines_or_objects() {
    let store = Store::new();
    let log = |format: &str| {
        let mut command = store.command(&["job", "list"]);
        command.env("TASKDB_LOG", "trace").env("TASKDB_LOG_FORMAT", format);
        crate::program::ended(&mut command).stderr
    };
    assert!(log("").contains("list_jobs"), "{}", log(""));
    let objects = log("json");
    let parsed =
        objects.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    assert!(parsed.map(|line| assert!(line["timestamp"].is_string())).count() > 0);
    assert!(log("yaml").contains("must be `text` or `json`"));
    assert_eq!(store.run(&["job", "list"]).stderr, "", "silent unless asked");
}
