//! Children: this binary again, with a role, a file and a seed in its environment.
//!
//! Lines of a child that begin with a mark are for its parent; the rest is what
//! the test harness prints. A child ends by itself when its input is closed, so
//! none outlives its parent.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use taskdb::TaskDb;
use taskdb::sqlite::Config;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use taskdb_testkit::rng::{self, Rng};

const ROLE: &str = "TASKDB_TEST_ROLE";
const FILE: &str = "TASKDB_TEST_FILE";
const MARK: &str = "@ ";
/// The first line of every child, sent when it has begun.
const READY: &str = "ready";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Worker,
    Storm,
    Waker,
    Opener,
}

impl Role {
    const ALL: [(Self, &str); 4] = [
        (Self::Worker, "worker"),
        (Self::Storm, "storm"),
        (Self::Waker, "waker"),
        (Self::Opener, "opener"),
    ];
}

/// The role of this process, if it is a child.
pub(crate) fn role() -> Option<Role> {
    let name = std::env::var(ROLE).ok()?;
    let known = Role::ALL.into_iter().find(|(_, known)| *known == name);
    Some(known.expect("a parent gives a role that exists").0)
}

/// What a child has of its parent.
pub(crate) struct Setup {
    pub(crate) path: PathBuf,
    pub(crate) rng: Rng,
    /// The lines the parent sends; ends when the parent closes or goes.
    pub(crate) commands: UnboundedReceiver<String>,
}

/// Begins a child: reads its environment and reports that it is there.
pub(crate) fn begin() -> Setup {
    let path = std::env::var_os(FILE).expect("a parent names the file").into();
    let (sender, commands) = unbounded_channel();
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        // The end of the input ends the commands, and thereby the child.
        lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
    });
    // The harness may have begun a line already.
    write("\n");
    emit(READY);
    Setup { path, rng: Rng::new(rng::seed()), commands }
}

/// Sends a line to the parent; when this returns, it outlives this process.
pub(crate) fn emit(line: &str) {
    write(&format!("{MARK}{line}\n"));
}

fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    // A parent that has gone needs no lines.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

pub(crate) async fn open(path: &Path) -> TaskDb {
    Config::at(path).connect().await.expect("the file opens")
}

/// A running child, killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    stdin: Option<ChildStdin>,
    lines: UnboundedReceiver<String>,
}

impl Child {
    pub(crate) fn spawn(role: Role, path: &Path, seed: u64) -> Self {
        let name = Role::ALL[role as usize].1;
        let mut process = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["child_process", "--exact", "--nocapture"])
            .env(ROLE, name)
            .env(FILE, path)
            .env("TASKDB_SEED", seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child starts");
        let stdin = process.stdin.take();
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|length| length > 0) {
                // A line without its end was not sent as a whole.
                if let Some(text) = line.strip_prefix(MARK).and_then(|l| l.strip_suffix('\n')) {
                    let _ = sender.send(text.to_owned());
                }
                line.clear();
            }
        });
        Self { process, stdin, lines }
    }

    /// The next line; `None` when the child has ended.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let line = tokio::time::timeout(Duration::from_secs(30), self.lines.recv()).await;
        line.expect("a child says something within 30 s")
    }

    /// Returns when the child has begun.
    pub(crate) async fn ready(&mut self) {
        assert_eq!(self.line().await.as_deref(), Some(READY));
    }

    pub(crate) fn send(&mut self, command: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(format!("{command}\n").as_bytes()).expect("the child listens");
    }

    /// Kills it, and returns every line it has sent and nobody has read.
    pub(crate) async fn kill(mut self) -> Vec<String> {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
        self.rest().await
    }

    /// Closes its input, waits for its end, and returns the lines nobody has read.
    pub(crate) async fn end(mut self) -> Vec<String> {
        self.stdin = None;
        let lines = self.rest().await;
        let status = self.exit(Instant::now() + Duration::from_secs(10));
        assert!(status.success(), "a child has failed: {status}");
        lines
    }

    async fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines.retain(|line| line != READY);
        lines
    }

    fn exit(&mut self, until: Instant) -> ExitStatus {
        loop {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(Instant::now() < until, "a child does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
