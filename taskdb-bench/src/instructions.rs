//! Instructions of a server, counted while `valgrind` plays its processor: no neighbour, cache
//! or clock of a machine has a part in them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};

const PROGRAM: &str = "valgrind";
/// Comes with it, and speaks to what runs in it.
const CONTROL: &str = "callgrind_control";
/// What a dump is named, before the process and the number of the dump.
const DUMP: &str = "dump";
/// How often they are asked: beyond 2^32 they begin anew.
const PART: Duration = Duration::from_secs(5);
/// Where a dump says how many there were.
const TOTAL: &str = "totals: ";

/// Counts the instructions of processes that run its program.
pub(crate) struct Counter {
    folder: TempDir,
}

impl Counter {
    /// One for processes of `program`, where `valgrind` is installed.
    pub(crate) fn of(program: &OsStr) -> Result<Option<Self>> {
        if Command::new(PROGRAM).arg("--version").output().is_err() {
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("taskdb-bench-").tempdir()?;
        let counter = Self { folder };
        // Nothing is counted before it is asked for.
        let script = format!(
            "#!/bin/sh\nexec {PROGRAM} -q --tool=callgrind --instr-atstart=no {} \
             --callgrind-out-file='{}'/{DUMP}.%p '{}' \"$@\"\n",
            counter.pipes(),
            counter.folder.path().display(),
            program.display()
        );
        let wrapper = counter.program();
        fs::write(&wrapper, script)?;
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700))?;
        Ok(Some(counter))
    }

    /// What is to be started in place of the program.
    pub(crate) fn program(&self) -> OsString {
        self.folder.path().join("counted").into()
    }

    /// Where orders reach the processes.
    fn pipes(&self) -> String {
        format!("--vgdb-prefix={}", self.folder.path().join("pipe").display())
    }

    /// Does some work, and counts the instructions of these processes meanwhile.
    pub(crate) async fn count<T>(
        &self,
        processes: &[u32],
        work: impl Future<Output = Result<T>>,
    ) -> Result<(T, u64)> {
        self.control("--instr=on", processes)?;
        let (mut work, mut parts) = (std::pin::pin!(work), 0);
        let mut total = 0;
        let outcome = loop {
            let part = Instant::now() + PART;
            let outcome = tokio::select! {
                outcome = &mut work => Some(outcome?),
                () = sleep_until(part) => None,
            };
            self.control("--dump", processes)?;
            parts += 1;
            for process in processes {
                total += self.read(*process, parts)?;
            }
            if let Some(outcome) = outcome {
                break outcome;
            }
        };
        Ok((outcome, total))
    }

    fn control(&self, order: &str, processes: &[u32]) -> Result<()> {
        let processes = processes.iter().map(u32::to_string);
        let ran = Command::new(CONTROL).args([order, &self.pipes()]).args(processes).output();
        let ran = ran.map_err(|error| failed(error.to_string()))?;
        if ran.status.success() {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&ran.stderr).into_owned()))
    }

    /// What a process has done since the dump before this one.
    fn read(&self, process: u32, part: u32) -> Result<u64> {
        let dump = self.folder.path().join(format!("{DUMP}.{process}.{part}"));
        let text = fs::read_to_string(&dump).map_err(Error::at(&dump))?;
        total(&text).ok_or_else(|| failed(format!("{} has no total", dump.display())))
    }
}

fn failed(reason: String) -> Error {
    Error::Program { program: CONTROL, reason }
}

fn total(dump: &str) -> Option<u64> {
    dump.lines().find_map(|line| line.strip_prefix(TOTAL)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_says_how_many_there_were() {
        assert_eq!(total("events: Ir\nfn=(1) main\n16 400\n\ntotals: 1234\n"), Some(1_234));
        assert_eq!(total("events: Ir\n"), None);
    }
}
