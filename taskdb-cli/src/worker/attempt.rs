//! One attempt at a task: the program is run and watched, and its end is judged.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitStatus;

use serde_json::{Map, Value, json};
use taskdb::CanonicalJson;
use taskdb::worker::{Context, Error, Handler};

use super::args::{Input, Output, WorkerArgs};
use super::children;
use super::control::{Control, Said};
use super::scratch::Scratch;
use crate::graph;
use crate::run::command::{self, Around, Broken, Finished};

/// The exit code of a program for which another attempt is of no use.
const FOR_GOOD: i32 = 100;

/// A program, run once for each attempt.
pub(super) struct Program {
    command: graph::Command,
    input: Input,
    output: Output,
}

impl Program {
    pub(super) fn new(args: &WorkerArgs) -> Self {
        Self { command: args.command(), input: args.input, output: args.output }
    }
}

impl Handler<Value, Value> for Program {
    /// Runs the program once. When this is dropped before the program ends, its process
    /// group is killed.
    async fn handle(&self, _: Value, context: Context) -> taskdb::worker::Result<Value> {
        let inputs = context
            .outputs()
            .await
            .map_err(|why| Error::retry(format!("cannot read the inputs: {why}")))?;
        let broken =
            |why: std::io::Error| Error::stop_worker(format!("cannot make its folder: {why}"));
        let scratch = Scratch::new().map_err(broken)?;
        scratch.write_inputs(&inputs).map_err(broken)?;
        let control = Control::open(&scratch.control()).map_err(broken)?;
        let command = prepare(&self.command, &context, &scratch);
        let stdin = stdin(self.input, &context, inputs);
        let around = Around::new(stdin, &context);
        let (ended, said) = attend(command::run(command, around), control, &context).await;
        let (output, said) = judge(self.output, ended, said)?;
        children::create(&context, said.children).await?;
        Ok(output)
    }
}

fn prepare(
    command: &graph::Command,
    context: &Context,
    scratch: &Scratch,
) -> tokio::process::Command {
    let mut command = command::prepare(command, None, Path::new("."), []);
    command
        .env("TASKDB_JOB", context.job_id().to_string())
        .env("TASKDB_TASK", context.task_id())
        .env("TASKDB_WORKER_TYPE", context.worker_type())
        .env("TASKDB_ATTEMPT", context.attempt().to_string())
        .env("TASKDB_CONTROL", scratch.control())
        .env("TASKDB_INPUTS", scratch.inputs());
    command
}

/// One line, so that a shell can `read` it.
fn stdin(input: Input, context: &Context, inputs: Map<String, Value>) -> Vec<u8> {
    let definition = &context.task().task_def;
    let text = match input {
        Input::Definition => CanonicalJson::new(definition),
        Input::Envelope => CanonicalJson::new(&json!({
            "job": context.job_id(),
            "task": context.task_id(),
            "worker_type": context.worker_type(),
            "attempt": context.attempt(),
            "definition": definition,
            "inputs": inputs,
        })),
    };
    format!("{text}\n").into_bytes()
}

/// Waits for the end of the program and takes down what it says.
async fn attend(
    program: impl Future<Output = Result<Finished, Broken>>,
    mut control: Control,
    context: &Context,
) -> (Result<Finished, Broken>, Said) {
    let mut said = Said::default();
    tokio::pin!(program);
    let ended = loop {
        tokio::select! {
            ended = &mut program => break ended,
            line = control.line() => match line {
                Ok(line) => {
                    if let Some(value) = said.take(&line) {
                        context.progress(value);
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

fn judge(
    output: Output,
    ended: Result<Finished, Broken>,
    said: Said,
) -> taskdb::worker::Result<(Value, Said)> {
    let Finished { status, stdout, stderr } = ended.map_err(broken_off)?;
    let quoted = || stderr.lines().map(|line| format!("\n  | {line}")).collect::<String>();
    let text = match (&said.error, &said.misunderstood) {
        (Some(error), _) => Some(error.clone()),
        (None, Some(why)) => Some(why.clone()),
        (None, None) if !status.success() => Some(format!("{status}{}", quoted())),
        (None, None) => None,
    };
    let Some(text) = text else {
        return match result(output, stdout) {
            Ok(output) => Ok((output, said)),
            Err(why) => Err(Error::retry(format!("{why}{}", quoted()))),
        };
    };
    Err(match said.retry_after {
        _ if said.retry == Some(false) || is_final(status) => Error::fail(text),
        Some(pause) => Error::retry_after(pause, text),
        None => Error::retry(text),
    })
}

fn broken_off(why: Broken) -> Error {
    match why {
        Broken::Io(why) => cannot_run(&why),
        Broken::Own(why) => Error::stop_worker(format!("{why:#}")),
        Broken::TooMuch { limit } => {
            Error::retry(format!("wrote more than {limit} bytes, the limit of an output; killed"))
        }
    }
}

fn is_final(status: ExitStatus) -> bool {
    status.code() == Some(FOR_GOOD)
}

/// What keeps one program from starting keeps all of them, unless the machine is short
/// of something.
fn cannot_run(why: &std::io::Error) -> Error {
    match why.kind() {
        ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            Error::stop_worker(format!("cannot run the program: {why}"))
        }
        _ => Error::retry(format!("the program broke off: {why}")),
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
