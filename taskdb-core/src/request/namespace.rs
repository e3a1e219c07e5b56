//! Requests about a whole namespace.

use super::Request;
use super::checks::Checks;
use crate::error::Result;
use crate::limits::{Limits, be_mult, number};
use crate::record::{Cursor, Page, Record};
use crate::store::{Gate, RepairReport, StoreInfo};
use crate::task::{StuckTaskInfo, TaskStateCount};

/// Declares a request without arguments to check.
macro_rules! about_the_namespace {
    ($(#[$doc:meta])* $request:ident, $verb:literal, $reply:ty { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $request {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Request for $request {
            const VERB: &'static str = $verb;
            type Reply = $reply;

            fn check(&mut self, _: &Limits) -> Result<()> {
                Ok(())
            }

            fn subject(&self) -> String {
                String::new()
            }
        }
    };
}

about_the_namespace!(
    /// Counts tasks by worker type, class and state.
    GetTaskStateCounts, "get_task_state_counts", Vec<TaskStateCount> {}
);
about_the_namespace!(
    /// Lists pending tasks whose prerequisites have all settled: defects.
    CheckStuckPendingTasks, "check_stuck_pending_tasks", Vec<StuckTaskInfo> {}
);
about_the_namespace!(
    /// Recomputes derived data from what it is derived from.
    Repair, "repair", RepairReport {}
);
about_the_namespace!(
    /// Tells what the store is.
    Describe, "describe", StoreInfo {}
);
about_the_namespace!(
    /// Tries whether the store takes, keeps and gives back.
    Probe, "probe", () {}
);
about_the_namespace!(
    /// Opens or closes the namespace.
    SetGate, "set_gate", () {
        /// What the namespace takes from now on.
        gate: Gate,
    }
);
about_the_namespace!(
    /// Reads a page of everything the namespace holds.
    Export, "export", Page {
        /// Where the last page ended; the beginning when `None`.
        cursor: Option<Cursor>,
        /// At most this many records.
        limit: usize,
        /// Whether to report what the store has derived, for the auditor.
        derived: bool,
    }
);
/// Writes records that another store has exported.
#[derive(Debug, Clone)]
pub struct Import {
    /// The records, in the order of the export.
    pub records: Vec<Record>,
}

impl Request for Import {
    const VERB: &'static str = "import";
    type Reply = ();

    /// Records go up to the hard caps, whatever the limits of the handle.
    fn check(&mut self, _: &Limits) -> Result<()> {
        let hard = Limits::HARD;
        let mut checks = Checks::new(&hard);
        for (index, record) in self.records.iter().enumerate() {
            checks.entry(index, |own| check_record(record, own));
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        format!("{} records", self.records.len())
    }
}

fn check_record(record: &Record, checks: &mut Checks<'_>) {
    let limits = checks.limits;
    match record {
        Record::Stream(stream) => {
            checks
                .name("worker_type", &stream.worker_type)
                .name("user_id", &stream.user_id)
                .add(number("reserved", stream.reserved, Limits::MAX_RESERVED))
                .add(be_mult(stream.be_mult));
        }
        Record::Job(job) => {
            checks.name("user_id", &job.user_id);
        }
        Record::Task(task) => {
            checks
                .name("task_id", &task.task_id)
                .add(number("max_retries", task.max_retries, Limits::MAX_RETRIES))
                .add(number("retries", task.retries, task.max_retries))
                .add(number("timeout_secs", task.timeout_secs, Limits::MAX_TIMEOUT_SECS))
                .add(limits.payload("task_def", &task.definition));
            if let Some(output) = &task.output {
                checks.add(limits.payload("output", output));
            }
        }
        Record::KeptOutput(kept) => {
            checks.add(limits.payload("output", &kept.output));
        }
        Record::Schedule(schedule) => {
            checks.name("schedule", &schedule.name).add(limits.payload("schedule", &schedule.body));
        }
    }
}
