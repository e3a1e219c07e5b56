//! The second process of a workload: this program again, with a role.
//!
//! It says one line when it is ready, does its part for each line it hears, and ends
//! when its input is closed, so that it never outlives the first process.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum;

use crate::error::{Error, Result};
use crate::load::{CPU, USER};
use crate::machine;
use crate::workload::wake;

/// What a second process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Creates a task for each line.
    Waker,
    /// Waits for work as a worker does, and says what that takes of its memory.
    Worker,
}

/// A running second process, ended when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    /// What it said when it was ready.
    pub(crate) greeting: String,
}

impl Child {
    /// Starts this program again and waits until it is ready.
    pub(crate) fn start(role: Role, url: &str) -> Result<Self> {
        let failed = |error: std::io::Error| Error::Child(error.to_string());
        let name = role.to_possible_value().expect("every role has a name");
        let mut process = Command::new(std::env::current_exe().map_err(failed)?)
            .args(["--child", name.get_name(), "--backend", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let input = process.stdin.take();
        let output = process.stdout.take();
        // From here on it is ended whatever happens.
        let mut child = Self { process, input, greeting: String::new() };
        child.greeting = first_line(output).map_err(failed)?;
        if child.greeting.is_empty() {
            return Err(Error::Child("has ended before it was ready".into()));
        }
        Ok(child)
    }

    /// Has it do its part once more.
    pub(crate) fn go(&mut self) -> Result<()> {
        let sent = self.input.as_mut().map_or(Ok(()), |input| input.write_all(b"go\n"));
        sent.map_err(|error| Error::Child(error.to_string()))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

fn first_line(output: Option<ChildStdout>) -> std::io::Result<String> {
    let mut line = String::new();
    if let Some(output) = output {
        BufReader::new(output).read_line(&mut line)?;
    }
    Ok(line.trim_end().to_owned())
}

/// What the second process does from its start to its end.
pub(crate) async fn run(role: Role, url: &str) -> Result<()> {
    let before = machine::resident().unwrap_or(0);
    let db = taskdb::connect(url).await?;
    match role {
        Role::Waker => {
            let stream = crate::load::stream(&db).await?;
            say("ready");
            while heard().await {
                wake::arrive(&db, stream).await?;
            }
        }
        Role::Worker => {
            db.get_stream(USER, CPU).await?;
            let waiting = tokio::spawn(async move { db.request_work_wait(CPU, 3_600).await });
            wake::SETTLE.wait().await;
            say(&machine::resident().unwrap_or(0).saturating_sub(before).to_string());
            while heard().await {}
            waiting.abort();
        }
    }
    Ok(())
}

/// A parent that has gone needs no lines.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Whether another line has come, and not the end.
async fn heard() -> bool {
    let read = || std::io::stdin().lock().read_line(&mut String::new());
    tokio::task::spawn_blocking(read).await.is_ok_and(|read| read.is_ok_and(|bytes| bytes > 0))
}
