//! A call of every verb, in the world of [`scene`](crate::scene). Each can be made again
//! after it has happened and then changes nothing more.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::record::{Record, StreamRecord};
use taskdb::request::{CreateJob, FireSchedule, Import, Probe, PurgeJobs, PutSchedule};
use taskdb::store::{Gate, StoreInfo, StoreSize};
use taskdb::{
    EventFilter, EventPolicy, EventsFrom, JobFilter, JobState, NewJob, NewTask, Priority, Result,
    Rules, TaskDb,
};

use crate::scene::{DONE, FAILED, Ids, READY, RUNNING, SCHEDULE, TICK, WORKER, body, claim};

/// A call under way, with its answer in words.
type Call = Pin<Box<dyn Future<Output = Result<String>>>>;

/// Makes a call.
pub(crate) type Caller = fn(TaskDb, Ids) -> Call;

const MINUTE: Duration = Duration::from_secs(60);

macro_rules! calls {
    ($db:ident, $ids:ident: $($verb:ident => $call:expr,)*) => {
        /// The calls, by their verbs.
        pub(crate) const CALLS: &[(&str, Caller)] = &[$((stringify!($verb), |$db, $ids| {
            // Not every call names something of the world.
            let _ = $ids;
            Box::pin(async move { $call.await.map(|answer| format!("{answer:?}")) })
        })),*];
    };
}

calls! { db, ids:
    create_stream => db.create_stream_as(ids.new, "new", 1, 2.0, "carol"),
    update_stream => db.update_stream(&ids.cpu, 3, 2.0),
    delete_stream => db.delete_stream(&ids.spare),
    list_streams => db.list_streams(None, 10),
    create_job => db.create_job_with(NewJob::new("alice", ids.cpu, json!({})).id(ids.new)),
    update_job => db.set_priority(&READY, Priority::High),
    cancel_job => db.cancel_job(&RUNNING),
    retry_job => db.retry_job(&FAILED),
    delete_job => db.delete_job(&RUNNING),
    clear_completed_jobs => db.clear_completed_jobs(),
    purge_jobs => db.store().purge_jobs(purge()),
    get_job => db.get_job(&RUNNING),
    list_jobs => db.list_jobs(JobFilter::default(), None, 10),
    get_concurrent_jobs => db.get_concurrent_jobs("alice"),
    create_tasks => db.create_tasks(&RUNNING, pair(ids)),
    cancel_task => db.cancel_task(&RUNNING, "waits"),
    retry_task => db.retry_task(&FAILED, "init"),
    get_task => db.get_task(&RUNNING, "waits"),
    get_task_output => db.get_task_output::<Value>(&DONE, "init"),
    list_tasks => db.list_tasks(&RUNNING, None, None, 10),
    get_prerequisites => db.get_prerequisites(&RUNNING, "waits"),
    request_work => db.as_worker(WORKER).request_work_as("cpu", ids.new, None),
    update_task_done => db.complete_with_children(&claim(RUNNING), &json!("out"), pair(ids)),
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
    fire_schedule => db.store().fire_schedule(fire(ids)),
    get_task_state_counts => db.get_task_state_counts(),
    check_stuck_pending_tasks => db.check_stuck_pending_tasks(),
    repair => db.repair(),
    describe => described(&db),
    probe => db.store().probe(Probe {}),
    set_gate => db.set_gate(Gate::NoClaims),
    list_events => db.list_events(EventsFrom::Start, EventFilter::default(), 10),
    set_events => db.set_events(EventPolicy { max_count: 10, ..EventPolicy::default() }),
    export => db.export(None, 100),
    import => db.store().import(Import { records: vec![Record::Stream(stream(ids))] }),
}

/// Without the room that the store takes, which is not the same from one moment to the next.
async fn described(db: &TaskDb) -> Result<StoreInfo> {
    Ok(StoreInfo { size: StoreSize::default(), ..db.describe().await? })
}

fn purge() -> PurgeJobs {
    PurgeJobs { state: JobState::Failed, older_than: None, keep_newest: Some(0), limit: 10 }
}

/// Two tasks, one behind the other.
fn pair(Ids { cpu, .. }: Ids) -> [NewTask; 2] {
    [NewTask::new("one", cpu, json!(1)), NewTask::new("two", cpu, json!(2)).after(["one"])]
}

fn weekly() -> PutSchedule {
    PutSchedule { name: "weekly".to_owned(), body: body(), next_at: Some(TICK) }
}

fn fire(ids: Ids) -> FireSchedule {
    let job = CreateJob {
        job_id: ids.new,
        user_id: "alice".to_owned(),
        stream_id: ids.cpu,
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

fn stream(ids: Ids) -> StreamRecord {
    StreamRecord {
        stream_id: ids.new,
        // After all that have been there.
        age: 1_000 + 5 * ids.setting,
        worker_type: "new".to_owned(),
        user_id: "carol".to_owned(),
        reserved: 0,
        be_mult: 1.0,
        paused: false,
        deleted: false,
        derived: None,
    }
}
