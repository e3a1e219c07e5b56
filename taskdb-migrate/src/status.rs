//! What a place holds.

use serde::Serialize;
use taskdb::{TaskDb, TaskStateCount};

use crate::error::{MigrateErr, Result};
use crate::mark::Mark;

/// What a store is and holds.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The store, without a password.
    pub place: String,
    /// The backend.
    pub backend: String,
    /// The version of the server or library under it.
    pub version: String,
    /// The format of what is stored.
    pub format: u32,
    /// What the namespace takes.
    pub gate: String,
    /// The copy that fills it or has filled it.
    pub copy: Option<Mark>,
    /// Streams.
    pub streams: u64,
    /// Tasks by worker type, class and state.
    pub tasks: Vec<Tasks>,
}

/// A number of tasks.
#[derive(Debug, Clone, Serialize)]
pub struct Tasks {
    /// Who does them.
    pub worker_type: String,
    /// The class of their jobs.
    pub priority: String,
    /// Their effective state.
    pub state: String,
    /// How many.
    pub count: u64,
}

impl From<TaskStateCount> for Tasks {
    fn from(count: TaskStateCount) -> Self {
        let TaskStateCount { worker_type, priority, state, count } = count;
        Self { worker_type, priority: priority.to_string(), state, count }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, backend, version, format, gate, streams, .. } = self;
        write!(f, "{place}: {backend} {version}, format {format}, gate {gate}, {streams} streams")?;
        if let Some(mark) = &self.copy {
            let (stage, from, tasks) = (mark.stage, &mark.from, mark.tasks);
            write!(f, "\ncopy from {from}: {stage}, {tasks} tasks seen")?;
        }
        for Tasks { worker_type, priority, state, count } in &self.tasks {
            write!(f, "\n{count:>12}  {state:<9}  {priority:<6}  {worker_type}")?;
        }
        Ok(())
    }
}

/// Asks a store what it is and holds.
///
/// # Errors
///
/// Those of the store.
pub async fn status(place: &str, db: &TaskDb) -> Result<Status> {
    let told = |error| MigrateErr::store(place, error);
    let info = db.describe().await.map_err(told)?;
    let counts = db.get_task_state_counts().await.map_err(told)?;
    let (mut streams, mut after) = (0, None);
    loop {
        let page = db.list_streams(after, 1_000).await.map_err(told)?;
        streams += u64::try_from(page.len()).unwrap_or(u64::MAX);
        let Some(last) = page.last() else { break };
        after = Some(last.age);
    }
    Ok(Status {
        place: place.to_owned(),
        backend: info.backend.to_owned(),
        version: info.version,
        format: info.format,
        gate: info.gate.to_string(),
        copy: info.mark.as_deref().and_then(Mark::read),
        streams,
        tasks: counts.into_iter().map(Tasks::from).collect(),
    })
}
