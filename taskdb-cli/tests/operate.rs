//! The commands that change what becomes of jobs, tasks and streams, and those that look at a
//! namespace as a whole.

mod store;

use serde_json::{Value, json};
use store::{Store, until};
use taskdb::store::Gate;
use taskdb::{JobState, NewTask, TaskState};
use uuid::Uuid;

fn document(store: &Store, args: &[&str]) -> Value {
    serde_json::from_str(&store.line(args)).unwrap()
}

fn state(store: &Store, job: &Uuid) -> JobState {
    store.wait(store.db.get_job(job)).unwrap().state
}

#[test]
fn jobs_are_cancelled_retried_and_deleted_by_id() {
    let store = Store::new();
    let jobs = [store.job("w", json!(1), 0), store.job("w", json!(2), 0)];
    let [first, second] = jobs.map(|job| job.to_string());
    let told = store.line(&["job", "cancel", &first, &second]);
    assert_eq!(told, format!("{first} cancelled\n{second} cancelled"));
    assert!(jobs.iter().all(|job| state(&store, job) == JobState::Cancelled));
    assert_eq!(store.line(&["job", "retry", &first]), format!("{first} retried"));
    assert_eq!(state(&store, &jobs[0]), JobState::Running);

    // What cannot be is told, and the rest is done.
    let nobody = Uuid::nil().to_string();
    let ran = store.run(&["job", "retry", &nobody, &second]);
    ran.ended(1, &[&format!("job {nobody} not found"), "1 of 2 jobs could not be retried"]);
    assert_eq!(ran.stdout, format!("{second} retried\n"));
    let answers = store.run(&["job", "cancel", &nobody, &second, "--json"]);
    answers.ended(1, &[]);
    let answers: Value = serde_json::from_str(&answers.stdout).unwrap();
    assert_eq!(answers["jobs"][1], json!({"job_id": second, "error": null}));
    assert!(answers["jobs"][0]["error"].as_str().unwrap().contains("not found"));
    store.line(&["job", "delete", &first]);
    assert!(store.wait(store.db.get_job(&jobs[0])).unwrap_err().is_not_found());
}

#[test]
fn many_jobs_need_a_yes() {
    let store = Store::new();
    let jobs: Vec<_> = (0..5).map(|number| store.job("w", json!(number), 0)).collect();
    for job in &jobs[..3] {
        store.wait(store.db.update_task_failed(job, "init", "broken")).unwrap();
    }
    let retry = ["job", "retry", "--state", "failed"];
    store.run(&retry).ended(2, &["3 jobs match: give --yes to retry them all"]);
    assert_eq!(state(&store, &jobs[0]), JobState::Failed);
    let told = store.line(&[&retry[..], &["--yes"]].concat());
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(jobs.iter().all(|job| state(&store, job) == JobState::Running));
    // No job matches any more, which needs no yes.
    assert_eq!(document(&store, &[&retry[..], &["--json"]].concat()), json!({"jobs": []}));

    store.run(&["job", "delete"]).ended(2, &["required"]);
    let id = jobs[0].to_string();
    store.run(&["job", "delete", &id, "--user", "alice"]).ended(2, &["cannot be used with"]);
    // What runs is deleted only by those who say so.
    assert_eq!(store.line(&["job", "delete", "--user", "alice", "--yes"]), "");
    assert_eq!(state(&store, &jobs[4]), JobState::Running);
    let running = ["job", "delete", "--user", "alice", "--state", "running", "--yes"];
    assert_eq!(store.line(&running).lines().count(), 5);
}

#[test]
fn jobs_are_found_by_name_and_label() {
    let store = Store::new();
    let create = ["job", "create", "--user", "a", "--worker-type", "w", "--definition", "1"];
    let named = store.line(&[&create[..], &["--name", "nightly", "--label", "team=maps"]].concat());
    store.line(&[&create[..], &["--name", "nightly", "--label", "team=roads"]].concat());
    let page =
        document(&store, &["job", "list", "--name", "nightly", "--label", "team=maps", "--json"]);
    assert_eq!(page["jobs"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(page["jobs"][0]["job_id"], json!(named));
    assert_eq!(page["jobs"][0]["labels"], json!({"team": "maps"}));
    store.run(&["job", "list", "--label", "team"]).ended(2, &["use KEY=VALUE"]);
    let told = store.line(&["job", "cancel", "--label", "team=maps", "--yes"]);
    assert_eq!(told, format!("{named} cancelled"));
}

#[test]
fn a_job_is_waited_for_and_its_end_is_the_exit_code() {
    let store = Store::new();
    let jobs: Vec<_> = (0..4).map(|number| store.job("w", json!(number), 0)).collect();
    let ids: Vec<_> = jobs.iter().map(Uuid::to_string).collect();
    store.wait(store.db.update_task_failed(&jobs[1], "init", "broken\nmore")).unwrap();
    store.wait(store.db.cancel_job(&jobs[2])).unwrap();
    let wait = |job: &str, more: &[&str]| store.run(&[&["job", "wait", job], more].concat());
    let waiting = store.command(&["job", "wait", &ids[0]]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    store.wait(store.db.update_task_done(&jobs[0], "init", json!(1))).unwrap();
    let ended = waiting.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &ended.stdout[..]), (Some(0), &b"done\n"[..]));
    let failed = wait(&ids[1], &[]);
    failed.ended(1, &["broken"]);
    assert_eq!(failed.stdout, "failed\n");
    wait(&ids[2], &[]).ended(1, &["cancelled"]);
    let late = wait(&ids[3], &["--timeout", "100ms", "--json"]);
    late.ended(1, &["the job still runs"]);
    let late: Value = serde_json::from_str(&late.stdout).unwrap();
    assert_eq!((&late["state"], &late["job_id"]), (&json!("running"), &json!(ids[3])));
    wait(&Uuid::nil().to_string(), &[]).ended(1, &["not found"]);
}

#[test]
fn tasks_are_shown_cancelled_and_retried() {
    let store = Store::new();
    let job = store.job("w", json!({"n": 1}), 3);
    let id = job.to_string();
    let stream = store.task(&job, "init").stream_id;
    let task = NewTask::new("a", stream, json!(1)).optional();
    store.wait(store.db.create_task_with(&job, task)).unwrap();
    let shown = store.line(&["task", "show", &id]);
    assert!(shown.contains("definition   {\"n\":1}") && shown.contains("retries      0 of 3"));
    let shown = document(&store, &["task", "show", &id, "a", "--json"]);
    assert_eq!((&shown["name"], &shown["state"]), (&json!("a"), &json!("ready")));
    assert_eq!(store.line(&["task", "cancel", &id, "a"]), "");
    assert_eq!(store.task(&job, "a").state, TaskState::Cancelled);
    store.run(&["task", "retry", &id, "a"]).ended(1, &["only tasks of a failed or cancelled job"]);
    store.wait(store.db.update_task_failed(&job, "init", "broken")).unwrap();
    let retried = document(&store, &["task", "retry", &id, "--json"]);
    assert_eq!(retried, json!({"job_id": id, "task": "init"}));
    assert_eq!(store.task(&job, "init").state, TaskState::Ready);
    for verb in ["show", "cancel", "retry"] {
        store.run(&["task", verb, &id, "nobody"]).ended(1, &["`nobody`", "not found"]);
    }
}

#[test]
fn streams_are_made_changed_paused_and_deleted() {
    let store = Store::new();
    let create = ["stream", "create", "--user", "alice", "--worker-type", "cpu"];
    let made = document(&store, &[&create[..], &["--weight", "1.5", "--json"]].concat());
    let id = made["stream_id"].as_str().unwrap().to_owned();
    let set = document(&store, &["stream", "set", &id, "--reserved", "3", "--json"]);
    assert_eq!((&set["reserved"], &set["be_mult"]), (&json!(3), &json!(1.5)));
    let info = || store.wait(store.db.stream_info(&id.parse().unwrap()));
    assert_eq!(store.line(&["stream", "pause", &id]), "");
    assert!(info().unwrap().paused);
    let resumed = document(&store, &["stream", "resume", &id, "--json"]);
    assert_eq!((&resumed["paused"], info().unwrap().paused), (&json!(false), false));
    store.run(&["stream", "set", &id]).ended(2, &["--reserved", "--weight"]);
    store.run(&["stream", "set", &id, "--weight", "0"]).ended(2, &["be_mult"]);

    let job = store.wait(store.db.create_job(&id.parse().unwrap(), &json!(1), 0, 60, "alice"));
    let used = store.run(&["stream", "delete", &id]);
    assert_eq!((used.code, used.stderr.is_empty()), (Some(1), false));
    store.wait(store.db.delete_job(&job.unwrap())).unwrap();
    store.line(&["stream", "delete", &id]);
    assert!(info().unwrap_err().is_not_found());
    store.run(&["stream", "pause", &id]).ended(1, &["not found"]);
}

#[test]
fn schedules_are_put_paused_and_deleted() {
    let store = Store::new();
    let put =
        ["schedule", "put", "nightly", "--cron", "30 2 * * *", "--user", "a", "--worker-type"];
    let put = [&put[..], &["w", "--definition", "1"]].concat();
    assert_eq!(store.line(&[&put[..], &["--time-zone", "Europe/Berlin"]].concat()), "");
    let list = || document(&store, &["schedule", "list", "--json"]);
    let mut listed = list();
    let next = listed["schedules"][0]["next_at"].take();
    assert!(next.as_str().unwrap().ends_with(":30:00.000000Z"), "{next}");
    let schedule = &listed["schedules"][0];
    for (field, value) in [("name", "nightly"), ("cron", "30 2 * * *"), ("missed", "once")] {
        assert_eq!(schedule[field], json!(value));
    }
    assert_eq!(
        (&schedule["job"]["user_id"], &schedule["job"]["definition"]),
        (&json!("a"), &json!(1))
    );
    assert_eq!((&listed["next"], &schedule["fired_at"]), (&Value::Null, &Value::Null));
    store.line(&["schedule", "pause", "nightly"]);
    assert_eq!(list()["schedules"][0]["paused"], json!(true));
    assert!(store.line(&["schedule", "list"]).contains("paused"));
    store.line(&["schedule", "resume", "nightly"]);
    assert_eq!(list()["schedules"][0]["next_at"], next);
    store.run(&["schedule", "pause", "none"]).ended(1, &["schedule `none` not found"]);
    let refused = [&["schedule", "put", "b", "--cron", "61 * * * *"], &put[5..]].concat();
    store.run(&refused).ended(2, &["cron"]);
    store.line(&["schedule", "delete", "nightly"]);
    assert_eq!(list(), json!({"schedules": [], "next": null}));
}

#[test]
fn workers_are_listed_while_they_live() {
    let store = Store::new();
    assert_eq!(document(&store, &["worker", "list", "--json"]), json!({"workers": []}));
    let job = store.job("w", json!(1), 0);
    let line = "touch started; while [ ! -e go-on ]; do sleep 0.02; done; echo 1";
    let worker = store.worker(&["--worker-type", "w", "--exec", line]);
    store.appears("started");
    store::until("its heartbeat", || {
        !store.wait(store.db.list_workers(None, 1)).unwrap().is_empty()
    });
    let listed = document(&store, &["worker", "list", "--worker-type", "w", "--json"]);
    let listed = &listed["workers"][0];
    assert_eq!(
        (&listed["running_count"], &listed["about"]["worker_types"]),
        (&json!(1), &json!(["w"]))
    );
    let table = store.line(&["worker", "list"]);
    assert!(
        table.contains(listed["worker"].as_str().unwrap()) && table.contains("live"),
        "{table}"
    );
    let others = document(&store, &["worker", "list", "--worker-type", "x", "--json"]);
    assert_eq!(others, json!({"workers": []}));
    std::fs::write(store.path("go-on"), "").unwrap();
    assert_eq!(store.ended(&job), JobState::Done);
    worker.stop().ended(0, &[]);
    assert_eq!(document(&store, &["worker", "list", "--json"]), json!({"workers": []}));
    store.run(&["worker"]).ended(2, &["--worker-type"]);
}

#[test]
fn a_namespace_is_looked_at_and_closed() {
    let store = Store::new();
    let job = store.job("w", json!(1), 0);
    let health = document(&store, &["health", "--json"]);
    assert!(health["latency_ms"].as_f64().unwrap() > 0.0, "{health}");
    assert_eq!((&health["backend"], &health["gate"]), (&json!("sqlite"), &json!("open")));
    assert!(store.line(&["health"]).starts_with("store    sqlite "));
    assert_eq!(store.line(&["gate", "no-claims"]), "no-claims");
    assert_eq!(store.wait(store.db.describe()).unwrap().gate, Gate::NoClaims);
    assert_eq!(document(&store, &["gate", "--json"]), json!({"gate": "no-claims"}));
    assert_eq!(store.line(&["gate", "read-only"]), "read-only");
    store.run(&["job", "cancel", &job.to_string()]).ended(1, &["read-only"]);
    store.line(&["gate", "open"]);
    store.run(&["gate", "ajar"]).ended(2, &["use one of open, no-claims, read-only"]);
    let away = ["health", "--url", "redis://127.0.0.1:1"];
    store.run(&away).ended(1, &["127.0.0.1"]);
}

#[test]
fn old_jobs_are_purged_and_those_kept_are_not() {
    let store = Store::new();
    let jobs: Vec<_> = (0..3).map(|number| store.job("w", json!(number), 0)).collect();
    for job in &jobs[..2] {
        store.wait(store.db.update_task_done(job, "init", json!(1))).unwrap();
    }
    store.wait(store.db.keep_job(&jobs[0], true)).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(10));
    store.run(&["purge", "--done", "1ms"]).ended(2, &["give --yes"]);
    store.run(&["purge", "--yes"]).ended(2, &["--done"]);
    let purged = document(&store, &["purge", "--done", "1ms", "--yes", "--json"]);
    assert_eq!(purged, json!({"done": 1, "failed": 0, "cancelled": 0}));
    let left = document(&store, &["job", "list", "--json"]);
    assert_eq!(left["jobs"].as_array().unwrap().len(), 2, "{left}");
    assert_eq!(left["jobs"][0]["keep"], json!(true));
}

#[test]
fn an_audit_finds_what_is_wrong_and_mends_it() {
    let store = Store::new();
    store.job("w", json!(1), 0);
    assert_eq!(store.line(&["audit"]), "nothing is wrong");
    let file = rusqlite::Connection::open(store.path("jobs.db")).unwrap();
    let changed = file.execute("UPDATE streams SET ready_medium = ready_medium + 1", []).unwrap();
    assert_eq!(changed, 1);
    let found = store.run(&["audit", "--json"]);
    found.ended(1, &["1 violations"]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["violations"][0]["invariant"], json!(19), "{found}");
    assert_eq!(found["repaired"], Value::Null);
    let mended = document(&store, &["audit", "--repair", "--json"]);
    assert_eq!(
        (&mended["violations"], &mended["repaired"]["streams_mended"]),
        (&json!([]), &json!(1))
    );
    assert!(store.line(&["audit", "--repair"]).ends_with("nothing is wrong"));
}

#[test]
fn what_has_happened_is_shown_and_picked() {
    let store = Store::new();
    let jobs = [store.job("w", json!(1), 0), store.job("w", json!(2), 0)];
    store.wait(store.db.update_task_failed(&jobs[1], "init", "broken\nbadly")).unwrap();
    let table = store.line(&["events"]);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].trim_start().starts_with("AT") && lines.len() == 5, "{table}");
    assert!(table.matches("failed").count() == 2 && !table.contains("badly"), "{table}");
    let second = jobs[1].to_string();
    let all = document(&store, &["events", "--json"]);
    let kinds: Vec<_> =
        all["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["created", "created", "failed", "failed"]);
    let own = document(&store, &["events", "--job", &second, "--kind", "failed", "--json"]);
    assert_eq!(own["events"].as_array().unwrap().len(), 2);
    assert_eq!(own["events"][0]["task"], "init");
    assert_eq!(own["events"][0]["detail"], "broken\nbadly");
    let last = document(&store, &["events", "--limit", "1", "--since", "1h", "--json"]);
    assert_eq!(
        (&last["events"][0]["task"], &last["events"][0]["kind"]),
        (&Value::Null, &json!("failed"))
    );
    let next = last["next"].as_str().unwrap();
    let none = document(&store, &["events", "--after", next, "--json"]);
    assert_eq!(none, json!({"events": [], "next": next}));
    store.run(&["events", "--after", "elsewhere"]).ended(2, &["no place in the log"]);
    store.run(&["events", "--kind", "nothing"]).ended(2, &["created, ready"]);
    assert_eq!(store.line(&["events", "--level", "all"]), "all");
    store.job("w", json!(3), 0);
    let ready = document(&store, &["events", "--kind", "ready", "--json"]);
    assert_eq!(ready["events"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bench_measures_and_leaves_nothing() {
    let store = Store::new();
    let other = store.job("w", json!(1), 0);
    let found = document(&store, &["bench", "--tasks", "40", "--workers", "3", "--json"]);
    assert_eq!((&found["tasks"], &found["workers"]), (&json!(40), &json!(3)));
    for rate in ["created_per_sec", "cycles_per_sec", "p50_ms"] {
        assert!(found[rate].as_f64().unwrap() > 0.0, "{found}");
    }
    assert!(found["p99_ms"].as_f64() >= found["p50_ms"].as_f64(), "{found}");
    // What others have is not touched.
    assert_eq!(store.task(&other, "init").attempt, 0);
    let streams = document(&store, &["stream", "list", "--json"]);
    assert_eq!(streams["streams"].as_array().unwrap().len(), 1, "{streams}");
    let jobs = document(&store, &["job", "list", "--json"]);
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1, "{jobs}");
    // The one task of a job comes with it, which is not timed.
    let one = document(&store, &["bench", "--tasks", "1", "--json"]);
    assert_eq!(one["created_per_sec"], Value::Null);
    let told = store.line(&["bench", "--tasks", "1"]);
    assert!(told.starts_with("claimed and completed"), "{told}");
    // Where it cannot begin, it leaves nothing either.
    store.wait(store.db.set_gate(Gate::ReadOnly)).unwrap();
    store.run(&["bench"]).ended(1, &["read-only"]);
    store.run(&["bench", "--tasks", "0"]).ended(2, &["--tasks"]);
}

#[test]
fn a_bench_that_is_interrupted_leaves_nothing() {
    let store = Store::new();
    for name in ["INT", "TERM"] {
        // More than it can do until then.
        let bench = store.start(&["bench", "--tasks", "1000000"]);
        let tasks = || store.wait(store.db.get_task_state_counts()).unwrap();
        until("its tasks", || tasks().iter().any(|count| count.count > 1));
        bench.signal(name);
        bench.ended().ended(1, &["interrupted"]);
        assert!(tasks().iter().all(|count| count.count == 0), "{:?}", tasks());
        for (list, key) in [("stream", "streams"), ("job", "jobs")] {
            assert_eq!(document(&store, &[list, "list", "--json"])[key], json!([]), "{name}");
        }
    }
}
