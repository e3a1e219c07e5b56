//! Which runs can be resumed, when, and what a resumed run does not do again.

mod common;

use common::{Folder, Ran, ended, signal};

/// A command that is done at once, and one that waits for a file.
const WAITS: &str = "\
[tasks.first]\nrun = 'echo first >> ledger; echo one'\n\
[tasks.second]\nneeds = ['first']\n\
run = 'echo second $TASKDB_ATTEMPT >> ledger; while [ ! -e go ]; do sleep 0.02; done; cat; echo two'\n";

/// Fails until there is a file, beside a command that is done.
const FAILS: &str = "\
[tasks.first]\nrun = 'echo first >> ledger; echo one'\n\
[tasks.second]\nneeds = ['first']\nrun = 'echo second >> ledger; cat; cat mended'\n";

const STORE: [&str; 2] = ["--store", "run.db"];
const RESUME: [&str; 3] = ["--store", "run.db", "--resume"];

fn write(folder: &Folder, name: &str, text: &str) {
    std::fs::write(folder.path(name), text).unwrap();
}

/// The id that a run on a store of others says first.
#[track_caller]
fn job(ran: &Ran) -> String {
    let line = ran.stderr.lines().find_map(|line| line.split_once(" job   "));
    line.expect(&ran.stderr).1.split(',').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_at_once() {
    let folder = Folder::new(WAITS);
    let child = folder.spawn(&STORE);
    folder.wait_for("ledger", 2);
    signal(&child, "TERM");
    let ran = ended(child);
    ran.ended(143, &["interrupted; --resume goes on with the run"]);
    assert!(folder.path("run.db.run").exists());
    let url = format!("sqlite://{}", folder.path("run.db").display());
    let streams = taskdb::connect(&url).await.unwrap().list_streams(None, 10).await.unwrap();
    let counts: Vec<(u64, u64)> =
        streams.iter().map(|s| (s.ready.iter().sum(), s.running)).collect();
    assert_eq!(counts, [(1, 0), (0, 0)], "it holds no claim");

    write(&folder, "go", "");
    let ran = folder.run(&RESUME);
    ran.gave("one\ntwo\n");
    assert!(ran.stderr.contains("resumed with 1 of 2 commands done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 commands done in"), "{}", ran.stderr);
    assert!(ran.stderr.contains(", 1 before"), "{}", ran.stderr);
    // Being stopped is no failed attempt.
    assert_eq!(folder.read("ledger"), "first\nsecond 1\nsecond 1\n");
    assert!(!folder.path("run.db.run").exists(), "nothing is left to resume");
}

#[test]
fn a_finished_run_gives_its_result_again() {
    let folder = Folder::new("[tasks.a]\nrun = 'echo x >> ledger; echo a'\n");
    for args in [["--resume"].as_slice(), &["--resume", "--json", "-q"], &["--resume", "-o", "out"]]
    {
        let ran = folder.run(&[STORE.as_slice(), args].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(folder.read("ledger"), "x\n");
    }
    assert_eq!(folder.read("out"), "a\n");
    folder.run(&STORE).ended(2, &["run.db: the file exists already", "--resume goes on"]);
}

#[test]
fn a_failed_run_repeats_what_failed() {
    let folder = Folder::new(FAILS);
    folder.run(&STORE).ended(1, &["task `second` failed", "\n--resume goes on with the run"]);
    folder.run(&RESUME).ended(1, &["task `second` failed"]);
    write(&folder, "mended", "two\n");
    folder.run(&RESUME).gave("one\ntwo\n");
    assert_eq!(folder.read("ledger"), "first\nsecond\nsecond\nsecond\n");
}

#[test]
fn another_graph_is_refused() {
    let folder = Folder::new(FAILS);
    folder.run(&STORE).ended(1, &[]);
    write(&folder, "graph.toml", &FAILS.replace("cat mended", "echo two"));
    folder.run(&RESUME).ended(2, &["the graph is not the one", "its task `second` differs"]);
    write(&folder, "graph.toml", &(FAILS.to_owned() + "[run]\njobs = 3\n"));
    write(&folder, "mended", "");
    folder.run(&RESUME).gave("one\n");
}

#[test]
fn a_run_that_is_alive_is_not_taken_over() {
    let folder = Folder::new(WAITS);
    let child = folder.spawn(&STORE);
    folder.wait_for("ledger", 2);
    let id = format!("process {} is running job", child.id());
    folder.run(&RESUME).ended(2, &[&id]);
    write(&folder, "go", "");
    ended(child).gave("one\ntwo\n");
    assert_eq!(folder.read("ledger"), "first\nsecond 1\n");
}

#[test]
fn of_two_that_begin_at_once_one_runs() {
    let folder = Folder::new("[tasks.a]\nrun = 'echo x >> ledger; sleep 0.3; echo a'\n");
    let children = [0; 3].map(|_| folder.spawn(&RESUME));
    let (mut gave, mut refused) = (0, 0);
    for child in children {
        let ran = ended(child);
        match ran.code {
            Some(0) => gave += 1,
            Some(2) => refused += 1,
            _ => panic!("{}", ran.stderr),
        }
        assert_eq!(ran.stdout, if ran.code == Some(0) { "a\n" } else { "" });
    }
    assert!(gave >= 1 && gave + refused == 3, "{gave} {refused}");
    assert_eq!(folder.read("ledger"), "x\n");
}

#[test]
fn without_records_live_claims_are_left_alone() {
    let folder = Folder::new(WAITS);
    let mut child = folder.spawn(&STORE);
    folder.wait_for("ledger", 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let records = folder.path("run.db.run");
    std::fs::rename(&records, folder.path("elsewhere")).unwrap();
    folder.run(&RESUME).ended(2, &["task `second` is held by worker run-", "resume the run where"]);
    std::fs::remove_dir_all(&records).unwrap();
    std::fs::rename(folder.path("elsewhere"), &records).unwrap();
    let child = folder.spawn(&RESUME);
    folder.wait_for("ledger", 3);
    write(&folder, "go", "");
    let ran = ended(child);
    ran.gave("one\ntwo\n");
    assert!(ran.stderr.contains("earlier run that were ended: 1\n"), "{}", ran.stderr);
}

/// A call can reach its store after the run that made it is gone.
#[tokio::test]
async fn a_claim_that_a_dead_run_gets_late_is_put_back() {
    let folder = Folder::new(
        "[run]\njobs = 1\n[tasks.a]\nrun = 'echo a >> ledger; while [ ! -e go ]; do sleep 0.02; done'\n\
         [tasks.b]\nrun = 'echo b $TASKDB_ATTEMPT'\n",
    );
    let mut child = folder.spawn(&STORE);
    folder.wait_for("ledger", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let url = format!("sqlite://{}", folder.path("run.db").display());
    let db = taskdb::connect(&url).await.unwrap();
    let streams = db.list_streams(None, 10).await.unwrap();
    let lane = streams.iter().find(|stream| stream.worker_type.starts_with("local@")).unwrap();
    let job = lane.worker_type.strip_prefix("local@").unwrap().parse().unwrap();
    let dead = db.get_task(&job, "a").await.unwrap().worker_id.unwrap();

    let child = folder.spawn(&RESUME);
    folder.wait_for("ledger", 2);
    let late = db.as_worker(&dead).request_work(&lane.worker_type).await.unwrap();
    assert_eq!(late.unwrap().task_id, "b");
    write(&folder, "go", "");
    ended(child).gave("b 1\n");
}

#[test]
fn a_store_with_several_runs() {
    let folder = Folder::new(FAILS);
    let url = "sqlite://jobs.db?namespace=nightly";
    let run = |args: &[&str]| folder.run(&[&["--url", url, "--state", "state"], args].concat());
    run(&["--resume"]).ended(2, &["nightly has no unfinished run: leave out --resume"]);
    let (first, second) = (job(&run(&[])), job(&run(&[])));
    assert_ne!(first, second);
    let both =
        [first.as_str(), second.as_str()].map(|id| format!("--resume={id}  failed, task `first`"));
    run(&["--resume"]).ended(2, &["has several runs; say which:", &both[0], &both[1]]);

    write(&folder, "mended", "two\n");
    run(&[&format!("--resume={second}")]).gave("one\ntwo\n");
    let ran = run(&["--resume"]);
    ran.gave("one\ntwo\n");
    assert_eq!(job(&ran), first);
    run(&["--resume"]).ended(2, &["no unfinished run"]);
    // Finished, but still there.
    run(&[&format!("--resume={first}")]).gave("one\ntwo\n");
    run(&["--resume=01234567-89ab-7def-8123-456789abcdef"]).ended(2, &["has no run 01234567-"]);
    assert_eq!(folder.read("ledger").matches("first").count(), 2);
    assert!(!folder.path("state").exists(), "no records of finished runs");
}

#[test]
fn the_graph_tells_runs_of_a_store_apart() {
    let folder = Folder::new(FAILS);
    let args = ["--url", "sqlite:jobs.db", "--resume"];
    folder.run(&args[..2]).ended(1, &[]);
    write(&folder, "graph.toml", &FAILS.replace("echo one", "echo 1"));
    folder.run(&args[..2]).ended(1, &[]);
    write(&folder, "mended", "");
    folder.run(&args).gave("1\n");
}

#[test]
fn runs_that_share_a_store_keep_to_their_own_commands() {
    let folder = Folder::new(
        "[tasks.list]\nrun = 'seq 20'\n[tasks.each]\neach = 'list'\nrun = 'echo $WHO$ITEM'\n",
    );
    let url = ["--url", "sqlite://jobs.db", "-q"];
    let start = |who: &str| {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
        command.args(["run", "graph.toml"]).args(url).env("WHO", who);
        command.current_dir(folder.path("")).stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children = ["a", "b"].map(|who| (who, start(who)));
    for (who, child) in children {
        let output = child.wait_with_output().unwrap();
        let lines: String = (1..=20).map(|n| format!("{who}{n}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
    }
}

#[test]
fn arguments_that_do_not_go_together() {
    let folder = Folder::new(WAITS);
    for (args, words) in [
        (["--resume"].as_slice(), "--store <PATH>|--url <URL>"),
        (&["--state", "x"], "--store <PATH>|--url <URL>"),
        (&["--store", "a.db", "--url", "sqlite://b.db"], "cannot be used with"),
        (&["--store", "a.db", "--resume", "--dry-run"], "cannot be used with"),
        (&["--store", "a.db", "--resume=x"], "invalid value 'x' for '--resume"),
        (&["--store", ".", "--resume"], "it is not a regular file"),
        (&["--url", "memory:", "--resume"], "there is nothing to resume"),
        (&["--url", "nonsense://user:secret@host", "-q"], "unknown scheme"),
        (&["--jobs", "0"], "1..=1024"),
    ] {
        let ran = folder.run(args);
        ran.ended(2, &[words]);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
    assert_eq!(folder.read("ledger"), "");
    assert!(!folder.path("a.db").exists());
}
