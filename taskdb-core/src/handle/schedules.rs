//! Calls about jobs that recur.

use super::TaskDb;
use super::jobs::request;
use crate::error::Result;
use crate::request::{DeleteSchedule, FireSchedule, ListSchedules, PutSchedule};
use crate::schedule::{Schedule, ScheduleInfo};
use crate::time::Timestamp;

/// The most schedules that are looked at together.
const PAGE: usize = 100;
/// The most ticks of one schedule that one call of [`TaskDb::fire_schedules`] fires.
const TICKS: usize = 100;

impl TaskDb {
    /// Writes a schedule under its name. Writing the same again changes nothing, so a
    /// program may do so whenever it starts. A schedule that says something else begins
    /// with its first tick from now.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a cron expression or time zone that nobody understands.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<()> {
        schedule.check()?;
        // Refuses now what would be refused at every tick.
        crate::request::Request::check(&mut request(schedule.job.clone()), &self.limits)?;
        let next_at = schedule.after(self.now().await?)?;
        let (name, body) = (schedule.name.clone(), schedule.body());
        self.store.put_schedule(PutSchedule { name, body, next_at }).await
    }

    /// Removes a schedule; unknown: `Ok`. Its jobs stay.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn delete_schedule(&self, name: &str) -> Result<()> {
        self.store.delete_schedule(DeleteSchedule { name: name.to_owned() }).await
    }

    /// Schedules by name, those after the name `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a limit of 0.
    pub async fn list_schedules(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ScheduleInfo>> {
        let after = after.map(str::to_owned);
        self.store.list_schedules(ListSchedules { due: false, after, limit }).await
    }

    /// Makes the jobs of all ticks that have come; returns how many. Any number of
    /// processes may call it whenever they like, once a second say: each tick is fired by
    /// one of them. A schedule whose job is refused does not stop the others.
    ///
    /// # Errors
    ///
    /// The first error, after all schedules were looked at.
    pub async fn fire_schedules(&self) -> Result<u64> {
        let (mut fired, mut first_error, mut after) = (0, Ok(()), None);
        loop {
            let request = ListSchedules { due: true, after, limit: PAGE };
            let due = self.store.list_schedules(request).await?;
            if due.is_empty() {
                return first_error.map(|()| fired);
            }
            let now = self.now().await?;
            for schedule in &due {
                match self.fire(schedule, now).await {
                    Ok(jobs) => fired += jobs,
                    Err(error) => first_error = first_error.and(Err(error)),
                }
            }
            match due.last() {
                Some(last) if due.len() == PAGE => after = Some(last.name.clone()),
                _ => return first_error.map(|()| fired),
            }
        }
    }

    /// Fires the ticks of one schedule, until another process is ahead.
    async fn fire(&self, stored: &ScheduleInfo, now: Timestamp) -> Result<u64> {
        let schedule = Schedule::read(stored)?;
        let (mut tick, mut fired) = (stored.next_at, 0);
        for _ in 0..TICKS {
            let Some(at) = tick.filter(|at| *at <= now) else { break };
            let firing = schedule.fire(at, now)?;
            let call = FireSchedule {
                name: schedule.name.clone(),
                revision: stored.revision,
                tick: at,
                next_at: firing.next_at,
                job: firing.job.then(|| request(schedule.job_of(at))),
            };
            if !self.store.fire_schedule(call).await? {
                break;
            }
            fired += u64::from(firing.job);
            tick = firing.next_at;
        }
        Ok(fired)
    }
}
