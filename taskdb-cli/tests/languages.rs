//! A shell and Python share one graph: the shell fans out, Python computes, the shell
//! joins.

mod store;

use serde_json::json;
use store::{Store, until};
use taskdb::{JobState, TaskState};
use uuid::Uuid;

const SHELL: &str = r#"
case $TASKDB_TASK in
init)
    read -r n
    tasks= names=
    for i in $(seq "$n"); do
        tasks="$tasks{\"name\":\"square-$i\",\"worker_type\":\"py\",\"definition\":{\"n\":$i},\"max_retries\":2},"
        names="$names,\"square-$i\""
    done
    echo "{\"tasks\":[$tasks{\"name\":\"total\",\"after\":[${names#,}]}]}" > "$TASKDB_CONTROL"
    ;;
total)
    # Without a JSON parser: every number in the file of inputs that follows a colon.
    sum=0
    for n in $(grep -o ':[0-9]*' "$TASKDB_INPUTS" | tr -d :); do sum=$((sum + n)); done
    echo "$sum"
    ;;
esac
"#;

const PYTHON: &str = r#"
import json, os, sys, time

def say(**line):
    with open(os.environ["TASKDB_CONTROL"], "w") as control:
        print(json.dumps(line), file=control)

n = json.load(sys.stdin)["n"]
if n == 3 and os.environ["TASKDB_ATTEMPT"] == "1":
    say(error="not yet", retry_after=0.05)
    sys.exit(1)
if n == 4:
    say(progress=0.25)
    say(progress=0.5)
    while not os.path.exists("go-on"):
        time.sleep(0.01)
json.dump(n * n, sys.stdout)
"#;

#[test]
fn a_shell_and_python_share_a_graph() {
    let store = Store::new();
    std::fs::write(store.path("work.sh"), SHELL).unwrap();
    std::fs::write(store.path("work.py"), PYTHON).unwrap();
    let create =
        ["job", "create", "--user", "alice", "--worker-type", "shell", "--definition", "5"];
    let job: Uuid = store.line(&create).parse().unwrap();

    let shell = store.worker(&["--worker-type", "shell", "--exec", "sh work.sh"]);
    let python = store.worker(&["--worker-type", "py", "--jobs", "2", "--", "python3", "work.py"]);
    let progress = || match store.wait(store.db.get_task(&job, "square-4")) {
        Ok(task) => (task.state, task.progress),
        Err(_) => (TaskState::Pending, 0.0),
    };
    until("progress of square-4", || progress() == (TaskState::Running, 0.5));
    std::fs::write(store.path("go-on"), "").unwrap();

    assert_eq!(store.ended(&job), JobState::Done);
    assert_eq!(store.output(&job, "total"), json!(1 + 4 + 9 + 16 + 25));
    assert_eq!(store.line(&["task", "output", &job.to_string(), "square-3"]), "9");
    assert_eq!(store.task(&job, "square-3").retries, 1);
    let python = python.stop();
    python.ended(0, &["retry square-3", "in 0.05 s: not yet", "done  square-5"]);
    shell.stop().ended(0, &["done  total"]);
}
