//! Requests about a whole namespace.

use super::Request;
use crate::error::Result;
use crate::limits::Limits;
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
about_the_namespace!(
    /// Writes records that another store has exported.
    Import, "import", () {
        /// The records, in the order of the export.
        records: Vec<Record>,
    }
);
