//! The folder that goes with one attempt: the pipe for control, the inputs.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// A folder of its own, readable by this user only, gone with the attempt.
pub(super) struct Scratch(TempDir);

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let mut folder = tempfile::Builder::new();
        folder.prefix("taskdb-worker-").permissions(private);
        let scratch = Self(folder.tempdir()?);
        mkfifoat(CWD, scratch.control(), Mode::RUSR | Mode::WUSR)?;
        Ok(scratch)
    }

    /// The named pipe.
    pub(super) fn control(&self) -> PathBuf {
        self.0.path().join("control")
    }

    /// The file with the outputs of the prerequisites.
    pub(super) fn inputs(&self) -> PathBuf {
        self.0.path().join("inputs.json")
    }

    pub(super) fn write_inputs(&self, inputs: &Map<String, Value>) -> io::Result<()> {
        std::fs::write(self.inputs(), serde_json::to_vec(inputs)?)
    }
}

#[test]
fn the_folder_is_nobody_elses() {
    let scratch = Scratch::new().unwrap();
    let mode = std::fs::metadata(scratch.0.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
