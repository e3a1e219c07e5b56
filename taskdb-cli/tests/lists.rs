//! What `taskdb job`, `task` and `stream` show, as tables and as documents.

mod store;

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use store::Store;
use taskdb::JobState;
use uuid::Uuid;

fn document(store: &Store, args: &[&str]) -> Value {
    serde_json::from_str(&store.line(args)).unwrap()
}

fn ids(page: &Value) -> Vec<String> {
    let jobs = page["jobs"].as_array().unwrap();
    jobs.iter().map(|job| job["job_id"].as_str().unwrap().to_owned()).collect()
}

/// Five jobs, of which the second has failed with a long error.
fn five_jobs(store: &Store) -> Vec<String> {
    let jobs: Vec<Uuid> = (0..5).map(|n| store.job("w", json!(n), 0)).collect();
    let error = "first line\nsecond line \u{1b}[31m";
    assert!(store.wait(store.db.update_task_failed(&jobs[1], "init", error)).unwrap());
    jobs.iter().map(Uuid::to_string).collect()
}

#[test]
fn jobs_are_listed_page_by_page() {
    let store = Store::new();
    let jobs = five_jobs(&store);
    let first = document(&store, &["job", "list", "--limit", "2", "--json"]);
    assert_eq!(ids(&first), jobs[..2]);
    let next = first["next"].as_u64().unwrap().to_string();
    let rest = document(&store, &["job", "list", "--after", &next, "--json"]);
    assert_eq!(ids(&rest), jobs[2..]);
    assert_eq!(rest["next"], Value::Null);
    let failed = document(&store, &["job", "list", "--state", "failed", "--json"]);
    assert_eq!(ids(&failed), jobs[1..2]);
    let nobody = document(&store, &["job", "list", "--user", "bob", "--json"]);
    assert_eq!(nobody, json!({"jobs": [], "next": null}));
}

#[test]
fn the_fields_of_a_job_keep_their_names() {
    let store = Store::new();
    let job = &five_jobs(&store)[1];
    let mut shown = document(&store, &["job", "show", job, "--tasks", "--json"]);
    let task = shown["tasks"][0].take();
    for time in ["created_at", "updated_at"] {
        for document in [&shown, &task] {
            let text = document[time].as_str().unwrap();
            assert!(text.len() == 27 && text.ends_with('Z') && text.starts_with("20"), "{text}");
        }
    }
    let error = "first line\nsecond line \u{1b}[31m";
    for time in ["created_at", "updated_at"] {
        shown[time] = json!("time");
    }
    let expected = json!({
        "job_id": job, "age": 1, "user": "alice", "state": "failed", "error": error,
        "name": null, "labels": {}, "keep": false, "priority": "medium", "task_count": 1, "unresolved_count": 1, "created_at": "time",
        "started_at": null, "updated_at": "time", "elapsed_secs": 0.0, "tasks": [null],
    });
    assert_eq!(shown, expected);
    let fields: Vec<_> = task.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "age",
        "attempt",
        "created_at",
        "deadline",
        "definition",
        "error",
        "losses",
        "max_retries",
        "name",
        "optional",
        "prerequisites",
        "progress",
        "retries",
        "run_if",
        "start_at",
        "started_at",
        "state",
        "stream_id",
        "timeout_secs",
        "updated_at",
        "waiting_on",
        "worker",
        "worker_type",
    ];
    assert_eq!(fields, expected);
    assert_eq!((&task["state"], &task["definition"]), (&json!("failed"), &json!(1)));
    assert_eq!((&task["worker_type"], &task["error"]), (&json!("w"), &json!(error)));
}

#[test]
fn tables_have_a_line_for_each_and_steer_no_terminal() {
    let store = Store::new();
    let jobs = five_jobs(&store);
    let table = store.line(&["job", "list"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 6, "{table}");
    assert!(lines[0].contains("JOB") && lines[0].contains("ERROR"), "{table}");
    assert!(lines[2].contains(&jobs[1]) && lines[2].ends_with("first line"), "{table}");
    let ran = store.run(&["job", "list", "--limit", "3"]);
    ran.ended(0, &["there may be more: --after 2"]);
    let shown = store.line(&["job", "show", &jobs[1], "--tasks"]);
    assert!(shown.contains("error     second line \u{fffd}[31m"), "{shown}");
    assert!(shown.contains("\n init  failed  w"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !table.contains('\u{1b}'));
}

#[test]
fn what_is_not_there_is_said() {
    let store = Store::new();
    let job = store.job("w", json!(1), 0).to_string();
    let unknown = Uuid::nil().to_string();
    let text = format!("job {unknown} not found");
    store.run(&["job", "show", &unknown]).ended(1, &[&text]);
    store.run(&["task", "output", &job]).ended(1, &["output of task `init` of job", "not found"]);
    let create = ["--worker-type", "w", "--definition", "1"];
    store.run(&[&["task", "create", &unknown, "a"], &create[..]].concat()).ended(1, &[&text]);
    store.run(&["job", "show", "7"]).ended(2, &["invalid value '7'"]);
    store.run(&["job", "list", "--limit", "0"]).ended(2, &["`limit`: must be at least 1"]);
    store.run(&["job", "list", "--state", "ready"]).ended(2, &["running, done, failed, cancelled"]);
    let create = ["job", "create", "--user", "a", "--worker-type", "w", "--definition"];
    store.run(&[&create[..], &["text"]].concat()).ended(2, &["is not JSON", "'\"text\"'"]);
    let streams = store.line(&["stream", "list", "--user", "a", "--json"]);
    assert_eq!(streams, r#"{"streams":[],"next":null}"#, "what is refused makes no stream");
}

#[test]
fn jobs_and_tasks_are_created_as_asked() {
    let store = Store::new();
    let mut command = store.command(&[
        "job",
        "create",
        "--user",
        "alice",
        "--worker-type",
        "w",
        "--retries",
        "4",
        "--timeout",
        "1500ms",
        "--priority",
        "high",
        "--key",
        "once",
        "--json",
        "--definition",
        "-",
    ]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b" {\"b\": 1.50, \"a\": []}\n").unwrap();
    let created: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    let job: Uuid = created["job_id"].as_str().unwrap().parse().unwrap();
    let init = store.task(&job, "init");
    assert_eq!(init.definition.as_str(), r#"{"a":[],"b":1.5}"#);
    assert_eq!((init.max_retries, init.timeout_secs), (4, 2));
    assert_eq!(store.wait(store.db.get_job(&job)).unwrap().priority.to_string(), "high");
    let again = [
        "job",
        "create",
        "--user",
        "alice",
        "--worker-type",
        "w",
        "--key",
        "once",
        "--definition",
        "{\"a\": [], \"b\": 1.5}",
    ];
    assert_eq!(store.line(&again), job.to_string(), "the key gives the first job");

    let id = job.to_string();
    let task = [
        "task",
        "create",
        &id,
        "b",
        "--worker-type",
        "v",
        "--definition",
        "-1",
        "--after",
        "init",
        "--optional",
        "--all-settled",
        "--delay",
        "10m",
    ];
    assert_eq!(store.line(&task), "");
    assert_eq!(store.line(&task), "", "the same again changes nothing");
    let b = store.task(&job, "b");
    assert_eq!((b.definition.as_str(), b.prerequisites), ("-1", vec!["init".to_owned()]));
    assert!(b.optional && b.start_at.is_some());
    assert_eq!(store.wait(store.db.get_job(&job)).unwrap().state, JobState::Running);
}

#[test]
fn streams_are_listed_with_their_counts() {
    let store = Store::new();
    store.job("w", json!(1), 0);
    store.job("v", json!(1), 0);
    store.job("v", json!(1), 0);
    let mut page =
        document(&store, &["stream", "list", "--worker-type", "v", "--user", "alice", "--json"]);
    let stream = page["streams"][0].take();
    assert_eq!(page, json!({"streams": [null], "next": null}));
    let expected = json!({
        "stream_id": stream["stream_id"], "age": 1, "worker_type": "v", "user": "alice",
        "reserved": 0, "be_mult": 1.0, "paused": false, "pending_count": 0,
        "ready_count": {"high": 0, "medium": 2, "low": 0}, "running_count": 0, "share": 0.0,
    });
    assert_eq!(stream, expected);
    let table = store.line(&["stream", "list"]);
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn a_password_is_never_shown() {
    let store = Store::new();
    let url = "nosuch://user:hidden@localhost/0";
    for args in [&["job", "list"][..], &["job", "list", "--help"], &["job", "list", "--limit", "x"]]
    {
        let output = store.command(args).env("TASKDB_URL", url).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.is_empty() && !text.contains("hidden"), "{args:?}: {text}");
    }
    store.run(&["job", "list", "--url", url]).ended(2, &["nosuch"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let store = Store::new();
    five_jobs(&store);
    let mut child = store.command(&["job", "list"]).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
