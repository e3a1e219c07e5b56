//! Workers, as far as they tell of themselves. The engine needs no registry: claims
//! decide who holds what. It is for the eyes of operators.

use crate::json::CanonicalJson;
use crate::time::Timestamp;

/// What a live worker last said of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerInfo {
    /// Its name, which its claims carry.
    pub worker_id: String,
    /// What it says: host, types, running tasks.
    pub about: CanonicalJson,
    /// When it said so.
    pub seen_at: Timestamp,
    /// When it counts as gone unless it says something again.
    pub expires_at: Timestamp,
}
