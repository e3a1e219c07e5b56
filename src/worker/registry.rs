//! Where a worker makes itself known: in the list of live workers that the store keeps.

use std::time::Duration;

use serde_json::{Value, json};
use taskdb_core::TaskDb;
use tokio::time::{Instant, timeout};

use super::chores::Chore;
use super::shared::Shared;
use super::status::Monitor;

/// How often a worker tells that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// For how long it counts as alive after it has told so.
const TTL: Duration = Duration::from_secs(30);
/// How long an end may take to be told.
const GRACE: Duration = Duration::from_secs(1);

/// The chore that tells of a worker of these types.
pub(crate) fn chore(monitor: Monitor, types: Vec<String>) -> Chore {
    let (start, host) = (Instant::now(), host());
    Chore::new("heartbeat", HEARTBEAT, move |db: TaskDb| {
        let status = monitor.status();
        let about = json!({
            "host": host,
            "process": std::process::id(),
            "worker_types": types,
            "running": status.running,
            "uptime_secs": start.elapsed().as_secs(),
            "stopping": status.stopping,
        });
        async move { db.heartbeat_worker(&about, TTL).await }
    })
}

/// Takes a worker off the list; when that fails, its time to live does.
pub(crate) async fn leave(shared: &Shared) {
    let gone = shared.db.heartbeat_worker(&Value::Null, Duration::ZERO);
    if let Ok(Err(error)) = timeout(GRACE, gone).await {
        tracing::debug!(%error, "the worker stays on the list for a while");
    }
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
