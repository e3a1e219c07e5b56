//! TaskDB under the names that existing applications call: free functions over a
//! pool or handle, their types and their errors. The library is called `taskdb`, so
//! that such an application changes its dependency lines and nothing else.
//!
//! ```
//! use serde_json::{Value, json};
//! use taskdb::{INIT_TASK, JobState, TaskDbErr, sqlx};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let pool = taskdb::connect("memory:").await?;
//! let stream_id = taskdb::get_or_create_stream(&pool, "cpu", 2, 1.0, "user1").await?;
//! let job_id = taskdb::create_job(&pool, &stream_id, &json!({"n": 7}), 3, 300, "user1").await?;
//!
//! while let Some(task) = taskdb::request_work(&pool, "cpu").await? {
//!     taskdb::update_task_done(&pool, &task.job_id, &task.task_id, task.task_def).await?;
//! }
//! match taskdb::get_job_state(&pool, &job_id, "user1").await? {
//!     JobState::Running => unreachable!("its only task is done"),
//!     JobState::Done => {}
//!     JobState::Failed => panic!("{}", taskdb::get_job_failure(&pool, &job_id).await?),
//! }
//! let output = taskdb::get_task_output::<Value>(&pool, &job_id, INIT_TASK).await?;
//! assert_eq!(output, json!({"n": 7}));
//!
//! taskdb::delete_job(&pool, &job_id).await?;
//! let gone = taskdb::get_job_state(&pool, &job_id, "user1").await;
//! assert!(matches!(gone, Err(TaskDbErr::SqlError(sqlx::Error::RowNotFound))));
//! # Ok::<(), TaskDbErr>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for new applications: [`engine`] has claims that fence off lost workers,
//! cancelling, replay, batches and delayed starts, of which this surface knows nothing.
//! Both work on the same store at the same time.
//!
//! # Layout
//!
//! * [`Handle`]: what the functions take, a [`engine::TaskDb`], a name for one, or with
//!   the feature `postgres` a [`sqlx::Pool`] of Postgres, behind which `pool.rs` keeps one.
//! * The functions at the top: the calls, one line each in `calls.rs`.
//! * [`JobState`], [`TaskState`], [`TaskDbErr`]: exactly the values that existing code
//!   matches on.
//! * [`planner`]: turns a stream of segments into a tree of joins.
//! * [`test_helpers`]: reads and clears everything, for tests.

mod calls;
mod error;
mod handle;
#[cfg(feature = "postgres")]
mod pool;
mod state;
pub mod test_helpers;

pub use calls::*;
pub use error::{SqlxError, TaskDbErr};
pub use handle::{Handle, connect, init_db};
pub use state::{JobState, TaskState};

/// The engine itself, with everything it can do: the crate that new applications use.
pub use engine;
pub use engine::planner;
#[cfg(feature = "postgres")]
pub use engine::postgres::PostgresTaskDB;
#[cfg(feature = "redis")]
pub use engine::redis::RedisTaskDB;
#[cfg(feature = "sqlite")]
pub use engine::sqlite::SqliteTaskDB;
pub use engine::{INIT_TASK, Priority, ReadyTask, StuckTaskInfo, TaskStateCount};
/// The release of sqlx whose errors these calls return, to be used in place of one's own.
pub use sqlx;
