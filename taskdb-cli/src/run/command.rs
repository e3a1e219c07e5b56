//! One process: started in a group of its own, on record, fed, read, and gone afterwards.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use taskdb::worker::{Context, Linger};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::logs::Log;
use super::record;
use crate::{graph, watch};

/// What is inherited of the environment does not begin with this: it may hold passwords.
const OWN: &str = "TASKDB_";
/// Bytes kept of the end of standard error.
const TAIL: usize = 4 << 10;
/// Lines kept of the end of standard error.
const TAIL_LINES: usize = 10;

/// What a process is fed, and where it is noted.
pub(crate) struct Around {
    pub(super) input: Vec<u8>,
    /// Bytes that it may write.
    pub(super) limit: usize,
    pub(super) record: Option<record::Command>,
    pub(super) stdout: Option<Log>,
    pub(super) stderr: Option<Log>,
    /// Holds the task back until the process has ended.
    pub(super) linger: Linger,
}

impl Around {
    /// Without record and logs.
    pub(crate) fn new(input: Vec<u8>, context: &Context) -> Self {
        let (limit, linger) = (context.db().limits().payload_bytes, context.linger());
        Self { input, limit, record: None, stdout: None, stderr: None, linger }
    }
}

/// What a process leaves.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The last lines of standard error.
    pub(crate) stderr: String,
}

/// Why a process left nothing.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It could not be started, or not be read.
    Io(io::Error),
    /// It wrote more than this.
    TooMuch { limit: usize },
    /// It could not be recorded or logged, which is no fault of the command.
    Own(anyhow::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The command of a task, not started yet.
pub(crate) fn prepare<'a>(
    run: &graph::Command,
    record: Option<&record::Command>,
    dir: &Path,
    env: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Command {
    let (program, args) = match run {
        graph::Command::Shell(line) => ("sh", vec!["-c", line]),
        graph::Command::Argv(words) => {
            let mut words = words.iter().map(String::as_str);
            // A graph without words does not pass its checks.
            (words.next().unwrap_or_default(), words.collect())
        }
    };
    let mut command = match record {
        Some(record) => {
            let mut wrapper = record.wrapper();
            wrapper.arg(program);
            Command::from(wrapper)
        }
        None => Command::new(program),
    };
    inherit(&mut command);
    command.args(args).current_dir(dir).envs(env).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Takes away what does not concern a command, and hands the trace on.
fn inherit(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(OWN.as_bytes()) {
            command.env_remove(name);
        }
    }
    let trace = watch::trace();
    if !trace.is_empty() {
        // That of whoever started this program is about another span.
        command.env_remove("TRACESTATE");
    }
    command.envs(trace);
}

/// Runs it to its end. Whatever is left of its process group is killed when it
/// ends, and when this future is dropped; then its record stays until the run ends.
pub(crate) async fn run(mut command: Command, mut around: Around) -> Result<Finished, Broken> {
    let spawned = command.spawn();
    if spawned.is_err() {
        around.record.take().into_iter().for_each(record::Command::done);
    }
    let (mut child, linger) = (spawned?, around.linger);
    let group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // On its own, so that it is awaited also when this future is dropped.
    let waiting = tokio::spawn(async move {
        let status = child.wait().await;
        drop(linger);
        status
    });
    let ended = async {
        let status = waiting.await.map_err(io::Error::other)??;
        // What the command left behind may hold its pipes open for ever.
        drop(group);
        Ok::<_, Broken>(status)
    };
    let fed = async {
        feed(stdin, around.input).await;
        Ok(())
    };
    let (status, (), stdout, stderr) = tokio::try_join!(
        ended,
        fed,
        read(stdout, around.limit, around.stdout),
        tail(stderr, around.stderr)
    )?;
    if let Some(record) = around.record {
        let failure = record.failure(status);
        record.done();
        failure.map_or(Ok(()), Err)?;
    }
    Ok(Finished { status, stdout, stderr })
}

/// Writes the input; a command is free not to read it.
async fn feed(stdin: Option<ChildStdin>, input: Vec<u8>) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(&input).await;
    }
}

async fn read(
    pipe: Option<impl AsyncRead + Unpin>,
    limit: usize,
    log: Option<Log>,
) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    let keep = |piece: &[u8]| {
        bytes.extend(piece);
        if bytes.len() > limit { Err(Broken::TooMuch { limit }) } else { Ok(()) }
    };
    pieces(pipe, log, keep).await?;
    Ok(bytes)
}

async fn tail(pipe: Option<impl AsyncRead + Unpin>, log: Option<Log>) -> Result<String, Broken> {
    let mut last = VecDeque::new();
    let keep = |piece: &[u8]| {
        last.extend(piece);
        last.drain(..last.len().saturating_sub(TAIL));
        Ok(())
    };
    pieces(pipe, log, keep).await?;
    let text = String::from_utf8_lossy(last.make_contiguous()).trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}

/// Reads to the end; each piece goes to the log first, also the one that is too much.
async fn pieces(
    pipe: Option<impl AsyncRead + Unpin>,
    mut log: Option<Log>,
    mut keep: impl FnMut(&[u8]) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = [0; 8 << 10];
    loop {
        let length = pipe.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        if let Some(log) = &mut log {
            log.write(&buffer[..length]).await.map_err(Broken::Own)?;
        }
        keep(&buffer[..length])?;
    }
}

/// A process group, killed when dropped.
struct Group(Option<Pid>);

impl Group {
    /// The group that a child leads.
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It is gone already where the command left nothing behind.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
