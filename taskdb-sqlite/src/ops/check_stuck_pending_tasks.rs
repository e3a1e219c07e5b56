//! `check_stuck_pending_tasks`: lists pending tasks that nothing holds back.

use taskdb_core::StuckTaskInfo;

use crate::error::Outcome;
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<Vec<StuckTaskInfo>> {
    unit.all(sql::tasks::stuck, [unit.ns], |found| {
        Ok(StuckTaskInfo {
            job_id: row::id(found, 0)?,
            task_id: found.get(1)?,
            worker_type: found.get(2)?,
            waiting_on: found.get(3)?,
            actual_deps: found.get(4)?,
            completed_deps: found.get(5)?,
            should_be_ready: true,
        })
    })
}
