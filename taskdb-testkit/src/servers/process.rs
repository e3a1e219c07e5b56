//! A child process that never outlives this one.
//!
//! A small shell watches the end of a pipe: it closes when this process ends, in
//! whatever way, and the shell kills the child. Statics are never dropped and a
//! killed process drops nothing, so `Drop` alone would leave servers behind.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::log::Log;

/// How long a server may take to start or to stop.
const LIMIT: Duration = Duration::from_secs(20);
/// Waits for the end of its input, then kills process `$1` and removes the folder `$2`.
const WATCHDOG: &str = r#"read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2""#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    watchdog: Child,
    pub(crate) log: Log,
}

impl Process {
    /// Starts `command` and waits until it prints a line that contains `ready`. The
    /// folder `dir` is removed if this process ends without ending the server.
    pub(crate) fn start(mut command: Command, dir: &Path, ready: &str) -> io::Result<Self> {
        let (output, input) = io::pipe()?;
        let mut child = command
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input)
            // An interrupt from the keyboard is for the tests; their end ends the server.
            .process_group(0)
            .spawn()?;
        // It holds this side of the pipe, which would keep the log from ending.
        drop(command);
        let watchdog = watch(&child, dir).inspect_err(|_| drop(child.kill()))?;
        let process = Self { child, watchdog, log: Log::follow(output)? };
        process.log.wait_for(&[ready], 0, LIMIT)?;
        Ok(process)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        send(self.child.id(), signal)
    }

    /// Sends a signal to the server and to the processes that it has started.
    pub(crate) fn signal_all(&self, signal: Signal) -> io::Result<()> {
        let own = self.child.id();
        self.signal(signal)?;
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            // It may have ended meanwhile.
            let _ = send(child, signal);
        }
        Ok(())
    }

    /// Ends the server as an operator would, and waits for its end.
    pub(crate) fn stop(self) -> io::Result<()> {
        self.stop_with(Signal::TERM)
    }

    /// Ends the server by a signal of its own, and waits for its end.
    pub(crate) fn stop_with(mut self, signal: Signal) -> io::Result<()> {
        self.disarm();
        self.signal(signal)?;
        self.child.wait().map(drop)
    }

    /// The watchdog goes first: once the child is waited for, its id may belong to another.
    fn disarm(&mut self) {
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
    }
}

impl Drop for Process {
    /// Ends the server as a crash would.
    fn drop(&mut self) {
        self.disarm();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(process: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("the server has no process id"))?;
    Ok(kill_process(pid, signal)?)
}

fn watch(child: &Child, dir: &Path) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", WATCHDOG, "watchdog", &child.id().to_string()])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}
