//! The event log: jobs note what happens to them, and the log takes it over call by call.

use std::collections::VecDeque;

use taskdb_core::record::EventRecord;
use taskdb_core::request::{ListEvents, SetEvents};
use taskdb_core::store::Gate;
use taskdb_core::{
    Event, EventKind, EventPage, EventPolicy, EventPosition, EventsFrom, Result, Timestamp,
};
use uuid::Uuid;

use super::state::{Job, State};

/// The log of a namespace.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) policy: EventPolicy,
    events: VecDeque<Event>,
    /// How many were dropped.
    dropped: usize,
    /// The number of the last event.
    top: u64,
}

impl Log {
    /// Takes what has happened, as far as the policy wants it.
    fn take(&mut self, happened: impl IntoIterator<Item = Event>) {
        let level = self.policy.level;
        let wanted = |event: &Event| level.takes(event.kind, event.task_id.is_some());
        let before = self.events.len();
        self.events.extend(happened.into_iter().filter(wanted));
        self.top += (self.events.len() - before) as u64;
    }

    /// Takes what another log has told, unless it is there.
    pub(super) fn import(&mut self, EventRecord { event, number }: EventRecord) {
        if number > self.top {
            self.top = number;
            self.events.push_back(event);
        }
    }

    /// Drops the oldest beyond the bounds.
    fn cut(&mut self, clock: Timestamp) {
        let too_old = |event: &Event| event.at.after(self.policy.max_age) < clock;
        while self.events.len() as u64 > self.policy.max_count
            || self.events.front().is_some_and(too_old)
        {
            self.events.pop_front();
            self.dropped += 1;
        }
    }
}

impl State {
    /// Takes over what jobs have noted since the last call.
    pub(super) fn take_notes(&mut self) {
        for job in &mut self.jobs {
            self.log.take(job.happened.drain(..));
        }
    }

    /// Cuts the log to its bounds.
    pub(super) fn cut_log(&mut self, clock: Timestamp) {
        self.take_notes();
        self.log.cut(clock);
    }

    /// Notes the end of a job that is about to go; behind a closed gate nothing happens that
    /// anybody should hear of.
    pub(super) fn note_deleted(&mut self, job_id: Uuid, at: Timestamp) {
        self.take_notes();
        if self.gate == Gate::ReadOnly {
            return;
        }
        self.log.take([event(job_id, EventKind::Deleted, at)]);
    }
}

fn event(job_id: Uuid, kind: EventKind, at: Timestamp) -> Event {
    Event { at, kind, job_id, task_id: None, attempt: None, worker_id: None, detail: None }
}

impl Job {
    /// Something has happened to the job.
    pub(super) fn note(&mut self, kind: EventKind, detail: Option<&str>, at: Timestamp) {
        let event = event(self.record.job_id, kind, at);
        self.happened.push(Event { detail: detail.map(str::to_owned), ..event });
    }

    /// Something is about to happen to a task, which may be running still.
    pub(super) fn note_task(
        &mut self,
        t: usize,
        kind: EventKind,
        detail: Option<&str>,
        at: Timestamp,
    ) {
        let task = &self.tasks[t].record;
        self.happened.push(Event {
            task_id: Some(task.task_id.clone()),
            attempt: Some(task.attempt).filter(|attempt| *attempt > 0),
            worker_id: task.claim.as_ref().map(|claim| claim.worker_id.clone()),
            detail: detail.map(str::to_owned),
            ..event(self.record.job_id, kind, at)
        });
    }
}

pub(super) fn list_events(state: &State, request: ListEvents, _: Timestamp) -> Result<EventPage> {
    let Log { events, dropped, .. } = &state.log;
    let end = dropped + events.len();
    let mut next = match request.from {
        EventsFrom::Start => 0,
        EventsFrom::End => end,
        EventsFrom::After(position) => {
            let place = position.as_str().parse().ok().filter(|place| *place <= end);
            place.ok_or_else(|| position.refuse())?
        }
    };
    next = next.max(*dropped);
    let mut found = Vec::new();
    while next < end && found.len() < request.limit {
        let event = &events[next - dropped];
        found.extend(request.filter.matches(event).then(|| event.clone()));
        next += 1;
    }
    let position = EventPosition::new(next.to_string());
    Ok(EventPage { events: found, next: position, more: next < end })
}

pub(super) fn set_events(state: &mut State, request: SetEvents, _: Timestamp) -> Result<()> {
    state.log.policy = request.policy;
    Ok(())
}
