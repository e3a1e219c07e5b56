//! What a program says while it runs: lines of JSON in a named pipe.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{self, Receiver, Sender};

use super::children::Child;

/// Bytes of a line, and of all lines that create tasks: what the engine takes at once,
/// and room for how a program may write it.
const LIMIT: usize = 16 << 20;
/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// The line behind the last one; no JSON.
const END: &[u8] = b"\x04";

/// The pipe. It is a pipe and not a file, so that `>` and `>>` do the same.
pub(super) struct Control {
    receiver: Receiver,
    /// Keeps the pipe open between two writers.
    sender: Sender,
    buffer: Vec<u8>,
    /// How much of the buffer is known to have no end of line.
    searched: usize,
}

impl Control {
    /// Opens a named pipe that exists.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let receiver = pipe::OpenOptions::new().open_receiver(path)?;
        let sender = pipe::OpenOptions::new().open_sender(path)?;
        Ok(Self { receiver, sender, buffer: Vec::new(), searched: 0 })
    }

    /// The next line; may be dropped and called again.
    pub(super) async fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(line) = self.split() {
                return Ok(line);
            }
            read(&mut self.receiver, &mut self.buffer).await?;
        }
    }

    /// Takes what is left once no writer is: everything before the end that it writes
    /// itself, for a pipe keeps the order.
    pub(super) async fn rest(mut self, said: &mut Said) -> io::Result<()> {
        let mark = [b"\n", END, b"\n"].concat();
        let mut sender = self.sender;
        let mark = async { sender.write_all(&mark).await };
        let lines = async {
            loop {
                while let Some(line) = split(&mut self.buffer, &mut self.searched) {
                    if line == END {
                        return Ok(());
                    }
                    said.take(&line);
                }
                read(&mut self.receiver, &mut self.buffer).await?;
            }
        };
        tokio::try_join!(mark, lines).map(|_| ())
    }

    fn split(&mut self) -> Option<Vec<u8>> {
        split(&mut self.buffer, &mut self.searched)
    }
}

/// Takes the first line out of a buffer, without its end.
fn split(buffer: &mut Vec<u8>, searched: &mut usize) -> Option<Vec<u8>> {
    let Some(found) = buffer[*searched..].iter().position(|&byte| byte == b'\n') else {
        *searched = buffer.len();
        return None;
    };
    let mut line: Vec<u8> = buffer.drain(..=*searched + found).collect();
    line.pop();
    *searched = 0;
    Some(line)
}

async fn read(receiver: &mut Receiver, buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.len() > LIMIT {
        return Err(io::Error::other(format!("a line has more than {LIMIT} bytes")));
    }
    buffer.reserve(CHUNK);
    receiver.read_buf(buffer).await.map(drop)
}

/// A line, which may say several things at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    progress: Option<f32>,
    error: Option<String>,
    retry: Option<bool>,
    retry_after: Option<f64>,
    tasks: Option<Vec<Child>>,
}

/// Everything said so far but progress.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Why the attempt failed, in the program's own words.
    pub(super) error: Option<String>,
    /// Whether another attempt is of use.
    pub(super) retry: Option<bool>,
    /// The pause before it.
    pub(super) retry_after: Option<Duration>,
    /// Tasks to create when this one is done.
    pub(super) children: Vec<Child>,
    /// The first line that is not understood, and why.
    pub(super) misunderstood: Option<String>,
    lines: usize,
    bytes: usize,
}

impl Said {
    /// Takes a line; returns the progress in it.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<f32> {
        if line.trim_ascii().is_empty() {
            return None;
        }
        self.lines += 1;
        match serde_json::from_slice(line).map_err(|why| why.to_string()) {
            Ok(line_said) => self.merge(line_said, line.len()),
            Err(why) => self.refuse(&why),
        }
    }

    fn merge(&mut self, line: Line, bytes: usize) -> Option<f32> {
        self.error = line.error.or(self.error.take());
        self.retry = line.retry.or(self.retry);
        if let Some(seconds) = line.retry_after {
            match Duration::try_from_secs_f64(seconds) {
                Ok(pause) => self.retry_after = Some(pause),
                Err(why) => return self.refuse(&format!("`retry_after`: {why}")),
            }
        }
        if let Some(tasks) = line.tasks {
            self.bytes += bytes;
            if self.bytes > LIMIT {
                return self.refuse(&format!("tasks take more than {LIMIT} bytes"));
            }
            self.children.extend(tasks);
        }
        line.progress
    }

    fn refuse(&mut self, why: &str) -> Option<f32> {
        let line = self.lines;
        self.misunderstood.get_or_insert_with(|| format!("line {line} of TASKDB_CONTROL: {why}"));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> (Said, Vec<f32>) {
        let mut said = Said::default();
        let progress = lines.iter().filter_map(|line| said.take(line.as_bytes())).collect();
        (said, progress)
    }

    #[test]
    fn lines_add_up_and_the_last_word_counts() {
        let (said, progress) = said(&[
            r#"{"progress": 0.5}"#,
            "",
            r#"{"tasks": [{"name": "a", "definition": 1}]}"#,
            r#"{"error": "first", "retry": true}"#,
            r#"{"progress": 1, "error": "last", "retry": false, "retry_after": 1.5}"#,
            r#"{"tasks": [{"name": "b", "definition": 1}]}"#,
        ]);
        assert_eq!(progress, [0.5, 1.0]);
        assert_eq!((said.error.as_deref(), said.retry), (Some("last"), Some(false)));
        assert_eq!(said.retry_after, Some(Duration::from_millis(1_500)));
        assert_eq!((said.children.len(), said.misunderstood), (2, None));
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line() {
        for (line, word) in [
            ("progress 0.5", "expected"),
            (r#"{"progres": 0.5}"#, "`progres`"),
            (r#"{"progress": "half"}"#, "f32"),
            (r#"{"retry_after": -1}"#, "retry_after"),
            (r#"{"tasks": [{"definition": 1}]}"#, "`name`"),
            (r#"{"tasks": [{"name": "a", "retries": 1}]}"#, "`retries`"),
        ] {
            let (said, progress) = said(&[r#"{"progress": 0.1}"#, line]);
            let why = said.misunderstood.unwrap_or_default();
            assert!(why.starts_with("line 2 of") && why.contains(word), "{line}: {why}");
            assert_eq!(progress, [0.1]);
        }
    }

    #[tokio::test]
    async fn the_rest_ends_with_what_was_written_before() {
        let scratch = super::super::scratch::Scratch::new().unwrap();
        let mut control = Control::open(&scratch.control()).unwrap();
        let path = scratch.control();
        let mut writer = tokio::task::spawn_blocking(move || {
            // More than a pipe holds, and no end of line behind the last.
            let lines = "{\"progress\": 0.25}\n".repeat(10_000);
            std::fs::write(path, lines + "{\"error\": \"cut off\"}").unwrap();
        });
        assert_eq!(control.line().await.unwrap(), br#"{"progress": 0.25}"#);
        loop {
            tokio::select! {
                wrote = &mut writer => break wrote.unwrap(),
                line = control.line() => drop(line.unwrap()),
            }
        }
        let mut said = Said::default();
        control.rest(&mut said).await.unwrap();
        assert_eq!((said.error.as_deref(), said.misunderstood), (Some("cut off"), None));
    }
}
