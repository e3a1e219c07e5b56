//! What a worker says on standard error: a line for each thing that happens to a task.

use std::io::Write;
use std::time::{Duration, Instant};

use taskdb::TaskDbErr;
use taskdb::worker::{Ended, Hooks, Request};

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
    fn tell(&self, what: &str, request: &Request, more: &str) {
        if !self.quiet {
            let task = request.task();
            self.write(&format!("{what:<5} {} of {}{more}", task.task_id, task.job_id));
        }
    }

    /// What somebody should look at.
    fn warn(&self, what: &str, request: &Request, why: &str) {
        let task = request.task();
        self.write(&format!("{what:<5} {} of {}: {why}", task.task_id, task.job_id));
    }

    /// Nobody is told when standard error itself cannot be written.
    fn write(&self, text: &str) {
        let seconds = self.start.elapsed().as_secs_f64();
        let _ = writeln!(std::io::stderr(), "{seconds:8.2} {text}");
    }
}

impl Hooks for Log {
    fn started(&self, request: &Request) {
        self.tell("start", request, "");
    }

    fn ended(&self, request: &Request, how: &Ended, took: Duration) {
        match how {
            Ended::Done => self.tell("done", request, &format!(" in {:.2} s", took.as_secs_f64())),
            Ended::Retried { error, pause } => {
                let pause = pause.as_secs_f64();
                self.warn("retry", request, &format!("in {pause:.2} s: {error}"));
            }
            Ended::Failed { error } => {
                let attempts = request.task().max_retries.saturating_add(1);
                let attempt = request.attempt();
                self.warn("fail", request, &format!("attempt {attempt} of {attempts}: {error}"));
            }
            Ended::Lost { reason } => self.warn("lost", request, &reason.to_string()),
            Ended::Released { why } => self.warn("back", request, why),
            Ended::Abandoned { why } => self.warn("left", request, why),
            // Ends that later releases know.
            other => self.warn("end", request, &format!("{other:?}")),
        }
    }

    fn no_work(&self, worker_type: &str, error: &TaskDbErr) {
        self.write(&format!("no work for `{worker_type}`, will ask again: {error}"));
    }

    fn chore_failed(&self, _: &str, error: &TaskDbErr) {
        self.write(&format!("cannot look for lost workers, will try again: {error}"));
    }

    fn not_released(&self, why: &str) {
        let text = "what this worker may still hold comes back when its lease ends";
        self.write(&format!("{text}: {why}"));
    }
}
