//! Where a worker makes itself known: the one place that says who is alive and where.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use taskdb_core::{TaskDb, TaskDbErr};
use tokio::time::Instant;

use super::chores::Chore;
use super::status::Monitor;

/// How often a worker tells that it lives.
pub const HEARTBEAT: Duration = Duration::from_secs(10);

/// What a worker tells of itself with each heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerInfo {
    /// The name its claims carry.
    pub worker_id: String,
    /// The machine it runs on, as that names itself; empty where it does not.
    pub host: String,
    /// Its process.
    pub process: u32,
    /// The worker types it serves.
    pub worker_types: Vec<String>,
    /// Tasks at hand.
    pub running: usize,
    /// For how long it has run.
    pub uptime: Duration,
    /// Whether it takes no more tasks.
    pub stopping: bool,
}

/// Keeps a list of live workers.
pub trait Registry: Send + Sync + 'static {
    /// A worker lives. Called every [`HEARTBEAT`], for the first time when it begins.
    fn heartbeat(&self, info: WorkerInfo) -> BoxFuture<'static, Result<(), TaskDbErr>>;
}

/// The chore that tells a registry.
pub(crate) fn chore(registry: Arc<dyn Registry>, monitor: Monitor, types: Vec<String>) -> Chore {
    let start = Instant::now();
    Chore::new("heartbeat", HEARTBEAT, move |_: TaskDb| {
        let status = monitor.status();
        registry.heartbeat(WorkerInfo {
            worker_id: status.worker_id,
            host: host(),
            process: std::process::id(),
            worker_types: types.clone(),
            running: status.running,
            uptime: start.elapsed(),
            stopping: status.stopping,
        })
    })
}

/// A name for a worker that no other has, and that says where it is.
pub(crate) fn worker_id() -> String {
    let host = host();
    let random = uuid::Uuid::new_v4().as_fields().0;
    let at = if host.is_empty() { "" } else { "@" };
    format!("{}-{random:08x}{at}{host}", std::process::id())
}

/// What the system calls itself, cut to what a worker's name has room for.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    name.trim().chars().filter(|sign| sign.is_ascii_graphic()).take(64).collect()
}
