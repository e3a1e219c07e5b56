//! What a program is given by `taskdb worker`, and what its answers mean.

mod store;

use serde_json::{Value, json};
use store::Store;
use taskdb::{JobState, NewTask, RunIf, TaskInfo};
use uuid::Uuid;

/// Runs the definition of a task, a text, as a line for the shell.
const LINES: [&str; 3] =
    ["python3", "-c", "import json, os, sys\nos.execvp('sh', ['sh', '-c', json.load(sys.stdin)])"];

fn serve(store: &Store, args: &[&str], program: &[&str]) -> String {
    let always = ["--worker-type", "w", "--until-idle=300ms", "--jobs", "2"];
    let ran = store.worker(&[&always, args, &["--"], program].concat()).ended();
    ran.ended(0, &[]);
    ran.stderr
}

fn job(store: &Store, line: &str, retries: i32) -> Uuid {
    store.job("w", json!(line), retries)
}

/// A line, how often it may be retried, and what becomes of it: its output or its error,
/// and how often it was tried again.
type Case = (&'static str, i32, Result<Value, &'static str>, i32);

fn cases() -> Vec<Case> {
    vec![
        ("echo '{\"a\": [1.50, \"ü\"]}'", 0, Ok(json!({"a": [1.5, "ü"]})), 0),
        ("true", 0, Ok(Value::Null), 0),
        ("echo; echo 12; echo", 0, Ok(json!(12)), 0),
        ("echo one; echo two", 0, Err("its output is not one JSON value"), 0),
        ("echo 1 2", 0, Err("trailing characters"), 0),
        ("seq 20 >&2; exit 7", 0, Err("exit status: 7\n  | 11\n  | 12"), 0),
        ("kill -9 $$", 0, Err("signal: 9 (SIGKILL)"), 0),
        ("[ $TASKDB_ATTEMPT = 2 ] && echo $TASKDB_ATTEMPT", 2, Ok(json!(2)), 1),
        ("echo '{\"retry_after\": 0}' > $TASKDB_CONTROL; exit 1", 2, Err("exit status: 1"), 2),
        ("exit 100", 5, Err("exit status: 100"), 0),
        ("echo '{\"retry\": false}' > $TASKDB_CONTROL; exit 1", 5, Err("exit status: 1"), 0),
        // An error counts, whatever the exit status says.
        ("echo '{\"error\":\"no\",\"retry\":false}' >> $TASKDB_CONTROL; echo 1", 5, Err("no"), 0),
        ("echo oops > $TASKDB_CONTROL; echo 1", 0, Err("line 1 of TASKDB_CONTROL: expected"), 0),
        ("printf '{\"error\": \"cut\"}' > $TASKDB_CONTROL; exit 1", 0, Err("cut"), 0),
        ("yes", 0, Err("wrote more than 1048576 bytes"), 0),
        ("yes '' | head -c 2000000 | tr '\\n' '1'", 0, Err("wrote more than"), 0),
        // What the engine does not take is told to the job.
        (
            "echo '{\"tasks\": [{\"name\": \"a\", \"after\": [\"b\"]}]}' > $TASKDB_CONTROL",
            0,
            Err("the result is refused: entry 0 of the batch: prerequisite `b` of task `a`"),
            0,
        ),
        ("sleep 60 & echo 1", 0, Ok(json!(1)), 0),
        ("echo $TASKDB_URL$TASKDB_NAMESPACE", 0, Ok(Value::Null), 0),
    ]
}

#[test]
fn answers_mean_what_the_protocol_says() {
    let store = Store::new();
    let made: Vec<_> =
        cases().into_iter().map(|case| (job(&store, case.0, case.1), case)).collect();
    let mut command = store.command(&["worker", "--worker-type", "w", "--jobs", "2"]);
    command.env("TASKDB_NAMESPACE", "taskdb").args(["--until-idle=1s", "--"]).args(LINES);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for (job, (line, _, expected, retries)) in made {
        let init = store.task(&job, "init");
        match expected {
            Ok(value) => assert_eq!(store.output(&job, "init"), value, "{line}"),
            Err(words) => {
                let error = init.error.unwrap_or_default();
                assert!(error.contains(words), "{line}: {error}");
            }
        }
        assert_eq!(init.retries, retries, "{line}");
    }
}

#[test]
fn a_program_knows_its_task_and_its_inputs() {
    let store = Store::new();
    let job = job(&store, "echo 7", 0);
    store.wait(async {
        let stream = store.db.get_stream("alice", "w").await.unwrap().unwrap();
        let bad = NewTask::new("bad", stream, json!("exit 1")).optional();
        let line = "echo \"\\\"$TASKDB_JOB $TASKDB_TASK $TASKDB_WORKER_TYPE $TASKDB_ATTEMPT\\\"\"";
        let env = NewTask::new("env", stream, json!(line));
        let inputs = NewTask::new("in puts", stream, json!("cat \"$TASKDB_INPUTS\""))
            .after(["init", "bad", "env"])
            .run_if(RunIf::AllSettled);
        store.db.create_tasks(&job, [bad, env, inputs]).await.unwrap();
    });
    serve(&store, &[], &LINES);
    let env = format!("{job} env w 1");
    assert_eq!(store.output(&job, "env"), json!(env));
    // What was tolerated as failed has no output.
    assert_eq!(store.output(&job, "in puts"), json!({"init": 7, "env": env}));
}

#[test]
fn an_envelope_holds_all_of_it() {
    let store = Store::new();
    let job = job(&store, "a \u{1f980} line", 0);
    store.wait(async {
        let stream = store.db.get_stream("alice", "w").await.unwrap().unwrap();
        let after = NewTask::new("after", stream, json!({"b": 1, "a": 2})).after(["init"]);
        store.db.create_task_with(&job, after).await.unwrap();
    });
    serve(&store, &["--input", "envelope"], &["cat"]);
    let init = json!({
        "job": job, "task": "init", "worker_type": "w", "attempt": 1,
        "definition": "a \u{1f980} line", "inputs": {},
    });
    let after = json!({
        "job": job, "task": "after", "worker_type": "w", "attempt": 1,
        "definition": {"a": 2, "b": 1}, "inputs": {"init": init},
    });
    assert_eq!(store.output(&job, "after"), after);
}

#[test]
fn plain_text_is_an_output_too() {
    let store = Store::new();
    let job = job(&store, "echo one; echo two", 0);
    serve(&store, &["--output", "text"], &LINES);
    assert_eq!(store.output(&job, "init"), json!("one\ntwo\n"));
}

#[test]
fn a_program_without_a_shell_gets_one_line() {
    let store = Store::new();
    let job = job(&store, "x", 0);
    let told = serve(&store, &["--quiet"], &["sh", "-c", "read -r line && echo \"$line\"", "-x"]);
    assert_eq!(store.output(&job, "init"), json!("x"));
    assert_eq!(told, "");
}

#[test]
fn children_are_made_as_they_were_asked_for() {
    let store = Store::new();
    let tasks = json!({"tasks": [
        {"name": "a"},
        {"name": "b", "worker_type": "other", "definition": [1], "after": ["a", "init"],
         "max_retries": 4, "timeout_secs": 7, "optional": true, "run_if": "all_settled"},
        {"name": "later", "worker_type": "other", "delay_secs": 600},
    ]});
    std::fs::write(store.path("tasks.json"), format!("{tasks}\n")).unwrap();
    let job = job(&store, "[ $TASKDB_TASK = init ] && cat tasks.json > $TASKDB_CONTROL", 0);
    let line = "[ $TASKDB_TASK != init ] || cat tasks.json > $TASKDB_CONTROL";
    serve(&store, &[], &["sh", "-c", line]);
    let task = |name: &str| -> TaskInfo { store.task(&job, name) };
    assert_eq!(store.output(&job, "a"), Value::Null);
    assert_eq!((task("a").max_retries, task("a").timeout_secs), (0, 3_600));
    let b = task("b");
    assert_eq!(b.definition.as_str(), "[1]");
    assert_eq!(
        (b.prerequisites, b.max_retries, b.timeout_secs),
        (vec!["a".into(), "init".into()], 4, 7)
    );
    assert_eq!((b.optional, b.run_if), (true, RunIf::AllSettled));
    let other = store.wait(store.db.get_stream("alice", "other")).unwrap();
    assert_eq!(Some(b.stream_id), other);
    assert!(task("later").start_at.is_some());
    assert_eq!(store.wait(store.db.get_job(&job)).unwrap().state, JobState::Running);
}

#[test]
fn the_first_example_of_the_page_works_as_it_is_written() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/worker-protocol.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let taskdb = assert_cmd::cargo::cargo_bin("taskdb");
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::join_paths(
        [taskdb.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let ran = std::process::Command::new("sh")
        .args(["-ec", example])
        .current_dir(folder.path())
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "7\n", "{ran:?}");
}
