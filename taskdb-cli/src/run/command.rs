//! One process: started in a group of its own, fed, read, and gone afterwards.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use crate::graph;

/// Bytes kept of the end of standard error.
const TAIL: usize = 4 << 10;
/// Lines kept of the end of standard error.
const TAIL_LINES: usize = 10;

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
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The command of a task, not started yet.
pub(crate) fn prepare<'a>(
    run: &graph::Command,
    dir: &Path,
    env: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Command {
    let mut command = match run {
        graph::Command::Shell(line) => {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(line);
            shell
        }
        graph::Command::Argv(words) => {
            // A graph without words does not pass its checks.
            let mut words = words.iter();
            let mut command = Command::new(words.next().map_or("", String::as_str));
            command.args(words);
            command
        }
    };
    command.current_dir(dir).envs(env).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end. Whatever is left of its process group is killed when it
/// ends, and when this future is dropped.
pub(crate) async fn run(
    mut command: Command,
    input: Vec<u8>,
    limit: usize,
) -> Result<Finished, Broken> {
    let mut child = command.spawn()?;
    let group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ended = async {
        let status = child.wait().await?;
        // What the command left behind may hold its pipes open for ever.
        drop(group);
        Ok::<_, Broken>(status)
    };
    let fed = async {
        feed(stdin, input).await;
        Ok(())
    };
    let (status, (), stdout, stderr) =
        tokio::try_join!(ended, fed, read(stdout, limit), tail(stderr))?;
    Ok(Finished { status, stdout, stderr })
}

/// Writes the input; a command is free not to read it.
async fn feed(stdin: Option<ChildStdin>, input: Vec<u8>) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(&input).await;
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > limit { Err(Broken::TooMuch { limit }) } else { Ok(bytes) }
}

async fn tail(pipe: Option<impl AsyncRead + Unpin>) -> Result<String, Broken> {
    let mut last = VecDeque::new();
    if let Some(mut pipe) = pipe {
        let mut buffer = [0; 4 << 10];
        loop {
            let length = pipe.read(&mut buffer).await?;
            if length == 0 {
                break;
            }
            last.extend(&buffer[..length]);
            last.drain(..last.len().saturating_sub(TAIL));
        }
    }
    let text = String::from_utf8_lossy(last.make_contiguous()).trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
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
