//! `check_stuck_pending_tasks`: lists pending tasks that nothing holds back.

use taskdb_core::{Result, StuckTaskInfo};

use crate::args::Args;
use crate::row::get;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session) -> Result<Vec<StuckTaskInfo>> {
    let rows = session.read(Statement::check_stuck_pending_tasks, Args::default()).await?;
    let read = |row| {
        Ok(StuckTaskInfo {
            job_id: get(row, "job_id")?,
            task_id: get(row, "name")?,
            worker_type: get(row, "worker_type")?,
            waiting_on: get(row, "waiting_on")?,
            actual_deps: get(row, "deps")?,
            completed_deps: get(row, "settled")?,
            should_be_ready: true,
        })
    };
    rows.iter().map(read).collect()
}
