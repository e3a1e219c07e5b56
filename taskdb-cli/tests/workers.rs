//! The life of a worker: claims that are kept and lost, signals, programs that hang.

mod store;

use std::process::Command;

use serde_json::json;
use store::{Store, Worker, until};
use taskdb::store::Gate;
use taskdb::{JobState, NewTask, TaskState};
use uuid::Uuid;

/// Says that it has started, waits for the file `go-on`, and then has a result; `$$` is
/// kept so that a test can look for the process.
const WAITS: &str = "echo $$ > pid; touch started; \
                     while [ ! -e go-on ]; do sleep 0.02; done; touch late; echo '\"late\"'";

fn worker(store: &Store, args: &[&str], line: &str) -> Worker {
    store.worker(&[&["--worker-type", "w", "--exec", line], args].concat())
}

/// Whether anything of the process group of the program still runs.
fn runs(store: &Store) -> bool {
    let group = format!("-{}", store.read("pid").trim());
    let look = Command::new("kill").args(["-0", "--", &group]).output().unwrap();
    look.status.success()
}

fn gone(store: &Store) {
    until("the end of the program", || !runs(store));
    assert!(!store.path("late").exists());
}

fn state(store: &Store, job: &Uuid) -> TaskState {
    store.task(job, "init").state
}

#[test]
fn a_killed_worker_loses_its_task_to_another() {
    let store = Store::new();
    let job = store.job("w", json!(null), 1);
    let lease = ["--lease", "1s"];
    let first = worker(&store, &lease, WAITS);
    store.appears("started");
    first.signal("KILL");
    assert_eq!(first.ended().code, None);
    assert_eq!(state(&store, &job), TaskState::Running);

    let second = worker(&store, &lease, "echo $TASKDB_ATTEMPT");
    assert_eq!(store.ended(&job), JobState::Done);
    assert_eq!(store.output(&job, "init"), json!(2));
    let init = store.task(&job, "init");
    assert_eq!((init.losses, init.retries, init.attempt), (1, 1, 2));
    second.stop().ended(0, &["done  init"]);
    // The program of the first is nobody's now, and what it says is not heard.
    std::fs::write(store.path("go-on"), "").unwrap();
    until("the end of the orphan", || !runs(&store));
    assert_eq!(store.output(&job, "init"), json!(2));
}

#[test]
fn a_lease_is_renewed_for_as_long_as_the_program_runs() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let line = "touch started; sleep 2.5; echo $TASKDB_ATTEMPT";
    let worker = worker(&store, &["--lease", "1s", "--jobs", "2"], line);
    store.appears("started");
    // The worker itself looks for lost claims meanwhile, and its own is none.
    assert_eq!(store.ended(&job), JobState::Done);
    assert_eq!((store.task(&job, "init").losses, store.task(&job, "init").attempt), (0, 1));
    worker.stop().ended(0, &[]);
}

#[test]
fn a_cancelled_job_ends_its_programs() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let worker = worker(&store, &["--lease", "1s"], WAITS);
    store.appears("started");
    store.wait(store.db.cancel_job(&job)).unwrap();
    gone(&store);
    worker.stop().ended(0, &["lost  init", "the task was cancelled"]);
}

#[test]
fn a_failed_job_ends_its_programs() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    store.wait(async {
        let stream = store.db.get_or_create_stream("nobody", 0, 1.0, "alice").await.unwrap();
        store.db.create_task_with(&job, NewTask::new("a", stream, json!(1))).await.unwrap();
    });
    let worker = worker(&store, &["--lease", "1s"], WAITS);
    store.appears("started");
    assert!(store.wait(store.db.update_task_failed(&job, "a", "broken")).unwrap());
    gone(&store);
    until("the return of its task", || state(&store, &job) == TaskState::Cancelled);
    assert_eq!(store.task(&job, "init").losses, 0, "it was given back, not lost");
    worker.stop().ended(0, &["back  init", "the job is failed"]);
}

#[test]
fn a_program_that_hangs_is_killed_at_its_timeout() {
    let store = Store::new();
    let create = ["job", "create", "--user", "alice", "--worker-type", "w", "--timeout", "1s"];
    let job: Uuid = store.line(&[&create[..], &["--definition", "null"]].concat()).parse().unwrap();
    let worker = worker(&store, &["--jobs", "1"], WAITS);
    assert_eq!(store.ended(&job), JobState::Failed);
    gone(&store);
    let error = store.task(&job, "init").error.unwrap_or_default();
    // Whoever looks for lost claims may have been quicker.
    assert!(error == "timed out after 1 s" || error == "retry max hit", "{error}");
    worker.stop().ended(0, &[]);
}

#[test]
fn progress_moves_the_timeout() {
    let store = Store::new();
    let create = ["job", "create", "--user", "alice", "--worker-type", "w", "--timeout", "2s"];
    let job: Uuid = store.line(&[&create[..], &["--definition", "null"]].concat()).parse().unwrap();
    let line = "for i in 1 2 3 4 5 6; do sleep 0.5; \
                echo '{\"progress\": 0.'$i'}' > $TASKDB_CONTROL; done; echo 1";
    let worker = worker(&store, &[], line);
    assert_eq!(store.ended(&job), JobState::Done);
    worker.stop().ended(0, &["done  init"]);
}

#[test]
fn a_worker_told_to_stop_lets_its_programs_finish() {
    let store = Store::new();
    let first = store.job("w", json!(null), 0);
    let worker = worker(&store, &["--jobs", "1", "--drain", "60s"], WAITS);
    store.appears("started");
    let second = store.job("w", json!(null), 0);
    worker.signal("TERM");
    std::fs::write(store.path("go-on"), "").unwrap();
    worker.ended().ended(0, &["done  init"]);
    assert_eq!(store.output(&first, "init"), json!("late"));
    assert_eq!(state(&store, &second), TaskState::Ready, "no more is taken");
}

#[test]
fn what_does_not_finish_in_time_is_given_back() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let worker = worker(&store, &["--drain", "0"], WAITS);
    store.appears("started");
    worker.stop().ended(0, &["back  init", "the worker stops"]);
    gone(&store);
    let init = store.task(&job, "init");
    assert_eq!((init.state, init.retries, init.losses), (TaskState::Ready, 0, 0));
}

#[test]
fn a_second_signal_does_not_wait() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let mut worker = worker(&store, &["--drain", "1h"], WAITS);
    store.appears("started");
    worker.signal("INT");
    // Two signals of a kind may arrive as one unless there is time between them.
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(worker.is_running() && state(&store, &job) == TaskState::Running);
    worker.signal("INT");
    worker.ended().ended(0, &["back  init"]);
    gone(&store);
    assert_eq!(state(&store, &job), TaskState::Ready);
}

#[test]
fn a_result_waits_for_a_namespace_that_is_closed() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let worker = worker(&store, &["--jobs", "1"], WAITS);
    store.appears("started");
    store.wait(store.db.set_gate(Gate::ReadOnly)).unwrap();
    std::fs::write(store.path("go-on"), "").unwrap();
    until("the end of the program", || !runs(&store));
    // Long enough that its report is refused at least once.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(state(&store, &job), TaskState::Running);
    store.wait(store.db.set_gate(Gate::Open)).unwrap();
    assert_eq!(store.ended(&job), JobState::Done);
    assert_eq!(store.task(&job, "init").attempt, 1);
    worker.stop().ended(0, &["done  init"]);
}

#[test]
fn a_program_that_cannot_be_started_stops_the_worker_and_not_the_job() {
    let store = Store::new();
    let job = store.job("w", json!(null), 0);
    let ran = store.worker(&["--worker-type", "w", "--", "./no-such-program"]).ended();
    ran.ended(1, &["cannot run the program: No such file", "back  init"]);
    let init = store.task(&job, "init");
    assert_eq!((init.state, init.retries), (TaskState::Ready, 0));
}

#[test]
fn each_worker_type_has_its_own_places() {
    let store = Store::new();
    let (slow, quick) = (store.job("w", json!(null), 0), store.job("v", json!(null), 0));
    let line = "if [ $TASKDB_WORKER_TYPE = v ]; then echo 1; else touch started; \
                while [ ! -e go-on ]; do sleep 0.02; done; fi";
    let worker = worker(&store, &["--worker-type", "v", "--jobs", "1"], line);
    store.appears("started");
    assert_eq!(store.ended(&quick), JobState::Done);
    std::fs::write(store.path("go-on"), "").unwrap();
    assert_eq!(store.ended(&slow), JobState::Done);
    worker.stop().ended(0, &[]);
}
