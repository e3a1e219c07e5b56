//! Numbers of a whole namespace.

use super::TaskDb;
use crate::error::Result;
use crate::request::{Describe, GetTaskStateCounts, ListStreams, ListWorkers};
use crate::stats::Stats;

/// How much one call reads.
const PAGE: usize = 1_000;

impl TaskDb {
    /// Looks at every stream, counts tasks, and tells how long work waits. Several calls, one
    /// after the other, so that in a store in use the numbers may be a moment apart; costs the
    /// streams, and where [`get_task_state_counts`](Self::get_task_state_counts) says so the
    /// jobs.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn stats(&self) -> Result<Stats> {
        let store = self.store.describe(Describe { size: true }).await?;
        let mut streams = Vec::new();
        loop {
            let after = streams.last().map(|stream: &crate::StreamInfo| stream.age);
            let request = ListStreams { after, limit: PAGE, ..ListStreams::default() };
            let page = self.store.list_streams(request).await?;
            let more = page.len() == PAGE;
            streams.extend(page);
            if !more {
                break;
            }
        }
        let tasks = self.store.get_task_state_counts(GetTaskStateCounts {}).await?;
        let mut workers = 0;
        let mut after = None;
        loop {
            let page = self.store.list_workers(ListWorkers { after, limit: PAGE }).await?;
            workers += page.len() as u64;
            after = page.last().map(|worker| worker.worker_id.clone());
            if page.len() < PAGE {
                return Ok(Stats::new(store, streams, tasks, workers));
            }
        }
    }
}
