//! `get_task_state_counts`: counts tasks by worker type, class and state.

use taskdb_core::{Priority, TaskState, TaskStateCount};

use crate::error::Outcome;
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<Vec<TaskStateCount>> {
    let lanes = unit.all(sql::lanes::state_counts, [unit.ns], |found| {
        let class = Priority::from_code(found.get(1)?).unwrap_or_default();
        let mut counts = [0; TaskState::ALL.len()];
        for state in TaskState::ALL {
            let place = usize::from(state.code());
            counts[place] = row::count(found, 2 + place)?;
        }
        Ok((found.get::<_, String>(0)?, class, counts))
    })?;
    let mut listed: Vec<_> = lanes
        .into_iter()
        .flat_map(|(worker_type, priority, counts)| {
            TaskState::ALL.into_iter().zip(counts).map(move |(state, count)| TaskStateCount {
                worker_type: worker_type.clone(),
                priority,
                state: state.name().to_owned(),
                count,
            })
        })
        .filter(|entry| entry.count > 0)
        .collect();
    listed.sort_unstable();
    Ok(listed)
}
