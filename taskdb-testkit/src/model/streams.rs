//! Streams: create, update, delete, list.

use taskdb_core::error::Entity;
use taskdb_core::record::StreamRecord;
use taskdb_core::request::{CreateStream, DeleteStream, ListStreams, UpdateStream};
use taskdb_core::{Priority, Result, StreamInfo, TaskDbErr, Timestamp};
use uuid::Uuid;

use super::state::State;

pub(super) fn create_stream(
    state: &mut State,
    request: CreateStream,
    _: Timestamp,
) -> Result<Uuid> {
    let mine = |stream: &&StreamRecord| {
        !stream.deleted
            && stream.user_id == request.user_id
            && stream.worker_type == request.worker_type
    };
    if request.or_existing
        && let Some(oldest) = state.streams.iter().find(mine)
    {
        return Ok(oldest.stream_id);
    }
    if let Some(there) = state.streams.iter().find(|s| s.stream_id == request.stream_id) {
        let same =
            mine(&there) && there.reserved == request.reserved && there.be_mult == request.be_mult;
        return if same { Ok(there.stream_id) } else { Err(taken(&request.stream_id)) };
    }
    state.streams.push(StreamRecord {
        stream_id: request.stream_id,
        age: state.next_stream_age,
        worker_type: request.worker_type,
        user_id: request.user_id,
        reserved: request.reserved,
        be_mult: request.be_mult,
        paused: false,
        deleted: false,
        derived: None,
    });
    state.next_stream_age += 1;
    Ok(request.stream_id)
}

fn taken(stream_id: &Uuid) -> TaskDbErr {
    TaskDbErr::AlreadyExists { entity: Entity::Stream(*stream_id), difference: "other settings" }
}

pub(super) fn update_stream(state: &mut State, request: UpdateStream, _: Timestamp) -> Result<()> {
    state.stream(&request.stream_id)?;
    for stream in &mut state.streams {
        if stream.stream_id == request.stream_id {
            stream.reserved = request.reserved.unwrap_or(stream.reserved);
            stream.be_mult = request.be_mult.unwrap_or(stream.be_mult);
            stream.paused = request.paused.unwrap_or(stream.paused);
        }
    }
    Ok(())
}

pub(super) fn delete_stream(state: &mut State, request: DeleteStream, _: Timestamp) -> Result<()> {
    let Ok(stream) = state.stream(&request.stream_id) else { return Ok(()) };
    if info(state, stream).has_unfinished() {
        return Err(TaskDbErr::InvalidState {
            entity: Entity::Stream(request.stream_id),
            reason: "has unfinished tasks: cancel or finish them first".to_owned(),
        });
    }
    for stream in &mut state.streams {
        stream.deleted |= stream.stream_id == request.stream_id;
    }
    Ok(())
}

pub(super) fn list_streams(
    state: &State,
    request: ListStreams,
    _: Timestamp,
) -> Result<Vec<StreamInfo>> {
    let wanted = |stream: &&StreamRecord| {
        !stream.deleted
            && request.stream_id.is_none_or(|id| stream.stream_id == id)
            && request.user_id.as_ref().is_none_or(|user| stream.user_id == *user)
            && request.worker_type.as_ref().is_none_or(|kind| stream.worker_type == *kind)
            && request.after.is_none_or(|age| stream.age > age)
    };
    let found = state.streams.iter().filter(wanted).take(request.limit);
    Ok(found.map(|stream| info(state, stream)).collect())
}

fn info(state: &State, stream: &StreamRecord) -> StreamInfo {
    let counts = state.count(stream);
    StreamInfo {
        stream_id: stream.stream_id,
        age: stream.age,
        worker_type: stream.worker_type.clone(),
        user_id: stream.user_id.clone(),
        reserved: stream.reserved,
        be_mult: stream.be_mult,
        paused: stream.paused,
        pending: counts.pending.unsigned_abs(),
        ready: counts.ready.map(i64::unsigned_abs),
        running: counts.running.unsigned_abs(),
        ready_since: ready_since(state, stream),
    }
}

/// Of the first in line of each class, the earliest.
fn ready_since(state: &State, stream: &StreamRecord) -> Option<Timestamp> {
    let first = |class| {
        let (j, t) = state.first_in_line(stream, class)?;
        Some(state.jobs[j].tasks[t].record.updated_at)
    };
    Priority::ALL.into_iter().filter_map(first).min()
}
