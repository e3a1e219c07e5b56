//! What a worker is and has done, as metrics by the facade of the crate `metrics`.

use metrics::{counter, gauge};

use super::{Counts, Monitor, Status, StoreState};

/// The names of all metrics of workers with what they say; `docs/metrics.md` has the same.
pub const WORKER_METRICS: &[(&str, &str)] = &[
    ("taskdb_worker_claimed_total", "tasks taken"),
    ("taskdb_worker_attempts_total", "attempts that have ended, by `end`"),
    ("taskdb_worker_renewed_total", "renewals of claims"),
    ("taskdb_worker_panics_total", "handlers that panicked"),
    ("taskdb_worker_timeouts_total", "attempts that ran out of time"),
    ("taskdb_worker_running", "tasks at hand"),
    ("taskdb_worker_ready", "1 while it takes work, else 0"),
    ("taskdb_worker_live", "1 while its loops go round, else 0"),
    ("taskdb_worker_stopping", "1 once it was told to stop, else 0"),
    ("taskdb_worker_store_away_seconds", "for how long the store has not answered, 0 if it does"),
    ("taskdb_worker_chore_age_seconds", "since a chore last went well, by `chore`"),
    ("taskdb_worker_chore_failures", "failures of a chore in a row, by `chore`"),
];

impl Monitor {
    /// Sets the metrics of [`WORKER_METRICS`] to what [`status`](Self::status) says, for whatever
    /// recorder the program has installed: call it before each look at them. They carry no name
    /// of a worker, so this is for programs that run one; those with more add up statuses.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// async fn greet(_: String, _: taskdb::worker::Context) -> taskdb::worker::Result<()> { Ok(()) }
    /// let worker = taskdb::Worker::new(taskdb::connect("memory:").await?).on("desk", greet);
    /// let monitor = worker.monitor();
    /// monitor.measure();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn measure(&self) {
        let status = self.status();
        count(&status.counts);
        state(&status);
        for chore in status.chores {
            if let Some(age) = chore.last_success {
                gauge!("taskdb_worker_chore_age_seconds", "chore" => chore.name.clone()).set(age);
            }
            gauge!("taskdb_worker_chore_failures", "chore" => chore.name).set(chore.failures);
        }
    }
}

fn count(counts: &Counts) {
    counter!("taskdb_worker_claimed_total").absolute(counts.claimed);
    for (end, attempts) in [
        ("done", counts.done),
        ("retried", counts.retried),
        ("failed", counts.failed),
        ("lost", counts.lost),
        ("released", counts.released),
        ("abandoned", counts.abandoned),
    ] {
        counter!("taskdb_worker_attempts_total", "end" => end).absolute(attempts);
    }
    counter!("taskdb_worker_renewed_total").absolute(counts.renewed);
    counter!("taskdb_worker_panics_total").absolute(counts.panicked);
    counter!("taskdb_worker_timeouts_total").absolute(counts.timed_out);
}

fn state(status: &Status) {
    let away = match &status.store {
        StoreState::Away { since, .. } => since.as_secs_f64(),
        StoreState::Connected => 0.0,
    };
    gauge!("taskdb_worker_running").set(status.running as f64);
    gauge!("taskdb_worker_ready").set(f64::from(status.ready));
    gauge!("taskdb_worker_live").set(f64::from(status.live));
    gauge!("taskdb_worker_stopping").set(f64::from(status.stopping));
    gauge!("taskdb_worker_store_away_seconds").set(away);
}
