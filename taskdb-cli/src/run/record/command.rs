//! The record of one command: which processes are of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::process::Identity;
use super::wrapper;

/// The variable with the claim of an attempt, behind those of the runs that it is a part of.
pub(in crate::run) const VARIABLE: &str = "TASKDB_CLAIM";

/// The value of [`VARIABLE`] for a command. A command can itself be a run: what that
/// starts belongs to both.
pub(in crate::run) fn marker(claim: Uuid) -> String {
    match std::env::var(VARIABLE) {
        Ok(outer) if !outer.is_empty() => format!("{outer}/{claim}"),
        _ => claim.to_string(),
    }
}

/// What a record says, once the process is there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    /// The process, which leads a group of its own.
    Process(Identity),
    /// The number of the error for which the program could not be executed.
    Failed(i32),
}

/// A command on record until [`Command::done`].
pub(crate) struct Command {
    path: PathBuf,
}

impl Command {
    /// Writes the record, which has a claim and no process yet.
    pub(super) fn begin(folder: &Path, claim: Uuid) -> io::Result<Self> {
        let path = folder.join(claim.to_string());
        File::create(&path)?;
        Ok(Self { path })
    }

    /// A process that puts itself on record, and then becomes the program that is
    /// added as arguments.
    pub(in crate::run) fn wrapper(&self) -> std::process::Command {
        wrapper::command(&self.path)
    }

    /// Why the program could not be executed, if that is how the process ended.
    pub(in crate::run) fn failure(&self, status: ExitStatus) -> Option<io::Error> {
        let _ = status.code().filter(|code| *code == i32::from(wrapper::NOT_EXECUTED))?;
        match serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()? {
            Note::Process(_) => None,
            Note::Failed(number) => Some(io::Error::from_raw_os_error(number)),
        }
    }

    /// Takes the record away: the command has ended, and its group is killed.
    pub(in crate::run) fn done(self) {
        // A record too many costs the next run a look for processes that are not there.
        let _ = std::fs::remove_file(self.path);
    }
}

/// A record as the next run finds it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) claim: String,
    /// None where the process was not executed.
    pub(super) leader: Option<Identity>,
}

/// Every record in a folder.
pub(super) fn found(folder: &Path) -> io::Result<Vec<Found>> {
    let mut records = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let leader = match serde_json::from_slice(&std::fs::read(&path)?) {
            Ok(Note::Process(leader)) => Some(leader),
            Ok(Note::Failed(_)) | Err(_) => None,
        };
        let claim = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        records.push(Found { path, claim, leader });
    }
    Ok(records)
}
