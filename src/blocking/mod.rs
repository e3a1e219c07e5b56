//! Every call of TaskDB for programs without async: the same names, arguments, results
//! and errors, each returning when it has its answer.
//!
//! ```
//! use serde_json::json;
//!
//! let db = taskdb::blocking::connect("memory:")?;
//! let cpu = db.create_stream("cpu", 1, 1.0, "alice")?;
//! let job = db.create_job(&cpu, &json!("count the words"), 3, 300, "alice")?;
//! while let Some(task) = db.request_work("cpu")? {
//!     db.complete(&task.claim, &json!(42))?;
//! }
//! assert_eq!(db.get_task_output::<u32>(&job, taskdb::INIT_TASK)?, 42);
//! # Ok::<(), taskdb::TaskDbErr>(())
//! ```
//!
//! The work is done by two threads, which all handles of the process share and the first
//! call starts. The thread that calls sleeps meanwhile. A panic within a call comes out
//! of that call.
//!
//! It can be called from async code too, where it blocks the thread like any other
//! blocking call: other tasks of that thread wait. Use the async [`crate::TaskDb`] there
//! if you can.

mod arguments;
mod calls;
mod events;
mod runtime;

pub use calls::TaskDb;
pub use events::Events;
pub use runtime::run;
use taskdb_core::{NewTask, Result};
use uuid::Uuid;

use crate::planner::{Calls, Plan};

/// Opens the store that a URL names, as [`crate::connect`] does.
///
/// # Errors
///
/// As there; `Unavailable` also when the threads of this module cannot be started.
pub fn connect(url: &str) -> Result<TaskDb> {
    let url = url.to_owned();
    run(async move { crate::connect(&url).await }).map(TaskDb::from)
}

/// Creates the tasks of a plan that were not read yet, as [`crate::planner::submit`] does.
///
/// # Errors
///
/// As there.
pub fn submit<P: Plan>(
    db: &TaskDb,
    job_id: &Uuid,
    plan: &mut P,
    to_task: impl FnMut(&P::Task) -> NewTask,
) -> Result<usize> {
    let mut calls = Calls::new(*db.limits(), plan, to_task);
    while let Some(batch) = calls.next_batch() {
        db.create_tasks(job_id, batch)?;
        calls.acknowledge();
    }
    Ok(calls.created)
}
