//! One attempt at a command, and why it may fail.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use taskdb::{Limits, ReadyTask};

use super::command::{self, Broken, Finished};
use super::result::inputs_of;
use super::shared::Shared;
use crate::graph::{Millis, Task};
use crate::plan::Group;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    /// The last lines of standard error.
    stderr: String,
}

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), stderr: String::new() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.stderr.lines().try_for_each(|line| write!(f, "\n  | {line}"))
    }
}

/// Runs the command of `name` once; the outer error is the engine's.
pub(super) async fn run(
    shared: &Shared,
    ready: &ReadyTask,
    name: &str,
    inputs: &[Group],
    item: Option<&str>,
) -> anyhow::Result<Result<String, Failure>> {
    let input = match item {
        Some(line) => format!("{line}\n"),
        None => inputs_of(shared, inputs).await?,
    };
    let task = shared.graph.task(name);
    let number = attempt(ready).to_string();
    let env = shared.graph.env.iter().chain(&task.env).map(|(k, v)| (k.as_str(), v.as_str()));
    let own = [("TASKDB_TASK", ready.task_id.as_str()), ("TASKDB_ATTEMPT", number.as_str())];
    let env = env.chain(own).chain(item.map(|line| ("ITEM", line)));
    let command = command::prepare(&task.run, &shared.graph.dir, env);
    let run = command::run(command, input.into_bytes(), Limits::default().payload_bytes);
    Ok(judge(task, within(task.timeout, run).await))
}

/// Which attempt this is, from 1; those a lost worker began do not count.
pub(super) fn attempt(ready: &ReadyTask) -> i32 {
    ready.retries + 1
}

/// `None` when the time was up; the command is killed with the future.
async fn within<T>(timeout: Option<Millis>, run: impl Future<Output = T>) -> Option<T> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout.duration(), run).await.ok(),
        None => Some(run.await),
    }
}

fn judge(task: &Task, ended: Option<Result<Finished, Broken>>) -> Result<String, Failure> {
    let finished = match ended {
        Some(Ok(finished)) => finished,
        Some(Err(Broken::Io(why))) => return Err(Failure::new(cannot_run(task, &why))),
        Some(Err(Broken::TooMuch { limit })) => {
            let reason = format!("wrote more than {limit} bytes, the limit of an output; killed");
            return Err(Failure::new(reason));
        }
        None => {
            let limit = task.timeout.map_or(String::new(), |limit| limit.to_string());
            return Err(Failure::new(format!("timed out after {limit}; killed")));
        }
    };
    let Finished { status, stdout, stderr } = finished;
    if !status.success() {
        return Err(Failure { reason: describe(status), stderr });
    }
    String::from_utf8(stdout).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let reason = format!("its output is not UTF-8: byte 0x{byte:02x} at offset {at}");
        Failure { reason, stderr }
    })
}

fn cannot_run(task: &Task, why: &std::io::Error) -> String {
    let program = match &task.run {
        crate::graph::Command::Shell(_) => "sh",
        crate::graph::Command::Argv(words) => words.first().map_or("", String::as_str),
    };
    format!("cannot run `{program}`: {why}")
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}
