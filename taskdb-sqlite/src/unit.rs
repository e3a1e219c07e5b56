//! The unit of work: what a group of calls has read and is about to write.
//!
//! A group shares one transaction. Jobs are read once and written once a group;
//! counters of lanes and streams are collected as differences. Statements that
//! decide by a counter call [`Unit::flush`] first.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{Connection, OptionalExtension, Params, Row};
use taskdb_core::store::Gate;
use taskdb_core::wake::CLAIM_HOLDERS;
use taskdb_core::{EventPolicy, JobState, Priority, TaskDbErr, TaskState};
use uuid::Uuid;

use crate::engine::events::{self, Log};
use crate::error::{Outcome, corrupt};
use crate::row::{Job, Stream};
use crate::sql;

/// The most dependants that one call tells of the ends of prerequisites.
const RELEASE_STEP: i64 = 500;

/// The transaction of a group of calls.
pub(crate) struct Unit<'c> {
    conn: &'c Connection,
    pub(crate) ns: i64,
    pub(crate) max_tasks: i64,
    /// The clock, read once for each call.
    pub(crate) now: i64,
    gate: Option<Gate>,
    /// The event log, and the number of the next event that is stored.
    log: Option<(Log, i64)>,
    /// By number; the flag tells whether it differs from what is stored, and the
    /// state is the stored one.
    jobs: HashMap<i64, (Job, Option<JobState>)>,
    numbers: HashMap<Uuid, Option<i64>>,
    streams: HashMap<Uuid, Option<Rc<Stream>>>,
    lanes: HashMap<(i64, i64), [i64; 6]>,
    counts: HashMap<i64, Counts>,
    /// How many tasks became ready, by stream.
    woken: HashMap<i64, usize>,
    wake_everyone: bool,
    claims_cut: bool,
    /// How many more dependants this call may tell of the end of a prerequisite.
    pub(crate) budget: i64,
    /// A large release has steps left.
    pub(crate) unfinished: bool,
    /// This group has carried on interrupted releases and promoted delayed tasks.
    pub(crate) carried: bool,
}

/// Differences to the counters of a stream.
#[derive(Default, Clone, Copy)]
struct Counts {
    pending: i64,
    ready: [i64; 3],
    running: i64,
}

impl<'c> Unit<'c> {
    pub(crate) fn new(conn: &'c Connection, ns: i64, max_tasks: i64, now: i64) -> Self {
        Self {
            conn,
            ns,
            max_tasks,
            now,
            gate: None,
            log: None,
            jobs: HashMap::new(),
            numbers: HashMap::new(),
            streams: HashMap::new(),
            lanes: HashMap::new(),
            counts: HashMap::new(),
            woken: HashMap::new(),
            wake_everyone: false,
            claims_cut: false,
            budget: 0,
            unfinished: false,
            carried: false,
        }
    }

    /// The connection, to ask what it has counted.
    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        self.conn
    }

    /// Begins the next call of the group.
    pub(crate) fn begin(&mut self, now: i64) {
        self.now = now;
        self.budget = RELEASE_STEP;
        self.unfinished = false;
    }

    /// Runs a statement; returns how many rows it changed.
    pub(crate) fn exec(&self, sql: &str, params: impl Params) -> Outcome<usize> {
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// Runs a query that has at most one row.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Option<T>> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// Runs a query and collects its rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Vec<T>> {
        Ok(self.conn.prepare_cached(sql)?.query_map(params, read)?.collect::<Result<_, _>>()?)
    }

    /// Runs a query and visits its rows, as long as the visitor wants more.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> Outcome<bool>,
    ) -> Outcome<()> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if !visit(row)? {
                break;
            }
        }
        Ok(())
    }

    /// What the namespace takes.
    pub(crate) fn gate(&mut self) -> Outcome<Gate> {
        if let Some(gate) = self.gate {
            return Ok(gate);
        }
        let code = self.one(sql::namespaces::gate, [self.ns], |row| row.get(0))?.unwrap_or(0);
        let gate = Gate::from_code(code).ok_or_else(|| corrupt(format!("gate {code}")))?;
        self.gate = Some(gate);
        Ok(gate)
    }

    /// Refuses a mutation at a closed gate.
    pub(crate) fn may_change(&mut self) -> Outcome<()> {
        match self.gate()? {
            Gate::ReadOnly => Err(TaskDbErr::Closed { gate: Gate::ReadOnly }.into()),
            _ => Ok(()),
        }
    }

    /// The mark of a tool that fills the namespace.
    pub(crate) fn mark(&self) -> Outcome<Option<String>> {
        Ok(self.one(sql::namespaces::mark, [self.ns], |row| row.get(0))?.flatten())
    }

    /// As [`may_change`](Self::may_change), for what fills a namespace: a mark lets it pass.
    pub(crate) fn may_fill(&mut self) -> Outcome<()> {
        match self.may_change() {
            Err(_) if self.mark()?.is_some() => Ok(()),
            judged => judged,
        }
    }

    /// Forgets the gate after it was set.
    pub(crate) fn gate_changed(&mut self) {
        self.gate = None;
    }

    /// The event log.
    pub(crate) fn log(&mut self) -> Outcome<Log> {
        if let Some((log, _)) = self.log {
            return Ok(log);
        }
        let log = events::log(self)?;
        self.log = Some((log, log.next));
        Ok(log)
    }

    /// The number of an event that is about to be written.
    pub(crate) fn next_event(&mut self) -> Outcome<i64> {
        let next = self.log()?.next;
        if let Some((log, _)) = &mut self.log {
            log.next += 1;
        }
        Ok(next)
    }

    /// Takes notice of an event that has brought its number.
    pub(crate) fn last_event(&mut self, number: i64) {
        if let Some((log, _)) = &mut self.log {
            log.next = number + 1;
        }
    }

    /// Takes notice of another policy of the event log.
    pub(crate) fn events_changed(&mut self, policy: EventPolicy) -> Outcome<()> {
        self.log()?;
        if let Some((log, _)) = &mut self.log {
            log.policy = policy;
        }
        Ok(())
    }

    /// The number of a job.
    pub(crate) fn find_job(&mut self, id: &Uuid) -> Outcome<Option<i64>> {
        if let Some(known) = self.numbers.get(id) {
            return Ok(*known);
        }
        let found = self.one(sql::jobs::find, (self.ns, id.as_bytes()), Job::read)?;
        let number = found.map(|job| self.keep(job));
        self.numbers.insert(*id, number);
        Ok(number)
    }

    /// The number of a job that must exist.
    pub(crate) fn need_job(&mut self, id: &Uuid) -> Outcome<i64> {
        self.find_job(id)?.ok_or_else(|| TaskDbErr::no_job(id).into())
    }

    /// Reads the job of a number that a row named; `false` when it is gone.
    pub(crate) fn load_job(&mut self, number: i64) -> Outcome<bool> {
        if !self.jobs.contains_key(&number) {
            let Some(job) = self.one(sql::jobs::load, (self.ns, number), Job::read)? else {
                return Ok(false);
            };
            self.keep(job);
        }
        Ok(true)
    }

    /// Takes in a job that was read or has just been inserted.
    pub(crate) fn keep(&mut self, job: Job) -> i64 {
        let number = job.job;
        self.numbers.insert(job.id, Some(number));
        self.jobs.entry(number).or_insert((job, None));
        number
    }

    /// A job that was found before.
    pub(crate) fn job(&self, number: i64) -> &Job {
        &self.jobs[&number].0
    }

    /// The same, to change it.
    pub(crate) fn job_mut(&mut self, number: i64) -> &mut Job {
        let (job, stored) = self.jobs.get_mut(&number).expect("a job is found before it changes");
        stored.get_or_insert(job.state);
        job
    }

    /// Forgets a deleted job.
    pub(crate) fn forget_job(&mut self, number: i64) {
        if let Some((job, _)) = self.jobs.remove(&number) {
            self.numbers.insert(job.id, None);
        }
        self.lanes.retain(|(job, _), _| *job != number);
    }

    /// The time of a change to a job: the clock, but never before its last change.
    pub(crate) fn touch(&mut self, number: i64) -> i64 {
        let now = self.now;
        let job = self.job_mut(number);
        job.updated_at = job.updated_at.max(now);
        job.updated_at
    }

    /// A stream by its id; a deleted one does not count.
    pub(crate) fn find_stream(&mut self, id: &Uuid) -> Outcome<Option<Rc<Stream>>> {
        if let Some(known) = self.streams.get(id) {
            return Ok(known.clone());
        }
        let found = self.one(sql::streams::find, (self.ns, id.as_bytes()), Stream::read)?;
        let stream = found.filter(|stream| !stream.deleted).map(Rc::new);
        self.streams.insert(*id, stream.clone());
        Ok(stream)
    }

    /// Forgets what was read of a stream that has changed.
    pub(crate) fn forget_stream(&mut self, id: &Uuid) {
        self.streams.remove(id);
    }

    /// Moves a task from one state to another in every counter; `from` is `None`
    /// for a new task.
    pub(crate) fn shift(&mut self, job: i64, stream: i64, from: Option<TaskState>, to: TaskState) {
        let row = self.job_mut(job);
        let (stopped, class) = (row.state.is_stopped(), usize::from(row.priority.code()));
        let sides = from.map(|state| (state, -1)).into_iter().chain([(to, 1)]);
        if from.is_none() {
            row.tasks += 1;
        }
        for (state, by) in sides.clone() {
            row.unresolved += if state == TaskState::Done { 0 } else { by };
            row.open += if state.is_terminal() { 0 } else { by };
        }
        let lane = self.lanes.entry((job, stream)).or_default();
        let counts = self.counts.entry(stream).or_default();
        for (state, by) in sides {
            lane[usize::from(state.code())] += by;
            match state {
                TaskState::Pending if !stopped => counts.pending += by,
                TaskState::Ready if !stopped => counts.ready[class] += by,
                TaskState::Running => counts.running += by,
                _ => {}
            }
        }
        if to == TaskState::Ready && !stopped {
            self.count_woken(stream, 1);
        }
    }

    /// Takes what waits in a job out of the ready index (`stop`), or puts it back.
    /// Costs the streams of the job.
    pub(crate) fn set_stopped(&mut self, job: i64, stop: bool) -> Outcome<()> {
        self.flush()?;
        self.exec(sql::lanes::set_stopped, (self.ns, job, stop))?;
        let lanes = self.all(sql::lanes::of_job, (self.ns, job), |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })?;
        let class = usize::from(self.job(job).priority.code());
        let sign = if stop { -1 } else { 1 };
        for (stream, pending, ready, running) in lanes {
            self.claims_cut |= stop && running > 0;
            let counts = self.counts.entry(stream).or_default();
            counts.pending += sign * pending;
            counts.ready[class] += sign * ready;
            if !stop && ready > 0 {
                self.count_woken(stream, usize::try_from(ready).unwrap_or(0));
            }
        }
        Ok(())
    }

    /// Moves a job to another class. Costs the streams of the job.
    pub(crate) fn set_priority(&mut self, job: i64, class: Priority) -> Outcome<()> {
        self.flush()?;
        let (from, to) = (usize::from(self.job(job).priority.code()), usize::from(class.code()));
        self.exec(sql::lanes::set_priority, (self.ns, job, class.code()))?;
        if !self.job(job).state.is_stopped() {
            let lanes = self.all(sql::lanes::of_job, (self.ns, job), |row| {
                Ok((row.get(0)?, row.get::<_, i64>(2)?))
            })?;
            for (stream, ready) in lanes {
                let counts = self.counts.entry(stream).or_default();
                counts.ready[from] -= ready;
                counts.ready[to] += ready;
            }
        }
        self.job_mut(job).priority = class;
        Ok(())
    }

    /// Moves the running count of a stream whose lanes go away.
    pub(crate) fn drop_running(&mut self, stream: i64, running: i64) {
        self.counts.entry(stream).or_default().running -= running;
    }

    /// Writes the differences of streams, which decides who is served next.
    pub(crate) fn flush_streams(&mut self) -> Outcome<()> {
        for (stream, c) in std::mem::take(&mut self.counts) {
            if c.pending != 0 || c.running != 0 || c.ready != [0; 3] {
                let params =
                    (self.ns, stream, c.pending, c.ready[0], c.ready[1], c.ready[2], c.running);
                self.exec(sql::streams::add, params)?;
            }
        }
        Ok(())
    }

    /// Writes the differences of lanes, which decides whose job is served next.
    pub(crate) fn flush_lanes(&mut self) -> Outcome<()> {
        for ((job, stream), l) in std::mem::take(&mut self.lanes) {
            if l == [0; 6] {
                continue;
            }
            let row = self.job(job);
            let (class, stopped) = (row.priority.code(), row.state.is_stopped());
            let params = (self.ns, job, stream, class, stopped, l[0], l[1], l[2], l[3], l[4], l[5]);
            self.exec(sql::lanes::add, params)?;
        }
        Ok(())
    }

    /// Writes everything that was collected.
    pub(crate) fn flush(&mut self) -> Outcome<()> {
        self.flush_streams()?;
        self.flush_lanes()?;
        self.flush_log()?;
        let mut jobs = std::mem::take(&mut self.jobs);
        for (job, stored) in jobs.values_mut() {
            if let Some(stored) = stored.take() {
                self.save_job(job, stored)?;
            }
        }
        self.jobs = jobs;
        Ok(())
    }

    fn flush_log(&mut self) -> Outcome<()> {
        let Some((log, stored)) = &mut self.log else { return Ok(()) };
        if log.next != *stored {
            *stored = log.next;
            let params = (self.ns, log.next);
            self.exec(sql::namespaces::next_event, params)?;
        }
        Ok(())
    }

    fn save_job(&self, j: &Job, stored: JobState) -> Outcome<()> {
        if j.state == stored && j.error.is_none() {
            let params = (
                self.ns,
                j.job,
                j.next_task,
                j.tasks,
                j.unresolved,
                j.open,
                j.hard,
                j.started_at,
                j.updated_at,
            );
            self.exec(sql::jobs::count, params)?;
        } else {
            let params = rusqlite::params![
                self.ns,
                j.job,
                j.state.code(),
                j.error,
                j.next_task,
                j.tasks,
                j.unresolved,
                j.open,
                j.hard,
                j.started_at,
                j.updated_at,
            ];
            self.exec(sql::jobs::save, params)?;
        }
        Ok(())
    }

    fn count_woken(&mut self, stream: i64, count: usize) {
        let total = self.woken.entry(stream).or_default();
        *total = total.saturating_add(count);
    }

    /// A stream has work again that it had before.
    pub(crate) fn wake(&mut self, stream: i64) {
        self.woken.insert(stream, usize::MAX);
    }

    /// Every stream may have work again.
    pub(crate) fn wake_all(&mut self) {
        self.wake_everyone = true;
    }

    /// A worker has lost its claim, or the sense of it, by what somebody else did.
    pub(crate) fn cut_claims(&mut self) {
        self.claims_cut = true;
    }

    /// Which worker types have new work, and how much; and whether claims were taken away.
    pub(crate) fn woken(&mut self) -> Outcome<HashMap<String, usize>> {
        let mut types = HashMap::<String, usize>::new();
        if std::mem::take(&mut self.wake_everyone) {
            let all = self.all(sql::streams::worker_types, [self.ns], |row| row.get(0))?;
            types.extend(all.into_iter().map(|worker_type| (worker_type, usize::MAX)));
        }
        for (stream, count) in std::mem::take(&mut self.woken) {
            let found = self.one(sql::streams::load, (self.ns, stream), Stream::read)?;
            if let Some(stream) = found {
                let total = types.entry(stream.worker_type).or_default();
                *total = total.saturating_add(count);
            }
        }
        if std::mem::take(&mut self.claims_cut) {
            self.exec(sql::namespaces::cut, [self.ns])?;
            types.insert(CLAIM_HOLDERS.to_owned(), 1);
        }
        Ok(types)
    }
}
