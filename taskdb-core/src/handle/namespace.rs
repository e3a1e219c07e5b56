//! Calls about a whole namespace, for operators and tools.

use super::TaskDb;
use crate::audit::{self, Violation};
use crate::error::Result;
use crate::record::{Cursor, Page, Record};
use crate::request::{
    CheckStuckPendingTasks, Describe, Export, GetTaskStateCounts, Import, Probe, Repair, SetGate,
};
use crate::store::{Gate, Health, RepairReport, StoreInfo};
use crate::task::{StuckTaskInfo, TaskStateCount};
use crate::time::Timestamp;

impl TaskDb {
    /// Counts of tasks by worker type, class and state.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn get_task_state_counts(&self) -> Result<Vec<TaskStateCount>> {
        self.store.get_task_state_counts(GetTaskStateCounts {}).await
    }

    /// Pending tasks that have nothing to wait for. A sound store has none.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn check_stuck_pending_tasks(&self) -> Result<Vec<StuckTaskInfo>> {
        self.store.check_stuck_pending_tasks(CheckStuckPendingTasks {}).await
    }

    /// Readies pending tasks that have nothing to wait for; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn fix_stuck_pending_tasks(&self) -> Result<i32> {
        let report = self.repair().await?;
        Ok(i32::try_from(report.tasks_readied).unwrap_or(i32::MAX))
    }

    /// Counts everything anew and mends the counters that differ.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn refresh_stream_counters(&self) -> Result<()> {
        self.repair().await.map(drop)
    }

    /// Recomputes all derived data and reports what was wrong.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn repair(&self) -> Result<RepairReport> {
        self.store.repair(Repair {}).await
    }

    /// Checks the invariants of the contract over everything stored, page by page, with the
    /// streams and one job in memory. What is wrong at the first look and not at a second is
    /// what changed between two pages of a store in use, and is not reported. So of such a
    /// store this finds what is wrong with jobs and tasks, and with streams that rest; with
    /// the gate closed it finds everything.
    ///
    /// # Errors
    ///
    /// Only those of the store; what is wrong with the content is in the answer.
    pub async fn audit(&self) -> Result<Vec<Violation>> {
        let mut found = self.look_over().await?;
        if !found.is_empty() {
            let again = self.look_over().await?;
            found.retain(|violation| again.contains(violation));
        }
        Ok(found)
    }

    async fn look_over(&self) -> Result<Vec<Violation>> {
        let mut audit = audit::Audit::default();
        let mut cursor = None;
        loop {
            let page = self
                .store
                .export(Export { cursor, limit: 1_000, derived: true, ..Export::default() })
                .await?;
            for record in page.records {
                audit.take(record);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(audit.finish());
            }
        }
    }

    /// What the store is, its gate and its time.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn describe(&self) -> Result<StoreInfo> {
        self.store.describe(Describe { size: true }).await
    }

    /// The time of the store.
    pub(super) async fn now(&self) -> Result<Timestamp> {
        Ok(self.store.describe(Describe { size: false }).await?.now)
    }

    /// Tries the store: writes, reads and removes something, and tells how long that took.
    ///
    /// # Errors
    ///
    /// Those of the store; `Closed` when the gate is `read-only`.
    pub async fn health(&self) -> Result<Health> {
        let start = std::time::Instant::now();
        self.store.probe(Probe {}).await?;
        let latency = start.elapsed();
        Ok(Health { latency, store: self.describe().await? })
    }

    /// Opens or closes the namespace; a mark that a tool has left in it goes.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn set_gate(&self, gate: Gate) -> Result<()> {
        self.store.set_gate(SetGate { gate, mark: None }).await
    }

    /// A page of everything the namespace holds, about `limit` records.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a cursor of another store.
    pub async fn export(&self, cursor: Option<Cursor>, limit: usize) -> Result<Page> {
        self.store.export(Export { cursor, limit, ..Export::default() }).await
    }

    /// Writes records that another store has exported, in their order. Repeating a
    /// page changes nothing.
    ///
    /// # Errors
    ///
    /// `Closed` when the gate is `read-only`; `InvalidArgument` for a record that
    /// names what was not imported before.
    pub async fn import(&self, records: Vec<Record>) -> Result<()> {
        self.store.import(Import { records }).await
    }
}
