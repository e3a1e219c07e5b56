//! Workers and what they hold, as operators see them.

use taskdb_core::request::{HeartbeatWorker, ListClaims, ListWorkers};
use taskdb_core::{Claim, ClaimInfo, Result, Timestamp, WorkerInfo};

use super::state::State;

pub(super) fn heartbeat_worker(
    state: &mut State,
    request: HeartbeatWorker,
    clock: Timestamp,
) -> Result<()> {
    if request.ttl.is_zero() {
        state.workers.remove(&request.worker_id);
        return Ok(());
    }
    let worker = WorkerInfo {
        worker_id: request.worker_id.clone(),
        about: request.about,
        seen_at: clock,
        expires_at: clock.after(request.ttl),
    };
    state.workers.insert(request.worker_id, worker);
    Ok(())
}

pub(super) fn list_workers(
    state: &State,
    request: ListWorkers,
    clock: Timestamp,
) -> Result<Vec<WorkerInfo>> {
    let wanted = |worker: &&WorkerInfo| {
        worker.expires_at > clock
            && request.after.as_ref().is_none_or(|after| worker.worker_id > *after)
    };
    Ok(state.workers.values().filter(wanted).take(request.limit).cloned().collect())
}

pub(super) fn list_claims(
    state: &State,
    request: ListClaims,
    _: Timestamp,
) -> Result<Vec<ClaimInfo>> {
    let mut claims = Vec::new();
    for (_, task) in state.tasks() {
        let record = &task.record;
        let stream = state.streams.iter().find(|stream| stream.stream_id == record.stream_id);
        if let (Some(claim), Some(stream)) = (&record.claim, stream) {
            claims.push(ClaimInfo {
                claim: Claim {
                    job_id: record.job_id,
                    task_id: record.task_id.clone(),
                    id: claim.id,
                    attempt: record.attempt,
                },
                worker_id: claim.worker_id.clone(),
                stream_id: record.stream_id,
                worker_type: stream.worker_type.clone(),
                progress: record.progress,
                started_at: record.started_at.unwrap_or_default(),
                deadline: claim.deadline,
            });
        }
    }
    claims.retain(|held| {
        request.worker_id.as_ref().is_none_or(|id| held.worker_id == *id)
            && request.worker_type.as_ref().is_none_or(|kind| held.worker_type == *kind)
            && request.after.is_none_or(|after| held.claim.id > after)
    });
    claims.sort_unstable_by_key(|held| held.claim.id);
    claims.truncate(request.limit);
    Ok(claims)
}
