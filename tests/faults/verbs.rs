//! A call of every verb, in the world of [`scene`](crate::scene). Each can be made again
//! after it has happened and then changes nothing more.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::record::{Record, StreamRecord};
use taskdb::request::{CreateJob, FireSchedule, Import, Probe, PurgeJobs, PutSchedule};
use taskdb::store::Gate;
use taskdb::{
    EventFilter, EventPolicy, EventsFrom, JobFilter, JobState, NewJob, NewTask, Priority, Result,
    Rules, TaskDb,
};
use uuid::Uuid;

use crate::scene::{CPU, DONE, FAILED, READY, RUNNING, SCHEDULE, SPARE, TICK, WORKER, body, claim};

/// A call under way, with its answer in words.
type Call = Pin<Box<dyn Future<Output = Result<String>>>>;

/// Makes a call.
pub(crate) type Caller = fn(TaskDb) -> Call;

/// Something that is not there yet.
const NEW: Uuid = Uuid::from_u128(90);
const MINUTE: Duration = Duration::from_secs(60);

macro_rules! calls {
    ($db:ident: $($verb:ident => $call:expr,)*) => {
        /// The calls, by their verbs.
        pub(crate) const CALLS: &[(&str, Caller)] = &[$((stringify!($verb), |$db| {
            Box::pin(async move { $call.await.map(|answer| format!("{answer:?}")) })
        })),*];
    };
}

calls! { db:
    create_stream => db.create_stream_as(NEW, "new", 1, 2.0, "carol"),
    update_stream => db.update_stream(&CPU, 3, 2.0),
    delete_stream => db.delete_stream(&SPARE),
    list_streams => db.list_streams(None, 10),
    create_job => db.create_job_with(NewJob::new("alice", CPU, json!({})).id(NEW)),
    update_job => db.set_priority(&READY, Priority::High),
    cancel_job => db.cancel_job(&RUNNING),
    retry_job => db.retry_job(&FAILED),
    delete_job => db.delete_job(&RUNNING),
    clear_completed_jobs => db.clear_completed_jobs(),
    purge_jobs => db.store().purge_jobs(purge()),
    get_job => db.get_job(&RUNNING),
    list_jobs => db.list_jobs(JobFilter::default(), None, 10),
    get_concurrent_jobs => db.get_concurrent_jobs("alice"),
    create_tasks => db.create_tasks(&RUNNING, pair()),
    cancel_task => db.cancel_task(&RUNNING, "waits"),
    retry_task => db.retry_task(&FAILED, "init"),
    get_task => db.get_task(&RUNNING, "waits"),
    get_task_output => db.get_task_output::<Value>(&DONE, "init"),
    list_tasks => db.list_tasks(&RUNNING, None, None, 10),
    get_prerequisites => db.get_prerequisites(&RUNNING, "waits"),
    request_work => db.as_worker(WORKER).request_work_as("cpu", NEW, None),
    update_task_done => db.complete_with_children(&claim(RUNNING), &json!("out"), pair()),
    update_task_failed => db.fail(&claim(RUNNING), "no"),
    update_task_progress => db.progress(&claim(RUNNING), 0.5),
    update_task_retry => db.retry(&claim(RUNNING), Duration::ZERO),
    renew_claims => db.renew(&[claim(RUNNING)], Some(MINUTE)),
    release_claims => db.release(&claim(RUNNING)),
    release_worker => db.release_worker(WORKER),
    list_claims => db.list_claims(None, None, None, 10),
    requeue_tasks => db.requeue_tasks(10),
    heartbeat_worker => db.as_worker("another").heartbeat_worker(&json!({}), MINUTE),
    list_workers => db.list_workers(None, 10),
    put_schedule => db.store().put_schedule(weekly()),
    delete_schedule => db.delete_schedule(SCHEDULE),
    list_schedules => db.list_schedules(None, 10),
    fire_schedule => db.store().fire_schedule(fire()),
    get_task_state_counts => db.get_task_state_counts(),
    check_stuck_pending_tasks => db.check_stuck_pending_tasks(),
    repair => db.repair(),
    describe => db.describe(),
    probe => db.store().probe(Probe {}),
    set_gate => db.set_gate(Gate::NoClaims),
    list_events => db.list_events(EventsFrom::Start, EventFilter::default(), 10),
    set_events => db.set_events(EventPolicy { max_count: 10, ..EventPolicy::default() }),
    export => db.export(None, 100),
    import => db.store().import(Import { records: vec![Record::Stream(stream())] }),
}

fn purge() -> PurgeJobs {
    PurgeJobs { state: JobState::Failed, older_than: None, keep_newest: Some(0), limit: 10 }
}

/// Two tasks, one behind the other.
fn pair() -> [NewTask; 2] {
    [NewTask::new("one", CPU, json!(1)), NewTask::new("two", CPU, json!(2)).after(["one"])]
}

fn weekly() -> PutSchedule {
    PutSchedule { name: "weekly".to_owned(), body: body(), next_at: Some(TICK) }
}

fn fire() -> FireSchedule {
    let job = CreateJob {
        job_id: NEW,
        user_id: "alice".to_owned(),
        stream_id: CPU,
        definition: body(),
        max_retries: 0,
        timeout_secs: 60,
        priority: Priority::Medium,
        start: Default::default(),
        key: None,
        expires_in: None,
        rules: Rules::default(),
        name: None,
        labels: BTreeMap::new(),
    };
    let name = SCHEDULE.to_owned();
    FireSchedule { name, revision: 1, tick: TICK, next_at: None, job: Some(job) }
}

fn stream() -> StreamRecord {
    StreamRecord {
        stream_id: NEW,
        age: 1,
        worker_type: "new".to_owned(),
        user_id: "carol".to_owned(),
        reserved: 0,
        be_mult: 1.0,
        paused: false,
        deleted: false,
        derived: None,
    }
}
