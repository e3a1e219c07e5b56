//! `repair`: recomputes what is derived from what it is derived from.

use std::collections::BTreeMap;

use taskdb_core::TaskState;
use taskdb_core::store::RepairReport;

use crate::engine::{close, release};
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// A lane as it is kept: whether it is stopped, and its count in each state.
type Lane = (bool, [i64; 6]);

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<RepairReport> {
    let mut report = RepairReport::default();
    unit.flush()?;
    let mut from = 0;
    while let Some(job) = next_job(unit, from)? {
        from = job + 1;
        mend_job(unit, job, &mut report)?;
    }
    unit.flush()?;
    let mended: Vec<i64> = unit.all(sql::repair::streams, [unit.ns], |row| row.get(0))?;
    report.streams_mended = u64::try_from(mended.len()).unwrap_or(u64::MAX);
    unit.wake_all();
    Ok(report)
}

fn next_job(unit: &mut Unit<'_>, from: i64) -> Outcome<Option<i64>> {
    let next = unit.one(sql::jobs::from, (unit.ns, from), crate::row::Job::read)?;
    Ok(next.map(|job| unit.keep(job)))
}

fn mend_job(unit: &mut Unit<'_>, job: i64, report: &mut RepairReport) -> Outcome<()> {
    if unit.one(sql::releases::of_job, (unit.ns, job), |_| Ok(()))?.is_none() {
        let wrong = unit.all(sql::tasks::miscounted, (unit.ns, job), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        for (task, too_many) in wrong {
            unit.exec(sql::tasks::wait_less, (unit.ns, job, task, too_many))?;
            report.tasks_recounted += 1;
        }
    }
    let lanes_differ = recount(unit, job)?;
    let before = unit.job(job).state;
    if !before.is_stopped() {
        report.tasks_readied += ready_the_stuck(unit, job)?;
        close::if_over(unit, job)?;
    }
    if lanes_differ || unit.job(job).state != before {
        report.jobs_mended += 1;
    }
    unit.flush()
}

/// Counts a job and its lanes anew; whether anything differed.
fn recount(unit: &mut Unit<'_>, job: i64) -> Outcome<bool> {
    let tallies = unit.all(sql::tasks::tally, (unit.ns, job), |row| {
        let (state, count): (usize, i64) = (row.get(1)?, row.get(2)?);
        Ok((row.get::<_, i64>(0)?, state, count, row.get::<_, i64>(3)?))
    })?;
    let stopped = unit.job(job).state.is_stopped();
    let (mut lanes, mut hard) = (BTreeMap::<i64, Lane>::new(), 0);
    for (stream, state, count, untolerated) in tallies {
        lanes.entry(stream).or_insert((stopped, [0; 6])).1[state] = count;
        hard += untolerated;
    }
    let sum = |wanted: fn(TaskState) -> bool| -> i64 {
        let states = TaskState::ALL.into_iter().filter(|state| wanted(*state));
        states.map(|s| lanes.values().map(|lane| lane.1[usize::from(s.code())]).sum::<i64>()).sum()
    };
    let truth = (
        sum(|_| true),
        sum(|state| state != TaskState::Done),
        sum(|state| !state.is_terminal()),
        hard,
    );
    let row = unit.job(job);
    let counters = truth != (row.tasks, row.unresolved, row.open, row.hard);
    if counters {
        let row = unit.job_mut(job);
        (row.tasks, row.unresolved, row.open, row.hard) = truth;
    }
    Ok(mend_lanes(unit, job, &lanes)? || counters)
}

fn mend_lanes(unit: &Unit<'_>, job: i64, truth: &BTreeMap<i64, Lane>) -> Outcome<bool> {
    let kept = unit.all(sql::repair::lanes, (unit.ns, job), |row| {
        let mut counts = [0; 6];
        for (place, count) in counts.iter_mut().enumerate() {
            *count = row.get(2 + place)?;
        }
        Ok((row.get::<_, i64>(0)?, (row.get(1)?, counts)))
    })?;
    let kept: BTreeMap<i64, Lane> = kept.into_iter().collect();
    let same = |stream: &i64| truth.get(stream) == kept.get(stream);
    if truth.keys().chain(kept.keys()).all(same) {
        return Ok(false);
    }
    unit.exec(sql::repair::clear_lanes, (unit.ns, job))?;
    let class = unit.job(job).priority.code();
    for (stream, (stopped, l)) in truth {
        let params = (unit.ns, job, stream, class, stopped, l[0], l[1], l[2], l[3], l[4], l[5]);
        unit.exec(sql::lanes::add, params)?;
    }
    Ok(true)
}

/// Readies or delays pending tasks that wait for no prerequisite; returns how many
/// became ready.
fn ready_the_stuck(unit: &mut Unit<'_>, job: i64) -> Outcome<u64> {
    let startable = unit.all(sql::tasks::startable, (unit.ns, job), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?))
    })?;
    let mut readied = 0;
    for (task, stream, start_at) in startable {
        match start_at {
            Some(time) => {
                unit.exec(sql::delayed::insert, (unit.ns, time, job, task))?;
            }
            None => {
                release::make_ready(unit, job, task, stream)?;
                readied += 1;
            }
        }
    }
    Ok(readied)
}
