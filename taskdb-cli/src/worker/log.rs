//! What a worker says on standard error: a line for each thing that happens to a task.

use std::io::Write;
use std::time::Instant;

use taskdb::ReadyTask;

/// Where the lines go.
pub(super) struct Log {
    start: Instant,
    quiet: bool,
}

impl Log {
    pub(super) fn new(quiet: bool) -> Self {
        Self { start: Instant::now(), quiet }
    }

    /// What is as it should be.
    pub(super) fn tell(&self, what: &str, task: &ReadyTask, more: &str) {
        if !self.quiet {
            self.write(&format!("{what:<5} {} of {}{more}", task.task_id, task.job_id));
        }
    }

    /// What somebody should look at.
    pub(super) fn warn(&self, what: &str, task: &ReadyTask, why: &str) {
        self.write(&format!("{what:<5} {} of {}: {why}", task.task_id, task.job_id));
    }

    /// A line that is about no task.
    pub(super) fn note(&self, text: &str) {
        self.write(text);
    }

    /// Nobody is told when standard error itself cannot be written.
    fn write(&self, text: &str) {
        let seconds = self.start.elapsed().as_secs_f64();
        let _ = writeln!(std::io::stderr(), "{seconds:8.2} {text}");
    }
}
