//! Calls about workers and what they hold.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::TaskDb;
use crate::claim::ClaimInfo;
use crate::error::Result;
use crate::json::CanonicalJson;
use crate::request::{HeartbeatWorker, ListClaims, ListWorkers};
use crate::worker::WorkerInfo;

impl TaskDb {
    /// Tells operators that the worker of this handle lives, and what there is to say of
    /// it, for as long as `ttl`; zero takes it off the list.
    ///
    /// # Errors
    ///
    /// `TooLarge`.
    pub async fn heartbeat_worker(&self, about: &Value, ttl: Duration) -> Result<()> {
        let (worker_id, about) = (self.worker_id().to_owned(), CanonicalJson::new(about));
        self.store.heartbeat_worker(HeartbeatWorker { worker_id, about, ttl }).await
    }

    /// Workers that live, by name, those after the name `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a limit of 0.
    pub async fn list_workers(&self, after: Option<&str>, limit: usize) -> Result<Vec<WorkerInfo>> {
        let after = after.map(str::to_owned);
        self.store.list_workers(ListWorkers { after, limit }).await
    }

    /// Claims that hold, in the order of their ids, those after the id `after`, at most
    /// `limit`; of one worker, and of one worker type, if given.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a limit of 0.
    pub async fn list_claims(
        &self,
        worker_id: Option<&str>,
        worker_type: Option<&str>,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<ClaimInfo>> {
        let worker_id = worker_id.map(str::to_owned);
        let worker_type = worker_type.map(str::to_owned);
        self.store.list_claims(ListClaims { worker_id, worker_type, after, limit }).await
    }
}
