//! The logs of commands: what each attempt writes, in files of its own.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::report::Attempt;

/// A folder of logs.
pub(super) struct Logs(PathBuf);

/// The two streams of a command.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Logs {
    /// Makes the folder if it is not there.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let made = std::fs::create_dir_all(folder);
        made.with_context(|| format!("cannot make the folder of logs {}", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// Starts the log of an attempt; a file of that name is replaced.
    pub(super) async fn open(&self, of: Attempt<'_>, stream: Stream) -> anyhow::Result<Log> {
        let path = self.0.join(name(of, stream));
        let file = File::create(&path).await;
        let file = file.with_context(|| format!("cannot write the log {}", path.display()))?;
        Ok(Log { path, file })
    }
}

/// `count+3.1.stderr`. No two attempts share a name: `+` is in no name of a task, and
/// what stands between the last two points is the number.
fn name(of: Attempt, stream: Stream) -> String {
    let stream = match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    format!("{}.{}.{stream}", of.task.replace('/', "+"), of.starts)
}

/// One file.
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Writes what the command wrote just now, so that it can be followed.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = async {
            self.file.write_all(bytes).await?;
            self.file.flush().await
        };
        written.await.with_context(|| format!("cannot write the log {}", self.path.display()))
    }
}

#[test]
fn names_are_apart_and_stay_in_the_folder() {
    let names =
        [("a", 1), ("a", 2), ("a.1", 1), ("a/1", 1), ("a/1/1", 1), ("..", 1), ("a.1.stderr", 1)]
            .map(|(task, starts)| name(Attempt { task, attempt: 1, starts }, Stream::Stderr));
    let apart: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(apart.len(), names.len());
    assert!(names.iter().all(|name| Path::new(name).components().count() == 1), "{names:?}");
    assert_eq!(names[4], "a+1+1.1.stderr");
}
