//! A store in a folder of its own, and the program `taskdb` at work on it.

#![allow(dead_code, reason = "each test uses a part")]

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use taskdb::{JobState, TaskDb, TaskInfo};
use uuid::Uuid;

/// How long anything may take before a test gives up.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Store {
    folder: tempfile::TempDir,
    pub(crate) db: TaskDb,
    runtime: tokio::runtime::Runtime,
}

/// What a command gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let url = url(&folder);
        let db = runtime.block_on(taskdb::connect(&url)).unwrap();
        Self { folder, db, runtime }
    }

    pub(crate) fn url(&self) -> String {
        url(&self.folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The program, in the folder and with the store in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
        command.args(args).current_dir(self.folder.path()).env("TASKDB_URL", url(&self.folder));
        // A worker that is killed leaves its folders there.
        command.env("TMPDIR", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// The one line that a command writes.
    #[track_caller]
    pub(crate) fn line(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout.trim_end().to_owned()
    }

    /// Starts a worker with the words behind `taskdb worker`.
    pub(crate) fn worker(&self, args: &[&str]) -> Worker {
        self.start(&[&["worker"], args].concat())
    }

    /// Starts a command that serves until it is told to stop.
    pub(crate) fn start(&self, args: &[&str]) -> Worker {
        Worker(self.command(args).spawn().unwrap())
    }

    /// A job of `alice` whose `init` goes to this worker type.
    pub(crate) fn job(&self, worker_type: &str, definition: Value, retries: i32) -> Uuid {
        self.wait(async {
            let stream = self.db.get_or_create_stream(worker_type, 0, 1.0, "alice").await.unwrap();
            self.db.create_job(&stream, &definition, retries, 60, "alice").await.unwrap()
        })
    }

    pub(crate) fn task(&self, job: &Uuid, name: &str) -> TaskInfo {
        self.wait(self.db.get_task(job, name)).unwrap()
    }

    /// Waits for the end of a job.
    pub(crate) fn ended(&self, job: &Uuid) -> JobState {
        let look = || self.wait(self.db.get_job(job)).unwrap();
        until(&format!("the end of {job}"), || look().state != JobState::Running);
        look().state
    }

    pub(crate) fn output(&self, job: &Uuid, task: &str) -> Value {
        self.wait(self.db.get_task_output(job, task)).unwrap()
    }

    /// Waits for a file that a program makes.
    pub(crate) fn appears(&self, name: &str) {
        until(name, || self.path(name).exists());
    }
}

fn url(folder: &tempfile::TempDir) -> String {
    format!("sqlite://{}", folder.path().join("jobs.db").display())
}

/// Waits until something is so, for the reader of a failure in words.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The next line, and no byte more of what comes after it.
pub(crate) fn line_of(from: &mut impl Read) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while from.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        line.extend(byte);
    }
    String::from_utf8(line).unwrap()
}

/// A running worker, killed when dropped.
pub(crate) struct Worker(Child);

impl Worker {
    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// The next line on its standard error; what follows is left for its end.
    pub(crate) fn line(&mut self) -> String {
        line_of(self.0.stderr.as_mut().unwrap())
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Ran { code: self.0.wait().unwrap().code(), stdout, stderr }
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(self) -> Ran {
        self.signal("TERM");
        self.ended()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ended(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in: {}", self.stderr);
        }
    }
}
