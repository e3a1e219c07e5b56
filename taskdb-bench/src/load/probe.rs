//! How long others wait while something large goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use taskdb::TaskDb;
use tokio::task::JoinHandle;

use crate::error::{Error, Result};

/// A worker type that never has work: its claims cost next to nothing themselves.
const NOBODY: &str = "probe";
/// Between two calls, so that the probe is no load of its own.
const PAUSE: Duration = Duration::from_millis(1);

/// Makes small calls until it is stopped.
pub(crate) struct Probe {
    stop: Arc<AtomicBool>,
    calls: JoinHandle<Result<Duration>>,
}

impl Probe {
    pub(crate) fn start(db: &TaskDb) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let calls = tokio::spawn(call(db.clone(), Arc::clone(&stop)));
        Self { stop, calls }
    }

    /// The longest wait for one call, the one under way included.
    pub(crate) async fn longest(self) -> Result<Duration> {
        self.stop.store(true, Ordering::SeqCst);
        self.calls.await.map_err(|panic| Error::Unsound(panic.to_string()))?
    }
}

async fn call(db: TaskDb, stop: Arc<AtomicBool>) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    loop {
        let start = Instant::now();
        db.request_work(NOBODY).await?;
        longest = longest.max(start.elapsed());
        if stop.load(Ordering::SeqCst) {
            return Ok(longest);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
