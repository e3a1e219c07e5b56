//! Schedules: kept under their names, moved from tick to tick.

use taskdb_core::request::{DeleteSchedule, FireSchedule, ListSchedules, PutSchedule};
use taskdb_core::{Result, ScheduleInfo, Timestamp};

use super::jobs;
use super::state::State;

pub(super) fn put_schedule(state: &mut State, request: PutSchedule, _: Timestamp) -> Result<()> {
    let PutSchedule { name, body, next_at } = request;
    let there = state.schedules.get(&name);
    if there.is_some_and(|there| there.body == body) {
        return Ok(());
    }
    let revision = there.map_or(1, |there| there.revision + 1);
    let fired_at = there.and_then(|there| there.fired_at);
    let schedule = ScheduleInfo { name: name.clone(), body, revision, next_at, fired_at };
    state.schedules.insert(name, schedule);
    Ok(())
}

pub(super) fn delete_schedule(
    state: &mut State,
    request: DeleteSchedule,
    _: Timestamp,
) -> Result<()> {
    state.schedules.remove(&request.name);
    Ok(())
}

pub(super) fn list_schedules(
    state: &State,
    request: ListSchedules,
    clock: Timestamp,
) -> Result<Vec<ScheduleInfo>> {
    let wanted = |schedule: &&ScheduleInfo| {
        (!request.due || schedule.next_at.is_some_and(|tick| tick <= clock))
            && request.after.as_ref().is_none_or(|after| schedule.name > *after)
    };
    Ok(state.schedules.values().filter(wanted).take(request.limit).cloned().collect())
}

pub(super) fn fire_schedule(
    state: &mut State,
    request: FireSchedule,
    clock: Timestamp,
) -> Result<bool> {
    let expected = |schedule: &&mut ScheduleInfo| {
        schedule.revision == request.revision
            && schedule.next_at == Some(request.tick)
            && request.tick <= clock
    };
    let Some(schedule) = state.schedules.get_mut(&request.name).filter(expected) else {
        return Ok(false);
    };
    schedule.next_at = request.next_at;
    if let Some(job) = request.job {
        schedule.fired_at = Some(request.tick);
        jobs::create_job(state, job, clock)?;
    }
    Ok(true)
}
