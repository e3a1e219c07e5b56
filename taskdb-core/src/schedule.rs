//! Schedules: jobs that recur, by a cron expression in a time zone.
//!
//! A store keeps what a schedule says and when its next tick is, and moves it from one
//! tick to the next in the step that makes the job: so each tick is fired once, however
//! many processes look. What a tick is, is decided here.
//!
//! Cron expressions are those of the crate `croner`: five fields (minute, hour, day of
//! month, month, day of week), or six with seconds first; names, ranges, steps, `L`, `#`,
//! `W`, and nicknames such as `@daily`.

use std::collections::BTreeMap;
use std::time::Duration;

use croner::Cron;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Result, TaskDbErr};
use crate::job::{NewJob, Priority};
use crate::json::CanonicalJson;
use crate::rules::Rules;
use crate::time::{Start, Timestamp};

/// By how much a tick may be late that [`MissedTicks::Skip`] still fires.
pub const GRACE: Duration = Duration::from_secs(60);

/// What happens to ticks that came while no process looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedTicks {
    /// Those more than [`GRACE`] late fire nothing.
    Skip,
    /// However many there were, one job is made for the last of them.
    #[default]
    Once,
    /// Each has its job, in order.
    All,
}

/// A job that recurs.
///
/// ```
/// use taskdb_core::{MissedTicks, NewJob, Schedule};
/// let job = NewJob::new("alice", uuid::Uuid::nil(), serde_json::json!({"report": "daily"}));
/// let schedule = Schedule::new("daily-report", "30 2 * * *", job)
///     .time_zone("Europe/Berlin")
///     .missed(MissedTicks::Skip);
/// assert!(schedule.check().is_ok());
/// assert!(Schedule { cron: "61 * * * *".into(), ..schedule }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its name, unique in its namespace.
    pub name: String,
    /// When it ticks.
    pub cron: String,
    /// The IANA name of the time zone in which it ticks.
    pub time_zone: String,
    /// What happens to ticks that came while no process looked.
    pub missed: MissedTicks,
    /// It does not tick while it is paused, and misses nothing.
    pub paused: bool,
    /// The job of each tick, which gets the labels `schedule`, the name, and `tick`, the time
    /// in UTC. Its id, its key and its start time are not used.
    pub job: NewJob,
}

/// What a store keeps of a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleInfo {
    /// Its name.
    pub name: String,
    /// What it says; [`Schedule::read`] understands it.
    pub body: CanonicalJson,
    /// How often it was replaced by another body, from 1.
    pub revision: u64,
    /// Its next tick; none while it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The last tick that made a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at: Option<Timestamp>,
}

/// The form in which stores keep it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    cron: String,
    time_zone: String,
    missed: MissedTicks,
    #[serde(default)]
    paused: bool,
    job: JobBody,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobBody {
    user_id: String,
    stream_id: Uuid,
    definition: Value,
    max_retries: i32,
    timeout_secs: i32,
    priority: Priority,
    #[serde(default, skip_serializing_if = "Rules::is_default")]
    rules: Rules,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_in: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
}

/// A tick that has come, and where the schedule stands after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// Whether a job is made.
    pub job: bool,
    /// The next tick, if there ever is one.
    pub next_at: Option<Timestamp>,
}

impl Schedule {
    /// A schedule in UTC that makes one job for however many ticks were missed.
    pub fn new(name: impl Into<String>, cron: impl Into<String>, job: NewJob) -> Self {
        Self {
            name: name.into(),
            cron: cron.into(),
            time_zone: "UTC".to_owned(),
            missed: MissedTicks::default(),
            paused: false,
            job,
        }
    }

    /// Ticks in this time zone, an IANA name such as `Europe/Berlin`. A tick that falls
    /// into the hour that is left out in spring comes after it; one in the hour that comes
    /// twice in autumn comes once.
    #[must_use]
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = name.into();
        self
    }

    /// What happens to ticks that came while no process looked.
    #[must_use]
    pub fn missed(mut self, missed: MissedTicks) -> Self {
        self.missed = missed;
        self
    }

    /// Does not tick until it is written again without this.
    #[must_use]
    pub fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Refuses a cron expression or a time zone that nobody understands.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, which says what is wrong.
    pub fn check(&self) -> Result<()> {
        self.clock().map(drop)
    }

    /// Its first tick after `time`; none when there is never one, or while it is paused.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn after(&self, time: Timestamp) -> Result<Option<Timestamp>> {
        let (cron, zone) = self.clock()?;
        Ok(if self.paused { None } else { next(&cron, &zone, time) })
    }

    /// What to do about `tick`, which has come at `now`.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn fire(&self, tick: Timestamp, now: Timestamp) -> Result<Firing> {
        let (cron, zone) = self.clock()?;
        let following = next(&cron, &zone, tick);
        let future = || next(&cron, &zone, now.max(tick));
        Ok(match self.missed {
            MissedTicks::All => Firing { job: true, next_at: following },
            MissedTicks::Once => Firing { job: true, next_at: future() },
            MissedTicks::Skip if now.since(tick) <= GRACE => {
                Firing { job: true, next_at: following }
            }
            MissedTicks::Skip => {
                let horizon = Timestamp::from_micros(now.as_micros() - micros(GRACE) - 1);
                Firing { job: false, next_at: next(&cron, &zone, horizon.max(tick)) }
            }
        })
    }

    /// The job of a tick.
    pub(crate) fn job_of(&self, tick: Timestamp) -> NewJob {
        let time = jiff::Timestamp::from_microsecond(tick.as_micros()).unwrap_or_default();
        let job = NewJob { id: None, key: None, start: Start::Now, ..self.job.clone() };
        job.label("schedule", &self.name).label("tick", time.to_string())
    }

    fn clock(&self) -> Result<(Cron, TimeZone)> {
        let cron = self.cron.parse::<Cron>().map_err(|error| {
            let reason = format!("`{}` is not a cron expression: {error}", self.cron);
            TaskDbErr::invalid("cron", reason)
        })?;
        let zone = TimeZone::get(&self.time_zone).map_err(|_| {
            let reason = format!(
                "`{}` is not a time zone; use an IANA name such as `Europe/Berlin`",
                self.time_zone
            );
            TaskDbErr::invalid("time_zone", reason)
        })?;
        Ok((cron, zone))
    }

    /// What a store keeps of it.
    pub fn body(&self) -> CanonicalJson {
        let job = JobBody {
            user_id: self.job.user_id.clone(),
            stream_id: self.job.stream_id,
            definition: self.job.definition.clone(),
            max_retries: self.job.max_retries,
            timeout_secs: self.job.timeout_secs,
            priority: self.job.priority,
            rules: self.job.rules,
            expires_in: self.job.expires_in,
            name: self.job.name.clone(),
            labels: self.job.labels.clone(),
        };
        let body = Body {
            cron: self.cron.clone(),
            time_zone: self.time_zone.clone(),
            missed: self.missed,
            paused: self.paused,
            job,
        };
        // Strings, numbers and JSON can always be written.
        CanonicalJson::new(&serde_json::to_value(body).unwrap_or_default())
    }

    /// Understands what a store has kept.
    ///
    /// # Errors
    ///
    /// `Json` when another program has written it.
    pub fn read(stored: &ScheduleInfo) -> Result<Self> {
        let body: Body = stored.body.parse()?;
        let job = NewJob::new(body.job.user_id, body.job.stream_id, body.job.definition)
            .retries(body.job.max_retries)
            .timeout_secs(body.job.timeout_secs)
            .priority(body.job.priority);
        let (rules, expires_in) = (body.job.rules, body.job.expires_in);
        let (job_name, labels) = (body.job.name, body.job.labels);
        Ok(Self {
            name: stored.name.clone(),
            cron: body.cron,
            time_zone: body.time_zone,
            missed: body.missed,
            paused: body.paused,
            job: NewJob { start: Start::Now, rules, expires_in, name: job_name, labels, ..job },
        })
    }
}

fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let time = jiff::Timestamp::from_microsecond(after.as_micros()).ok()?;
    let next: Zoned = cron.find_next_occurrence(&time.to_zoned(zone.clone()), false).ok()?;
    Some(Timestamp::from_micros(next.timestamp().as_microsecond()))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str) -> Schedule {
        let job = NewJob::new("ann", Uuid::nil(), serde_json::json!({"n": 1.5})).retries(2);
        Schedule::new("s", cron, job.priority(Priority::High))
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn what_is_stored_is_understood() {
        let schedule = schedule("*/5 * * * * *").time_zone("Asia/Kolkata").paused();
        let stored = ScheduleInfo {
            name: "s".into(),
            body: schedule.body(),
            revision: 1,
            next_at: None,
            fired_at: None,
        };
        assert_eq!(Schedule::read(&stored).unwrap(), schedule);
        assert_eq!(schedule.after(at("2026-11-21T00:00:00Z")).unwrap(), None, "paused");
    }

    #[test]
    fn ticks_follow_the_time_zone_over_the_changes_of_its_clocks() {
        let berlin = schedule("30 2 * * *").time_zone("Europe/Berlin");
        let mut time = at("2026-03-27T12:00:00Z");
        let mut ticks = Vec::new();
        for _ in 0..3 {
            time = berlin.after(time).unwrap().unwrap();
            ticks.push(time);
        }
        // On the 29th, half past two does not exist.
        let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
        assert_eq!(ticks, expected.map(at));
        // On 25 October, it exists twice, and ticks once.
        let first = berlin.after(at("2026-10-24T12:00:00Z")).unwrap().unwrap();
        let second = berlin.after(first).unwrap().unwrap();
        assert_eq!(second, at("2026-10-26T01:30:00Z"), "{first:?}");
    }

    #[test]
    fn what_nobody_understands_is_refused() {
        for bad in ["", "* * * *", "61 * * * *", "every day"] {
            let error = schedule(bad).check().unwrap_err();
            assert!(matches!(error, TaskDbErr::InvalidArgument { argument: "cron", .. }), "{bad}");
        }
        let error = schedule("* * * * *").time_zone("Mars/Olympus").check().unwrap_err();
        assert!(matches!(error, TaskDbErr::InvalidArgument { argument: "time_zone", .. }));
    }

    #[test]
    fn missed_ticks_by_policy() {
        let (tick, now) = (at("2026-11-21T10:00:00Z"), at("2026-11-21T10:42:30Z"));
        let fire = |missed| schedule("*/10 * * * *").missed(missed).fire(tick, now).unwrap();
        let following = Some(at("2026-11-21T10:10:00Z"));
        let future = Some(at("2026-11-21T10:50:00Z"));
        assert_eq!(fire(MissedTicks::All), Firing { job: true, next_at: following });
        assert_eq!(fire(MissedTicks::Once), Firing { job: true, next_at: future });
        assert_eq!(fire(MissedTicks::Skip), Firing { job: false, next_at: future });
        // A tick within the grace is not passed over.
        let now = at("2026-11-21T10:40:30Z");
        let late = schedule("*/10 * * * *").missed(MissedTicks::Skip).fire(tick, now).unwrap();
        let recent = Some(at("2026-11-21T10:40:00Z"));
        assert_eq!(late, Firing { job: false, next_at: recent });
    }

    #[test]
    fn a_schedule_can_end() {
        let once = schedule("0 0 1 1 * 2027");
        if let Ok(first) = once.after(at("2026-11-21T00:00:00Z")) {
            assert_eq!(once.after(first.unwrap()).unwrap(), None);
        }
    }
}
