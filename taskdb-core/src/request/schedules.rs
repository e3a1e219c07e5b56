//! Requests about schedules. A store keeps what a schedule says and when its next tick
//! is; what a tick is, [`schedule`](crate::schedule) knows.

use super::checks::Checks;
use super::{CreateJob, Request};
use crate::error::Result;
use crate::json::CanonicalJson;
use crate::limits::Limits;
use crate::schedule::ScheduleInfo;
use crate::time::Timestamp;

/// Writes a schedule.
#[derive(Debug, Clone)]
pub struct PutSchedule {
    /// Its name.
    pub name: String,
    /// What it says.
    pub body: CanonicalJson,
    /// Its next tick; it rests when `None`.
    pub next_at: Option<Timestamp>,
}

impl Request for PutSchedule {
    const VERB: &'static str = "put_schedule";
    type Reply = ();

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        checks.name("schedule", &self.name).add(limits.payload("schedule", &self.body));
        checks.finish()
    }

    fn subject(&self) -> String {
        subject(&self.name)
    }
}

/// Removes a schedule.
#[derive(Debug, Clone)]
pub struct DeleteSchedule {
    /// Its name.
    pub name: String,
}

impl Request for DeleteSchedule {
    const VERB: &'static str = "delete_schedule";
    type Reply = ();

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).reference("schedule", &self.name).finish()
    }

    fn subject(&self) -> String {
        subject(&self.name)
    }
}

/// Lists schedules.
#[derive(Debug, Clone, Default)]
pub struct ListSchedules {
    /// Only those whose tick has come by the store's clock.
    pub due: bool,
    /// Only those whose name comes after this one, bytewise.
    pub after: Option<String>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListSchedules {
    const VERB: &'static str = "list_schedules";
    type Reply = Vec<ScheduleInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).page(self.limit).finish()
    }

    fn subject(&self) -> String {
        String::new()
    }
}

/// Moves a schedule from one tick to the next.
#[derive(Debug, Clone)]
pub struct FireSchedule {
    /// Its name.
    pub name: String,
    /// The revision that the caller has read.
    pub revision: u64,
    /// The tick that the caller has read.
    pub tick: Timestamp,
    /// The tick after it; the schedule rests when `None`.
    pub next_at: Option<Timestamp>,
    /// The job to make; nothing is made for a tick that is passed over.
    pub job: Option<CreateJob>,
}

impl Request for FireSchedule {
    const VERB: &'static str = "fire_schedule";
    type Reply = bool;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        checks.reference("schedule", &self.name);
        if let Some(job) = &mut self.job {
            let outcome = job.check(limits);
            checks.add(outcome);
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        subject(&self.name)
    }
}

fn subject(name: &str) -> String {
    format!("schedule `{name}`")
}
