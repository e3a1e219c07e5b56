//! How often each verb goes to the server: once, large and old work aside.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use taskdb_core::request::{FireSchedule, Probe, PurgeJobs, PutSchedule};
use taskdb_core::store::Gate;
use taskdb_core::{
    EventPolicy, EventsFrom, JobState, NewJob, NewTask, Priority, Schedule, TaskDb, Timestamp,
    VERBS,
};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;
use crate::conn::Conn;

const USER: &str = "user";

/// Makes calls and notes what each costs.
struct Meter {
    conn: Conn,
    costs: Vec<(&'static str, u64)>,
}

/// Makes a call of a verb.
macro_rules! call {
    ($meter:ident, $verb:literal, $call:expr) => {{
        let before = $meter.conn.round_trips();
        let answer = $call.await.unwrap();
        $meter.costs.push(($verb, $meter.conn.round_trips() - before));
        answer
    }};
}

/// Every verb that works on a job, on one that has work for all of them.
async fn of_a_job(m: &mut Meter, db: &TaskDb, stream: Uuid) {
    let job = call!(m, "create_job", db.create_job(&stream, &json!(1), 3, 60, USER));
    let task = |name: &str| NewTask::new(name, stream, json!(name)).retries(3).timeout_secs(60);
    let tasks = ["a", "b", "c", "d"].map(task);
    call!(m, "create_tasks", db.create_tasks(&job, tasks));
    let init = call!(m, "request_work", db.request_work("cpu")).expect("init is ready").claim;
    call!(m, "renew_claims", db.renew(std::slice::from_ref(&init), None));
    call!(m, "update_task_progress", db.progress(&init, 0.5));
    call!(m, "release_claims", db.release(&init));
    call!(m, "release_worker", db.release_worker("nobody"));
    call!(m, "request_work", db.request_work_batch("cpu", 2, None));
    call!(m, "update_task_retry", db.update_task_retry(&job, "a"));
    call!(m, "update_task_done", db.update_task_done(&job, "a", json!(1)));
    call!(m, "get_task", db.get_task(&job, "a"));
    call!(m, "get_task_output", db.get_task_output::<u8>(&job, "a"));
    call!(m, "list_tasks", db.list_tasks(&job, None, None, 9));
    call!(m, "get_prerequisites", db.get_prerequisites(&job, "a"));
    call!(m, "list_claims", db.list_claims(None, None, None, 9));
    call!(m, "update_job", db.set_priority(&job, Priority::High));
    call!(m, "requeue_tasks", db.requeue_tasks(10));
    call!(m, "get_concurrent_jobs", db.get_concurrent_jobs(USER));
    call!(m, "cancel_task", db.cancel_task(&job, "b"));
    call!(m, "retry_task", db.retry_task(&job, "b"));
    call!(m, "update_task_failed", db.update_task_failed(&job, "b", "broken"));
    call!(m, "retry_job", db.retry_job(&job));
    call!(m, "cancel_job", db.cancel_job(&job));
    call!(m, "get_job", db.get_job(&job));
    call!(m, "list_jobs", db.list_jobs(<_>::default(), None, 9));
    call!(m, "delete_job", db.delete_job(&job));
}

/// A claim that comes with what has become of a prerequisite.
async fn of_inputs(m: &mut Meter, db: &TaskDb, stream: Uuid) {
    let job = db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let sum = NewTask::new("sum", stream, json!("sum")).after(["init"]);
    db.create_task_with(&job, sum).await.unwrap();
    db.update_task_done(&job, "init", json!([1, 2])).await.unwrap();
    let claimed = call!(m, "request_work", db.request_work_with_inputs("cpu", None));
    assert_eq!(claimed.expect("sum is ready").1.len(), 1);
    db.delete_job(&job).await.unwrap();
}

async fn of_schedules(m: &mut Meter, db: &TaskDb, stream: Uuid) {
    let schedule = Schedule::new("s", "* * * * *", NewJob::new(USER, stream, json!(1)));
    let put = PutSchedule {
        name: "s".into(),
        body: schedule.body(),
        next_at: Some(Timestamp::from_micros(1)),
    };
    call!(m, "put_schedule", db.store().put_schedule(put));
    call!(m, "list_schedules", db.list_schedules(None, 9));
    let fire = FireSchedule {
        name: "s".into(),
        revision: 1,
        tick: Timestamp::from_micros(1),
        next_at: None,
        job: None,
    };
    call!(m, "fire_schedule", db.store().fire_schedule(fire));
    call!(m, "delete_schedule", db.delete_schedule("s"));
}

async fn of_a_namespace(m: &mut Meter, db: &TaskDb) {
    let stream = call!(m, "create_stream", db.create_stream("cpu", 1, 1.0, USER));
    of_a_job(m, db, stream).await;
    of_inputs(m, db, stream).await;
    call!(m, "update_stream", db.pause_stream(&stream));
    call!(m, "list_streams", db.list_streams(None, 9));
    call!(m, "get_task_state_counts", db.get_task_state_counts());
    call!(m, "clear_completed_jobs", db.clear_completed_jobs());
    let request =
        PurgeJobs { state: JobState::Failed, older_than: None, keep_newest: Some(0), limit: 9 };
    call!(m, "purge_jobs", db.store().purge_jobs(request));
    call!(m, "describe", db.describe());
    call!(m, "probe", db.store().probe(Probe {}));
    call!(m, "heartbeat_worker", db.heartbeat_worker(&json!(1), Duration::from_secs(9)));
    call!(m, "list_workers", db.list_workers(None, 9));
    of_schedules(m, db, stream).await;
    call!(m, "set_gate", db.set_gate(Gate::Open));
    call!(m, "set_events", db.set_events(EventPolicy::default()));
    call!(m, "list_events", db.list_events(EventsFrom::Start, <_>::default(), 9));
    let records = db.export(None, 9).await.unwrap().records;
    call!(m, "import", db.import(records));
    call!(m, "delete_stream", db.delete_stream(&stream));
}

async fn costs(server: &Server, namespace: &str) -> Vec<(&'static str, u64)> {
    let config = Config::from_url(&server.url()).unwrap().namespace(namespace.parse().unwrap());
    let (db, conn) = opened(config).await;
    let mut meter = Meter { conn, costs: Vec::new() };
    of_a_namespace(&mut meter, &db).await;
    meter.costs
}

#[tokio::test]
async fn a_verb_is_one_round_trip() {
    /// Those that read or mend a namespace job by job.
    const IN_STEPS: [&str; 3] = ["export", "check_stuck_pending_tasks", "repair"];
    let server = Server::start().unwrap();
    // The first call of a script makes it known to the server.
    costs(&server, "first").await;
    let costs = costs(&server, "second").await;
    assert!(costs.iter().all(|(_, trips)| *trips == 1), "{costs:?}");
    let called: BTreeSet<_> = costs.iter().map(|(verb, _)| *verb).chain(IN_STEPS).collect();
    assert_eq!(called, VERBS.iter().copied().collect());
}
