//! The record of one command: which processes are of it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::process::{self, Identity};

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

/// A command on record until [`Command::done`].
pub(in crate::run) struct Command {
    path: PathBuf,
    file: File,
}

impl Command {
    /// Writes the record, which has a claim and no process yet.
    pub(super) fn begin(folder: &Path, claim: Uuid) -> io::Result<Self> {
        let path = folder.join(claim.to_string());
        let file = File::create(&path)?;
        Ok(Self { path, file })
    }

    /// Adds the process, which leads a group of its own.
    pub(in crate::run) fn started(&mut self, id: u32) -> io::Result<()> {
        let Some(leader) = process::identity(id) else { return Ok(()) };
        self.file.write_all(serde_json::to_string(&leader)?.as_bytes())
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
    /// None where the run ended before it could write it.
    pub(super) leader: Option<Identity>,
}

/// Every record in a folder.
pub(super) fn found(folder: &Path) -> io::Result<Vec<Found>> {
    let mut records = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let leader = serde_json::from_slice(&std::fs::read(&path)?).ok();
        let claim = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        records.push(Found { path, claim, leader });
    }
    Ok(records)
}
