//! `list_tasks`: the tasks of a job by age.

use taskdb_core::TaskInfo;
use taskdb_core::request::ListTasks;

use super::get_task;
use crate::error::Outcome;
use crate::row::Task;
use crate::sql;
use crate::unit::Unit;

/// The most rows that are read at once, wanted or not.
const PAGE: usize = 1_000;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListTasks) -> Outcome<Vec<TaskInfo>> {
    let job = unit.need_job(&request.job_id)?;
    let state = unit.job(job).state;
    let mut after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let mut listed = Vec::new();
    loop {
        let limit = match request.state {
            None => PAGE.min(request.limit - listed.len()),
            Some(_) => PAGE,
        };
        let page = unit.all(sql::tasks::page, (unit.ns, job, after, limit), Task::read)?;
        let last_page = page.len() < limit;
        for task in page {
            after = task.task;
            if request.state.is_none_or(|wanted| wanted == task.state.effective(state)) {
                listed.push(get_task::info(unit, job, task)?);
            }
            if listed.len() == request.limit {
                return Ok(listed);
            }
        }
        if last_page {
            return Ok(listed);
        }
    }
}
