//! Runs that are killed with `SIGKILL` at random moments, and resumed until they are done.
//!
//! Every command, a descendant in a session of its own, and a command that clears its
//! environment write to a ledger as long as they live. Its lines are in the order of
//! time, so it shows what ran after what. `TASKDB_KILLS` sets the number of kills.

#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::Folder;
use taskdb::{TaskDb, TaskState};

const GRAPH: &str = "\
[run]\njobs = 3\n\
[tasks.list]\nrun = 'sh ./beat && seq 6'\n\
[tasks.each]\neach = 'list'\nrun = 'sh ./beat && echo $ITEM'\n\
[tasks.sum]\nreduce = 'each'\nfan_in = 3\n\
run = \"sh ./beat && awk '{n += $1} END {print n}'\"\n\
[tasks.bare]\nrun = 'exec env -i PATH=\"$PATH\" GEN=$GEN sh ./beat bare long'\n\
[tasks.end]\nneeds = ['sum', 'bare']\nrun = ['sh', '-c', 'sh ./beat && cat']\n";

/// Writes `GENERATION start NAME`, then beats for a while; so does its descendant.
const BEAT: &str = "\
name=${1:-$TASKDB_TASK}\n\
beats() { for n in $*; do echo \"$GEN beat $name\" >> ledger; sleep 0.02; done; }\n\
case $2 in apart) beats 1 2 3 4; exit;; esac\n\
echo \"$GEN start $name\" >> ledger\n\
case $2 in long) beats $(seq 50); exit;; esac\n\
setsid sh ./beat \"$name\" apart > /dev/null &\n\
beats 1 2 3 4\n\
wait\n";

const COMMANDS: usize = 1 + 6 + 3 + 1 + 1;

/// A number below `bound`, for which nothing depends on quality.
fn random(bound: u64) -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0 % bound
}

fn start(folder: &Folder, generation: usize) -> Child {
    // In a session of its own, so that all of it can be killed at once.
    let mut command = Command::new("setsid");
    command.arg(assert_cmd::cargo::cargo_bin("taskdb"));
    command.args(["run", "graph.toml", "--store", "run.db", "--resume", "-q"]);
    command.current_dir(folder.path("")).env("GEN", generation.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Every process of a session.
fn session(leader: u32) -> Vec<i32> {
    let mut members = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ').nth(3));
        if fields.flatten() == Some(&leader.to_string()) {
            members.extend(entry.file_name().to_str().and_then(|id| id.parse::<i32>().ok()));
        }
    }
    members
}

fn kill(child: &mut Child, whole: bool) {
    let others = if whole { session(child.id()) } else { Vec::new() };
    child.kill().unwrap();
    for id in others.into_iter().filter_map(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
    child.wait().unwrap();
}

/// The names of the tasks whose outputs are stored.
async fn stored(folder: &Folder) -> BTreeSet<String> {
    let url = format!("sqlite://{}", folder.path("run.db").display());
    // The run may not have come so far as to make it.
    if !folder.path("run.db").exists() {
        return BTreeSet::new();
    }
    let db: TaskDb = taskdb::connect(&url).await.unwrap();
    let mut names = BTreeSet::new();
    for stream in db.list_streams(None, 1_000).await.unwrap() {
        let job = stream.worker_type.strip_prefix("taskdb-planner@").map(|id| id.parse().unwrap());
        let Some(job) = job else { continue };
        let tasks = db.list_tasks(&job, Some(TaskState::Done), None, 1_000).await;
        names.extend(tasks.unwrap_or_default().into_iter().map(|task| task.task_id));
    }
    names
}

/// Kills one run `kills` times at the most, and returns how often it did.
async fn torment(kills: usize) -> usize {
    let folder = Folder::new(GRAPH);
    std::fs::write(folder.path("beat"), BEAT).unwrap();
    let mut before: Vec<BTreeSet<String>> = Vec::new();
    loop {
        let mut child = start(&folder, before.len());
        if before.len() < kills {
            tokio::time::sleep(Duration::from_millis(random(1_200))).await;
            if child.try_wait().unwrap().is_none() {
                kill(&mut child, random(2) == 0);
                before.push(stored(&folder).await);
                continue;
            }
        }
        let output = child.wait_with_output().unwrap();
        let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(out), "21\n", "{err}\n{}", folder.read("ledger"));
        judge(&folder.read("ledger"), &before);
        return before.len();
    }
}

/// What the ledger must show, given what was stored at each kill.
fn judge(ledger: &str, before: &[BTreeSet<String>]) {
    let (mut latest, mut started) = (0, BTreeSet::new());
    for line in ledger.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [generation, what, name] = words[..] else { panic!("{line}\n{ledger}") };
        let generation: usize = generation.parse().unwrap();
        assert!(generation >= latest, "`{name}` of a dead run beats beside the next:\n{ledger}");
        latest = generation;
        if what == "start" {
            let stored = before[..generation].iter().any(|names| names.contains(name));
            assert!(!stored, "`{name}` ran again, its output was stored:\n{ledger}");
            started.insert(name);
        }
    }
    assert_eq!(started.len(), COMMANDS, "{ledger}");
}

#[tokio::test]
async fn a_killed_run_is_resumed_without_repeating_what_is_stored() {
    let kills = std::env::var("TASKDB_KILLS").ok().and_then(|kills| kills.parse().ok());
    let (mut done, kills) = (0, kills.unwrap_or(6));
    while done < kills {
        done += torment((kills - done).min(5)).await;
    }
    assert_eq!(done, kills);
}
