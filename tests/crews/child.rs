//! Children: this binary again, as a worker on a store, or as many schedulers.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use taskdb::Worker;
use taskdb::worker::{Ended, Hooks, Request};

use crate::{mix, ticks};

const URL: &str = "TASKDB_TEST_CREW_URL";
const DRAIN: &str = "TASKDB_TEST_CREW_DRAIN";
const LEASE: &str = "TASKDB_LEASE_SECS";
/// Set for a child that fires schedules: how many of it do.
const SCHEDULERS: &str = "TASKDB_TEST_CREW_SCHEDULERS";
/// What is for the parent; the rest is what the test harness prints.
const MARK: &str = "@ ";

/// How long the claims of children last without them.
pub(crate) fn lease() -> Duration {
    let seconds = std::env::var(LEASE).map_or(1, |text| text.parse().expect("a number"));
    Duration::from_secs(seconds)
}

/// Tasks that a child does at a time, of each worker type.
pub(crate) const SLOTS: usize = 4;
/// The worker types that children serve.
pub(crate) const TYPES: [&str; 2] = ["cpu", "gpu"];

/// Works until a signal comes, or fires schedules for a while.
pub(crate) async fn run() {
    let Ok(url) = std::env::var(URL) else { return };
    if let Ok(schedulers) = std::env::var(SCHEDULERS) {
        let fired = ticks::fire(&url, schedulers.parse().expect("a number")).await;
        return say(&format!("fired {fired}"));
    }
    let millis = std::env::var(DRAIN).expect("a parent says it").parse().expect("a number");
    let db = loop {
        match taskdb::connect(&url).await {
            Ok(db) => break db,
            // A frozen worker may hold the lock of a file.
            Err(error) if error.is_retryable() => {}
            Err(error) => panic!("{error}"),
        }
    };
    let worker = TYPES.iter().fold(Worker::new(db), |worker, name| worker.on(*name, mix::work));
    let worker = worker.concurrency(SLOTS).lease(lease()).drain(Duration::from_millis(millis));
    let worker = worker.retry_policy(|_| Duration::from_millis(20)).hooks(Told);
    say("ready");
    worker.run().await.expect("a worker ends well");
}

/// Tells the parent which results were accepted.
struct Told;

impl Hooks for Told {
    fn ended(&self, request: &Request, how: &Ended, _: Duration) {
        if *how == Ended::Done {
            let claim = &request.task().claim;
            say(&format!("accepted {} {} {}", claim.job_id, claim.task_id, claim.id));
        }
    }
}

/// When this returns, the line outlives this process.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("\n{MARK}{line}\n").as_bytes()).and_then(|()| out.flush());
}

/// What whoever reads the output of a test may want to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A worker in a process of its own, killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    reader: Option<std::thread::JoinHandle<()>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Child {
    pub(crate) fn spawn(url: &str, drain: Duration) -> Self {
        Self::with_lease(url, drain, lease())
    }

    pub(crate) fn with_lease(url: &str, drain: Duration, lease: Duration) -> Self {
        let (drain, lease) = (drain.as_millis().to_string(), lease.as_secs().to_string());
        Self::start(url, &[(DRAIN, drain), (LEASE, lease)])
    }

    /// So many schedulers in one process.
    pub(crate) fn schedulers(url: &str, count: usize) -> Self {
        Self::start(url, &[(SCHEDULERS, count.to_string())])
    }

    fn start(url: &str, what: &[(&str, String)]) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["child_process", "--exact", "--nocapture"])
            .env(URL, url)
            .envs(what.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a child starts");
        let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let said = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(line) = line.strip_prefix(MARK) {
                    said.lock().expect("no panic").push(line.to_owned());
                }
            }
        });
        Self { process, reader: Some(reader), lines }
    }

    /// Returns when it is at work.
    pub(crate) async fn ready(&self) {
        let end = Instant::now() + Duration::from_secs(30);
        while !self.lines.lock().expect("no panic").iter().any(|line| line == "ready") {
            assert!(Instant::now() < end, "a child does not begin");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw).expect("an id");
        // One that has ended by itself is found out when its end is awaited.
        let _ = kill_process(pid, signal);
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.expect("it runs");
        let fields = stat.rsplit(')').next().expect("a name in brackets").split_whitespace();
        // User and system time are fields 14 and 15, the name is field 2; in hundredths.
        let ticks = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number"));
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// Waits for its end, however it comes; what it has said.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let end = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(Instant::now() < end, "a child does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        self.reader.take().expect("once").join().expect("it reads to the end");
        let lines = std::mem::take(&mut *self.lines.lock().expect("no panic"));
        (status, lines)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
