//! One attempt at a command, and why it may fail.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use taskdb::ReadyTask;
use taskdb::worker::Context;

use super::command::{self, Around, Broken, Finished};
use super::logs::{Log, Stream};
use super::record;
use super::result::inputs_of;
use super::shared::Shared;
use crate::graph::{Millis, Task};
use crate::plan::Group;
use crate::report::Attempt;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    /// The last lines of standard error.
    pub(super) stderr: String,
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
    context: &Context,
    name: &str,
    inputs: &[Group],
    item: Option<&str>,
) -> anyhow::Result<Result<String, Failure>> {
    let input = match item {
        Some(line) => format!("{line}\n"),
        None => inputs_of(shared, inputs).await?,
    };
    let (task, ready) = (shared.graph.task(name), context.task());
    let of = attempt(ready);
    let (number, claim) = (of.attempt.to_string(), record::marker(ready.claim.id));
    let env = shared.graph.env.iter().chain(&task.env).map(|(k, v)| (k.as_str(), v.as_str()));
    let own = [
        ("TASKDB_TASK", of.task),
        ("TASKDB_ATTEMPT", number.as_str()),
        (record::VARIABLE, claim.as_str()),
    ];
    let env = env.chain(own).chain(item.map(|line| ("ITEM", line)));
    let around = around(shared, context, of, input.into_bytes()).await?;
    let record = around.record.as_ref();
    let command = command::prepare(&task.run, record, &shared.graph.dir, env);
    let watched = shared.cut_off.watch(ready.claim.id, context.linger());
    let ended = within(task.timeout, command::run(command, around)).await;
    if let Some(Ok(_)) = ended {
        watched.ended();
    }
    judge(task, ended)
}

/// Which attempt this is.
pub(super) fn attempt(ready: &ReadyTask) -> Attempt<'_> {
    Attempt { task: &ready.task_id, attempt: ready.retries + 1, starts: ready.claim.attempt }
}

async fn around(
    shared: &Shared,
    context: &Context,
    of: Attempt<'_>,
    input: Vec<u8>,
) -> anyhow::Result<Around> {
    let log = async |stream| -> anyhow::Result<Option<Log>> {
        match &shared.logs {
            Some(logs) => Ok(Some(logs.open(of, stream).await?)),
            None => Ok(None),
        }
    };
    let (stdout, stderr) = (log(Stream::Stdout).await?, log(Stream::Stderr).await?);
    let claim = context.task().claim.id;
    let record = shared.records.as_ref().map(|records| records.begin(claim)).transpose()?;
    let around = Around::new(input, context);
    Ok(Around { record, stdout, stderr, ..around })
}

/// `None` when the time was up; the command is killed with the future.
async fn within<T>(timeout: Option<Millis>, run: impl Future<Output = T>) -> Option<T> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout.duration(), run).await.ok(),
        None => Some(run.await),
    }
}

/// What came of an attempt; the outer error is not the command's.
fn judge(
    task: &Task,
    ended: Option<Result<Finished, Broken>>,
) -> anyhow::Result<Result<String, Failure>> {
    let reason = match ended {
        Some(Ok(finished)) => return Ok(output(finished)),
        Some(Err(Broken::Own(why))) => return Err(why),
        Some(Err(Broken::Io(why))) => cannot_run(task, &why),
        Some(Err(Broken::TooMuch { limit })) => {
            format!("wrote more than {limit} bytes, the limit of an output; killed")
        }
        None => {
            let limit = task.timeout.map_or(String::new(), |limit| limit.to_string());
            format!("timed out after {limit}; killed")
        }
    };
    Ok(Err(Failure::new(reason)))
}

fn output(finished: Finished) -> Result<String, Failure> {
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
