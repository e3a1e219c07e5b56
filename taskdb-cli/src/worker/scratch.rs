//! The folder that goes with one attempt: the pipe for control, the inputs.

use std::io;
use std::path::PathBuf;

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// A folder of its own, readable by this user only, gone with the attempt.
pub(super) struct Scratch(TempDir);

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        let scratch = Self(tempfile::Builder::new().prefix("taskdb-worker-").tempdir()?);
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
