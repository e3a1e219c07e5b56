//! Requests about a whole namespace.

use uuid::Uuid;

use super::Request;
use super::checks::Checks;
use crate::error::{Result, TaskDbErr};
use crate::limits::{Limits, be_mult, number};
use crate::record::{Cursor, EventRecord, Page, Record};
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
    Describe, "describe", StoreInfo {
        /// Whether its size is wanted, which may cost more than all the rest; where it costs
        /// nothing it is told anyway.
        size: bool,
    }
);
about_the_namespace!(
    /// Tries whether the store takes, keeps and gives back.
    Probe, "probe", () {}
);
about_the_namespace!(
    /// Reads a page of everything the namespace holds, or of a part of it.
    #[derive(Default)]
    Export, "export", Page {
        /// Where the last page ended; the beginning when `None`.
        cursor: Option<Cursor>,
        /// At most this many records; a page also ends once its payloads exceed
        /// [`Export::PAGE_BYTES`].
        limit: usize,
        /// Whether to report what the store has derived, for the auditor.
        derived: bool,
        /// What to read; the same for each page of an export.
        part: Part,
    }
);

/// A part of what a namespace holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Part {
    /// All of it.
    #[default]
    Everything,
    /// The streams.
    Streams,
    /// These jobs with their tasks, in this order; those that are not there are passed by.
    Jobs(Vec<Uuid>),
    /// What follows the jobs: outputs kept of deleted ones, and schedules.
    Rest,
}

impl Part {
    /// The jobs that were named.
    pub fn jobs(&self) -> &[Uuid] {
        match self {
            Self::Jobs(jobs) => jobs,
            _ => &[],
        }
    }
}

impl Export {
    /// Bytes of definitions and outputs after which a page ends before its limit.
    pub const PAGE_BYTES: usize = 4 << 20;
}

/// Opens or closes the namespace.
#[derive(Debug, Clone, Default)]
pub struct SetGate {
    /// What the namespace takes from now on.
    pub gate: Gate,
    /// What a tool that fills the namespace notes in it, to find its place again; an
    /// earlier mark goes when `None`. A namespace with a mark takes `import` and
    /// `delete_job` at the gate `read-only` too.
    pub mark: Option<String>,
}

impl SetGate {
    /// The most bytes of a mark.
    pub const MARK_BYTES: usize = 16 << 10;
}

impl Request for SetGate {
    const VERB: &'static str = "set_gate";
    type Reply = ();

    fn check(&mut self, _: &Limits) -> Result<()> {
        match &self.mark {
            Some(mark) if mark.is_empty() || mark.len() > Self::MARK_BYTES => {
                let reason = format!("must have 1 to {} bytes", Self::MARK_BYTES);
                Err(TaskDbErr::invalid("mark", reason))
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> String {
        format!("gate {}", self.gate)
    }
}

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
        Record::Event(EventRecord { event, number }) => {
            if let Some(task_id) = &event.task_id {
                checks.name("task_id", task_id);
            }
            if let Some(worker_id) = &event.worker_id {
                checks.name("worker_id", worker_id);
            }
            checks.add(detail(event.detail.as_deref(), limits)).add(place(*number));
        }
    }
}

fn detail(detail: Option<&str>, limits: &Limits) -> Result<()> {
    let whole = |bytes| u64::try_from(bytes).unwrap_or(u64::MAX);
    let (size, limit) = (whole(detail.map_or(0, str::len)), whole(limits.error_bytes));
    if size <= limit {
        return Ok(());
    }
    Err(TaskDbErr::TooLarge { argument: "detail", size, limit, unit: "bytes" })
}

/// The number of an event, which every store can count to.
fn place(number: u64) -> Result<()> {
    if (1..=EventRecord::MAX_NUMBER).contains(&number) {
        return Ok(());
    }
    let reason = format!("must be from 1 to {}", EventRecord::MAX_NUMBER);
    Err(TaskDbErr::invalid("number", reason))
}
