//! A folder with a graph in it, and what running it gives.

#![allow(dead_code, reason = "each test uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Folder(tempfile::TempDir);

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Folder {
    /// A folder of its own with this `graph.toml`.
    pub(crate) fn new(graph: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.path("graph.toml"), graph).unwrap();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(&self.path("graph.toml"), self.0.path(), args)
    }

    /// Starts a run, to be waited for with [`ended`].
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
        command.args(["run", "graph.toml"]).args(args).current_dir(self.0.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Returns once a file has this many lines.
    #[track_caller]
    pub(crate) fn wait_for(&self, name: &str, lines: usize) {
        let start = Instant::now();
        while self.read(name).lines().count() < lines {
            assert!(start.elapsed() < Duration::from_secs(60), "no {lines} lines in {name}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What a started run gave; it is killed if it takes too long.
pub(crate) fn ended(mut child: Child) -> Ran {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ran::new(child.wait_with_output().unwrap(), start)
}

/// Sends a signal, as `INT`.
pub(crate) fn signal(child: &Child, name: &str) {
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

/// Runs a graph with a limit on its time.
pub(crate) fn run(graph: &Path, dir: &Path, args: &[&str]) -> Ran {
    let start = Instant::now();
    let mut command = Command::cargo_bin("taskdb").unwrap();
    command.arg("run").arg(graph).args(args).current_dir(dir).timeout(LIMIT);
    Ran::new(command.output().unwrap(), start)
}

impl Ran {
    fn new(output: Output, start: Instant) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            took: start.elapsed(),
        }
    }

    #[track_caller]
    pub(crate) fn gave(&self, stdout: &str) {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert_eq!(self.stdout, stdout, "{}", self.stderr);
    }

    #[track_caller]
    pub(crate) fn ended(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in: {}", self.stderr);
        }
    }
}
