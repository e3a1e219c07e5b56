//! Requests about workers and what they hold, for operators.

use std::time::Duration;

use uuid::Uuid;

use super::Request;
use super::checks::Checks;
use crate::claim::ClaimInfo;
use crate::error::Result;
use crate::json::CanonicalJson;
use crate::limits::Limits;
use crate::worker::WorkerInfo;

/// Lists the claims that hold.
#[derive(Debug, Clone, Default)]
pub struct ListClaims {
    /// Only those of this worker.
    pub worker_id: Option<String>,
    /// Only those on tasks of this worker type.
    pub worker_type: Option<String>,
    /// Only those whose id comes after this one.
    pub after: Option<Uuid>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListClaims {
    const VERB: &'static str = "list_claims";
    type Reply = Vec<ClaimInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if let Some(worker_id) = &self.worker_id {
            checks.reference("worker_id", worker_id);
        }
        if let Some(worker_type) = &self.worker_type {
            checks.reference("worker_type", worker_type);
        }
        checks.page(self.limit).finish()
    }

    fn subject(&self) -> String {
        self.worker_id.as_ref().map_or_else(String::new, |id| format!("worker `{id}`"))
    }
}

/// Notes that a worker lives.
#[derive(Debug, Clone)]
pub struct HeartbeatWorker {
    /// The worker.
    pub worker_id: String,
    /// What it says of itself.
    pub about: CanonicalJson,
    /// How long it counts as alive; zero removes it.
    pub ttl: Duration,
}

impl Request for HeartbeatWorker {
    const VERB: &'static str = "heartbeat_worker";
    type Reply = ();

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        checks.name("worker_id", &self.worker_id).add(limits.payload("about", &self.about));
        checks.finish()
    }

    fn subject(&self) -> String {
        format!("worker `{}`", self.worker_id)
    }
}

/// Lists live workers.
#[derive(Debug, Clone, Default)]
pub struct ListWorkers {
    /// Only those whose name comes after this one, bytewise.
    pub after: Option<String>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListWorkers {
    const VERB: &'static str = "list_workers";
    type Reply = Vec<WorkerInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).page(self.limit).finish()
    }

    fn subject(&self) -> String {
        String::new()
    }
}
