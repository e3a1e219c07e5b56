//! Two hundred schedulers in four processes, all of which look at every tick in the same moment:
//! each tick of a cron expression makes one job, and ticks that nobody was there for make what
//! their policy says.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use taskdb::{JobFilter, MissedTicks, NewJob, Schedule, TaskDb};

use crate::child::{Child, note};
use crate::place::{Place, Streams, USER};

const PROCESSES: usize = 4;
const SCHEDULERS: usize = 50;
/// The handles of each process, with connections of their own.
const HANDLES: usize = 3;
/// How long children look for ticks.
const LOOKING: Duration = Duration::from_secs(4);
/// The ticks that come before anybody looks.
const MISSED: u64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticks_on_sqlite() {
    ticks(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticks_on_redis() {
    ticks(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticks_on_postgres() {
    ticks(Place::postgres()).await;
}

async fn ticks(place: Place) {
    let db = place.connect().await;
    let streams = Streams::of(&db).await;
    let schedules = [MissedTicks::All, MissedTicks::Skip, MissedTicks::Once].map(|missed| {
        let job = NewJob::new(USER, streams.cpu, json!({}));
        Schedule::new(format!("{missed:?}"), "* * * * * *", job).missed(missed)
    });
    for schedule in &schedules {
        db.put_schedule(schedule).await.expect("a schedule");
    }
    let begun = db.list_schedules(None, 3).await.expect("schedules");
    let first = begun.iter().filter_map(|schedule| schedule.next_at).max().expect("a tick");
    let nobody = first.after(Duration::from_secs(MISSED)).since(now(&db).await);
    tokio::time::sleep(nobody).await;

    let children: Vec<_> =
        (0..PROCESSES).map(|_| Child::schedulers(&place.url(), SCHEDULERS)).collect();
    let mut fired = 0;
    for child in children {
        let (status, lines) = child.ended().await;
        assert!(status.success(), "schedulers have ended with {status}");
        let count = |line: &String| line.strip_prefix("fired ")?.parse::<u64>().ok();
        fired += lines.iter().find_map(count).expect("how many it has fired");
    }

    let mut jobs = 0;
    for schedule in &schedules {
        let (came, made) = made(&db, schedule, &begun).await;
        jobs += made;
        note(&format!("{} of {came} ticks for {}: {made} jobs", place.url(), schedule.name));
        match schedule.missed {
            // None is so late that it would be passed over.
            MissedTicks::All | MissedTicks::Skip => assert_eq!(made, came, "{}", schedule.name),
            MissedTicks::Once => assert!((1..=came - MISSED).contains(&made), "{made} of {came}"),
        }
        assert!(came > MISSED + 2, "only {came} ticks");
    }
    assert_eq!(fired, jobs, "each process knows what it has fired");
    assert_eq!(db.audit().await.expect("an audit"), []);
}

async fn now(db: &TaskDb) -> taskdb::Timestamp {
    db.describe().await.expect("the time of the store").now
}

/// How many ticks of a schedule have come, the last that made a job included, and how many
/// jobs there are, each for a tick of its own.
async fn made(db: &TaskDb, schedule: &Schedule, begun: &[taskdb::ScheduleInfo]) -> (u64, u64) {
    let named = |listed: &[taskdb::ScheduleInfo]| {
        listed.iter().find(|listed| listed.name == schedule.name).expect("it is there").clone()
    };
    let (mut tick, mut came) = (named(begun).next_at, 0);
    let last = named(&db.list_schedules(None, 3).await.expect("schedules")).fired_at;
    while let Some(at) = tick.filter(|at| Some(*at) <= last) {
        came += 1;
        tick = schedule.after(at).expect("a cron expression");
    }
    let of_it = JobFilter::default().label("schedule", &schedule.name);
    let jobs = db.list_jobs(of_it, None, 1_000).await.expect("jobs");
    let ticks: BTreeSet<_> = jobs.iter().map(|job| &job.labels["tick"]).collect();
    assert_eq!(ticks.len(), jobs.len(), "a tick of {} was fired twice: {jobs:?}", schedule.name);
    (came, jobs.len() as u64)
}

/// Lets schedulers look, all of them when a second begins; how many jobs they have made.
pub(crate) async fn fire(url: &str, schedulers: usize) -> u64 {
    let handles = (0..HANDLES).map(|_| taskdb::connect(url));
    let handles: Vec<_> =
        join_all(handles).await.into_iter().map(|db| db.expect("the store is there")).collect();
    let end = Instant::now() + LOOKING;
    let look = |n: usize| {
        let db = handles[n % HANDLES].clone();
        tokio::spawn(async move {
            let mut fired = 0;
            while Instant::now() < end {
                fired += db.fire_schedules().await.expect("ticks are fired");
                let into = now(&db).await.as_micros().rem_euclid(1_000_000);
                let left = u64::try_from(1_000_000 - into).expect("less than a second");
                tokio::time::sleep(Duration::from_micros(left)).await;
            }
            fired
        })
    };
    let looks: Vec<_> = (0..schedulers).map(look).collect();
    join_all(looks).await.into_iter().map(|fired| fired.expect("no panic")).sum()
}
