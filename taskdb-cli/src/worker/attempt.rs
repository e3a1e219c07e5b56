//! One attempt at a task: the program is run and watched, and its end is judged.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Map, Value, json};
use taskdb::{CanonicalJson, ReadyTask, TaskDb, TaskDbErr};
use tokio::sync::watch;

use super::args::{Input, Output};
use super::children::Child;
use super::claim;
use super::control::{Control, Said};
use super::patience::insist;
use super::pool::{Pool, Stage};
use super::scratch::Scratch;
use crate::run::command::{self, Around, Broken, Finished};

/// The exit code of a program for which another attempt is of no use.
const FOR_GOOD: i32 = 100;
/// What is inherited of the environment does not begin with this: it may hold passwords.
const OWN: &str = "TASKDB_";

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum End {
    /// With a result, and tasks to create.
    Done { output: Value, children: Vec<Child> },
    /// By a fault of the program.
    Failed(Failure),
    /// Somebody else decides about the task now.
    Lost(TaskDbErr),
    /// For a reason that is not the task's: it goes back to its place.
    GivenBack(String),
    /// The program cannot be run at all, whatever the task.
    Unusable(String),
}

/// Why a program failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// For the job: the reason, and the last lines of standard error.
    pub(super) text: String,
    /// Whether another attempt may be of use.
    pub(super) retry: bool,
    /// The pause before it, if the program has asked for one.
    pub(super) after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), retry: true, after: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which attempt this is, from 1; it starts anew with a replay.
pub(super) fn number(ready: &ReadyTask) -> i32 {
    ready.retries.saturating_add(1)
}

/// Runs the program once. When this ends before the program does, its process group
/// is killed.
pub(super) async fn run(pool: &Pool, ready: &ReadyTask, worker_type: &str) -> End {
    tokio::select! {
        biased;
        end = work(pool, ready, worker_type) => end.unwrap_or_else(|early| early),
        end = claim::hold(&pool.db, &ready.claim, pool.settings.lease) => end,
        () = pool.reached(Stage::Killed) => End::GivenBack("the worker stops".to_owned()),
    }
}

/// The error is an early end.
async fn work(pool: &Pool, ready: &ReadyTask, worker_type: &str) -> Result<End, End> {
    let inputs = inputs(&pool.db, ready)
        .await
        .map_err(|why| End::Failed(Failure::new(format!("cannot read the inputs: {why}"))))?;
    let broken = |why: std::io::Error| End::Unusable(format!("cannot make its folder: {why}"));
    let scratch = Scratch::new().map_err(broken)?;
    scratch.write_inputs(&inputs).map_err(broken)?;
    let control = Control::open(&scratch.control()).map_err(broken)?;
    let command = prepare(pool, ready, worker_type, &scratch);
    let stdin = stdin(pool.settings.input, ready, worker_type, inputs);
    let around = Around::new(stdin, taskdb::Limits::default().payload_bytes);
    let (progress, seen) = watch::channel(0.0);
    tokio::select! {
        biased;
        (ended, said) = attend(command::run(command, around), control, progress) => {
            Ok(judge(pool.settings.output, ended, said))
        }
        end = claim::pulse(&pool.db, ready, seen) => Ok(end),
    }
}

/// The outputs of the prerequisites; one that was tolerated as failed has none.
async fn inputs(db: &TaskDb, ready: &ReadyTask) -> Result<Map<String, Value>, TaskDbErr> {
    let names = ready.prereqs.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut inputs = Map::new();
    for name in names {
        match insist(|| db.get_task_output(&ready.job_id, name)).await {
            Ok(output) => drop(inputs.insert(name.to_owned(), output)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(inputs)
}

fn prepare(
    pool: &Pool,
    ready: &ReadyTask,
    worker_type: &str,
    scratch: &Scratch,
) -> tokio::process::Command {
    let mut command = command::prepare(&pool.settings.command, None, Path::new("."), []);
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(OWN.as_bytes()) {
            command.env_remove(name);
        }
    }
    command
        .env("TASKDB_JOB", ready.job_id.to_string())
        .env("TASKDB_TASK", &ready.task_id)
        .env("TASKDB_WORKER_TYPE", worker_type)
        .env("TASKDB_ATTEMPT", number(ready).to_string())
        .env("TASKDB_CONTROL", scratch.control())
        .env("TASKDB_INPUTS", scratch.inputs());
    command
}

/// One line, so that a shell can `read` it.
fn stdin(
    input: Input,
    ready: &ReadyTask,
    worker_type: &str,
    inputs: Map<String, Value>,
) -> Vec<u8> {
    let text = match input {
        Input::Definition => CanonicalJson::new(&ready.task_def),
        Input::Envelope => CanonicalJson::new(&json!({
            "job": ready.job_id,
            "task": ready.task_id,
            "worker_type": worker_type,
            "attempt": number(ready),
            "definition": ready.task_def,
            "inputs": inputs,
        })),
    };
    format!("{text}\n").into_bytes()
}

/// Waits for the end of the program and takes down what it says.
async fn attend(
    program: impl Future<Output = Result<Finished, Broken>>,
    mut control: Control,
    progress: watch::Sender<f32>,
) -> (Result<Finished, Broken>, Said) {
    let mut said = Said::default();
    tokio::pin!(program);
    let ended = loop {
        tokio::select! {
            ended = &mut program => break ended,
            line = control.line() => match line {
                Ok(line) => {
                    if let Some(value) = said.take(&line) {
                        progress.send_replace(value);
                    }
                }
                // The program is killed as its future is dropped.
                Err(why) => return (Err(Broken::Io(why)), said),
            },
        }
    };
    let rest = control.rest(&mut said).await;
    (rest.map_err(Broken::Io).and(ended), said)
}

fn judge(output: Output, ended: Result<Finished, Broken>, said: Said) -> End {
    let Finished { status, stdout, stderr } = match ended {
        Ok(finished) => finished,
        Err(Broken::Io(why)) => return cannot_run(&why),
        Err(Broken::Own(why)) => return End::Unusable(format!("{why:#}")),
        Err(Broken::TooMuch { limit }) => {
            let text = format!("wrote more than {limit} bytes, the limit of an output; killed");
            return End::Failed(Failure::new(text));
        }
    };
    let quoted = || stderr.lines().map(|line| format!("\n  | {line}")).collect::<String>();
    let text = match (&said.error, &said.misunderstood) {
        (Some(error), _) => Some(error.clone()),
        (None, Some(why)) => Some(why.clone()),
        (None, None) if !status.success() => Some(format!("{status}{}", quoted())),
        (None, None) => None,
    };
    let Some(text) = text else {
        return match result(output, stdout) {
            Ok(output) => End::Done { output, children: said.children },
            Err(why) => End::Failed(Failure::new(format!("{why}{}", quoted()))),
        };
    };
    let retry = said.retry.unwrap_or(true) && !is_final(status);
    End::Failed(Failure { text, retry, after: said.retry_after })
}

fn is_final(status: ExitStatus) -> bool {
    status.code() == Some(FOR_GOOD)
}

/// What keeps one program from starting keeps all of them, unless the machine is short
/// of something.
fn cannot_run(why: &std::io::Error) -> End {
    match why.kind() {
        ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            End::Unusable(format!("cannot run the program: {why}"))
        }
        _ => End::Failed(Failure::new(format!("the program broke off: {why}"))),
    }
}

fn result(output: Output, stdout: Vec<u8>) -> Result<Value, String> {
    match output {
        Output::Json if stdout.trim_ascii().is_empty() => Ok(Value::Null),
        Output::Json => serde_json::from_slice(&stdout).map_err(|why| {
            format!("its output is not one JSON value: {why}; --output text takes any text")
        }),
        Output::Text => String::from_utf8(stdout).map(Value::String).map_err(|why| {
            let at = why.utf8_error().valid_up_to();
            format!("its output is not UTF-8 from byte {at} on")
        }),
    }
}
