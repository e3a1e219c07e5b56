//! Crews in processes of their own on one file of SQLite: some are stopped for a while, some
//! are killed in the middle of a call, and others take their place.
//!
//! A child is this binary again with its part in the environment. It prints every call before
//! it makes it and once more with its answer, so that of a killed one nothing is missing.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use taskdb::TaskDb;
use taskdb::sqlite::Config;
use taskdb_testkit::history::{Crew, Event, History, Orders, Outcome};
use taskdb_testkit::rng::Rng;
use uuid::Uuid;

use crate::storm::{DROPS, judge, note, seeds};

/// What a child is told: the file, the stream and the seed.
const FILE: &str = "TASKDB_TEST_FILE";
const STREAM: &str = "TASKDB_TEST_STREAM";
const SEED: &str = "TASKDB_SEED";
/// What is for the parent; the rest is what the test harness prints.
const MARK: &str = "@ ";
/// How many processes work at a time.
const CHILDREN: usize = 2;
/// How often a run is struck.
const FAULTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_to_what_it_has_told_processes_that_are_killed() {
    for seed in seeds() {
        note(&format!("processes: TASKDB_FAULT_SEED={seed} TASKDB_FAULT_SEEDS=1"));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("faults.db");
        let db = open(&path).await;
        let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
        let (history, since) = storm(&path, stream, seed).await;
        judge(&history, &db, since, true).await;
        let accepted = history.count(Outcome::Accepted);
        assert!(accepted > 10, "only {accepted} calls were accepted");
    }
}

/// A crew until the input ends; nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_process() {
    let Ok(stream) = std::env::var(STREAM) else { return };
    let path = std::env::var_os(FILE).expect("a parent names the file");
    let db = open(Path::new(&path)).await;
    let history = Arc::new(History::told_to(|number, event| {
        let line = serde_json::to_string(&(number, event)).expect("an event is JSON");
        let mut out = std::io::stdout().lock();
        // When this returns, the line outlives this process; a parent that has gone needs none.
        let _ = out.write_all(format!("\n{MARK}{line}\n").as_bytes()).and_then(|()| out.flush());
    }));
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).expect("a seed");
    let orders = Orders { seed, workers: 3, drops: DROPS };
    let crew = Crew::start(&db, stream.parse().expect("an id"), &history, orders);
    let input = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    let _ = input.await.expect("it ends");
    crew.stop().await;
}

async fn open(path: &Path) -> TaskDb {
    Config::at(path).connect().await.expect("the file opens")
}

/// Lets children work, stops and kills them, and returns what they were told and when the
/// last of them was struck.
async fn storm(path: &Path, stream: Uuid, seed: u64) -> (History, Instant) {
    let (mut rng, history) = (Rng::new(seed), History::default());
    let mut children: Vec<_> =
        (0..CHILDREN).map(|_| Child::spawn(path, stream, rng.next() >> 1)).collect();
    for _ in 0..FAULTS {
        tokio::time::sleep(Duration::from_millis(30 + rng.below(120))).await;
        let child = rng.take(&mut children).expect("a child");
        if rng.percent(40) {
            child.signal(Signal::STOP);
            // Longer than some claims last.
            tokio::time::sleep(Duration::from_millis(rng.below(300))).await;
            child.signal(Signal::CONT);
            children.push(child);
        } else {
            history.take(child.kill());
            children.push(Child::spawn(path, stream, rng.next() >> 1));
        }
    }
    let since = Instant::now();
    for child in children {
        history.take(child.end());
    }
    (history, since)
}

/// A process with a crew, killed when dropped.
struct Child {
    process: std::process::Child,
    reader: Option<std::thread::JoinHandle<Vec<(usize, Event)>>>,
}

impl Child {
    fn spawn(path: &Path, stream: Uuid, seed: u64) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["process::child_process", "--exact", "--nocapture"])
            .env(FILE, path)
            .env(STREAM, stream.to_string())
            .env(SEED, seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child starts");
        let lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let reader = std::thread::spawn(move || {
            let lines = lines.map_while(Result::ok);
            lines.filter_map(|line| serde_json::from_str(line.strip_prefix(MARK)?).ok()).collect()
        });
        Self { process, reader: Some(reader) }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw).expect("an id");
        kill_process(pid, signal).expect("it is there");
    }

    /// Kills it, and returns what it has told.
    fn kill(mut self) -> Vec<(usize, Event)> {
        self.process.kill().expect("it can be killed");
        self.told()
    }

    /// Lets it finish its calls, and returns what it has told.
    fn end(mut self) -> Vec<(usize, Event)> {
        drop(self.process.stdin.take());
        let told = self.told();
        let status = self.process.wait().expect("it ends");
        assert!(status.success(), "a child has failed: {status}");
        told
    }

    fn told(&mut self) -> Vec<(usize, Event)> {
        let reader = self.reader.take().expect("it is asked once");
        reader.join().expect("its output can be read")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
