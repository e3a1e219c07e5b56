//! What a run leaves on this machine for the one that resumes it: a lock, the name it
//! had as a worker, and a record of each command that may be running.
//!
//! A run that is killed leaves commands behind, each in a process group of its own.
//! Before a resumed run starts anything, these have to be gone. Three things make
//! that certain, at whatever moment the kill came:
//!
//! * The record is there before the process, and is named by the claim of the attempt.
//! * The claim is in the environment of the process (`TASKDB_CLAIM`) from its first
//!   instruction on, and its descendants inherit it, whichever group they move to.
//! * A command that clears its environment is found by its process id, of which it has
//!   itself put a note into the record before it did anything else.
//! * The lock is held by the run and, until it executes its program, by each process
//!   that it forks. So whoever gets the lock finds only processes with the variable.
//!
//! A record goes when its command has ended and what was left of its group is killed.
//! Nothing is synced to the disk: what a crash of the machine loses here, it also ends.

mod command;
mod end;
mod lock;
mod process;
mod wrapper;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use uuid::Uuid;

pub(crate) use command::Command;
pub(super) use command::{VARIABLE, marker};
pub(super) use wrapper::act;

use crate::run::Error;

/// The folder of one job, locked for this process.
pub(super) struct Records {
    folder: PathBuf,
    lock: File,
}

impl Records {
    /// Takes the folder of a job below `base`, once no other process has it.
    pub(super) async fn open(base: &Path, job: Uuid) -> Result<Self, Error> {
        let folder = base.join(job.to_string());
        let lock = lock::take(&folder, job).await?;
        make(&folder.join(COMMANDS))?;
        Ok(Self { folder, lock })
    }

    /// The names of the workers of earlier runs.
    pub(super) fn workers(&self) -> anyhow::Result<Vec<String>> {
        match std::fs::read_to_string(self.folder.join(WORKERS)) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(why) => Err(why).with_context(|| self.shown("cannot read")),
        }
    }

    /// Notes the worker of this run, before it claims anything.
    pub(super) fn add_worker(&self, worker: &str) -> anyhow::Result<()> {
        let path = self.folder.join(WORKERS);
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(format!("{worker}\n").as_bytes()).with_context(|| self.shown("cannot write"))
    }

    /// Notes that a command is about to start.
    pub(super) fn begin(&self, claim: Uuid) -> anyhow::Result<Command> {
        let command = Command::begin(&self.folder.join(COMMANDS), claim);
        command.with_context(|| self.shown("cannot write"))
    }

    /// Ends every process of the commands on record, or of those with these claims, and
    /// returns once they are gone; how many commands that were.
    pub(super) async fn end_commands(&self, claims: Option<&[Uuid]>) -> anyhow::Result<u64> {
        end::commands(&self.folder.join(COMMANDS), claims).await
    }

    /// Takes the folder away: nothing is left to resume. Whoever waits for the lock
    /// sees that it has gone.
    pub(super) fn remove(self) {
        let Self { folder, lock } = self;
        // What cannot be removed is in nobody's way.
        let _ = std::fs::remove_dir_all(&folder);
        let _ = folder.parent().map(std::fs::remove_dir);
        drop(lock);
    }

    fn shown(&self, what: &str) -> String {
        format!("{what} the records of the run in {}", self.folder.display())
    }
}

/// The folder of the records of commands.
const COMMANDS: &str = "commands";
/// The file of workers, a line each.
const WORKERS: &str = "workers";

/// Makes a folder for this user alone, and those above it.
fn make(folder: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}
