//! Instructions of a server, counted while `valgrind` plays its processor: no neighbour and no
//! cache of a machine has a part in them. Those of the kernel for its system calls do not count,
//! and what a server does by the clock counts for as long as the work takes.

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
/// What it says of a process that it has reached.
const DONE: &str = "OK.";
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
    /// One for processes of `program`, where `valgrind` is installed and works.
    pub(crate) fn of(program: &OsStr) -> Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("taskdb-bench-").tempdir()?;
        let counter = Self { folder };
        let (file, pipes) = (counter.file("try"), counter.pipes());
        let mut tried = Command::new(PROGRAM);
        tried.args(["-q", "--tool=callgrind", &pipes, &file, "true"]);
        let works =
            |mut command: Command| command.output().is_ok_and(|output| output.status.success());
        let mut control = Command::new(CONTROL);
        control.arg("--version");
        if !works(tried) || !works(control) {
            return Ok(None);
        }
        // Nothing is counted before it is asked for.
        let script = format!(
            "#!/bin/sh\nexec {PROGRAM} -q --tool=callgrind --instr-atstart=no '{pipes}' '{}' \
             '{}' \"$@\"\n",
            counter.file(&format!("{DUMP}.%p")),
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

    /// Where the dumps go.
    fn file(&self, name: &str) -> String {
        format!("--callgrind-out-file={}", self.folder.path().join(name).display())
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
        let count = processes.len();
        let processes = processes.iter().map(u32::to_string);
        let ran = Command::new(CONTROL).args([order, &self.pipes()]).args(processes).output();
        let ran = ran.map_err(|error| failed(error.to_string()))?;
        let told = String::from_utf8_lossy(&ran.stdout);
        // It succeeds as well where it has reached nobody.
        if told.lines().filter(|line| line.trim() == DONE).count() == count {
            return Ok(());
        }
        Err(failed(format!("{order}: {told}{}", String::from_utf8_lossy(&ran.stderr))))
    }

    /// What a process has done since the dump before this one.
    fn read(&self, process: u32, part: u32) -> Result<u64> {
        let dump = self.folder.path().join(format!("{DUMP}.{process}.{part}"));
        let text = fs::read_to_string(&dump).map_err(Error::at(&dump))?;
        // Even one that nobody asks for anything does something by the clock.
        let total = total(&text).filter(|total| *total > 0);
        total.ok_or_else(|| failed(format!("{} has no total", dump.display())))
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
