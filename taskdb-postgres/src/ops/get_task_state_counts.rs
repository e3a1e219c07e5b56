//! `get_task_state_counts`: counts tasks by worker type, class and state.

use taskdb_core::{Result, TaskState, TaskStateCount};

use crate::args::Args;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session) -> Result<Vec<TaskStateCount>> {
    let mut counts = Vec::new();
    for row in session.read(Statement::get_task_state_counts, Args::default()).await? {
        let priority = row::priority(&row, "priority")?;
        for state in TaskState::ALL {
            let count = row::count(&row, state.name())?;
            if count > 0 {
                let worker_type = get(&row, "worker_type")?;
                let state = state.name().to_owned();
                counts.push(TaskStateCount { worker_type, priority, state, count });
            }
        }
    }
    counts.sort_unstable();
    Ok(counts)
}
