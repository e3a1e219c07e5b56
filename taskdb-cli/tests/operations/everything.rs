//! Every call there is, made once, for roles that should be allowed them all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use taskdb::layers::{Call, Interceptor, Outcome};
use taskdb::store::Gate;
use taskdb::{
    Claim, EventFilter, EventPolicy, EventsFrom, JobFilter, Keep, NewJob, NewTask, Result,
    Retention, Schedule, TaskDb,
};
use tokio::time::timeout;
use uuid::Uuid;

/// Notes which verbs were called.
#[derive(Clone, Default)]
struct Called(Arc<Mutex<BTreeSet<&'static str>>>);

#[async_trait]
impl Interceptor for Called {
    type Note = ();

    async fn before(&self, call: Call<'_>) -> Result<()> {
        self.0.lock().unwrap().insert(call.verb());
        Ok(())
    }

    async fn after(&self, (): (), _: Outcome<'_>) -> Result<()> {
        Ok(())
    }
}

/// Makes every call; each must succeed. `other` is the same namespace by another connection,
/// which makes the work that this one waits for.
pub(crate) async fn make_every_call(db: &TaskDb, other: &TaskDb) {
    let called = Called::default();
    let db = db.intercept(called.clone());
    let (stream, job) = work(&db).await.expect("work");
    look(&db, &job).await.expect("looks");
    wait(&db, other, &stream).await.expect("hints of work and events");
    tend(&db).await.expect("chores");
    end(&db, &stream, &job).await.expect("the end");
    assert_eq!(db.audit().await.expect("an audit"), []);
    let all: BTreeSet<_> = taskdb_core::VERBS.iter().copied().collect();
    let missing: Vec<_> = all.difference(&called.0.lock().unwrap()).copied().collect();
    assert_eq!(missing, Vec::<&str>::new(), "these were not called");
}

async fn claim(db: &TaskDb) -> Result<Claim> {
    Ok(db.request_work("cpu").await?.expect("a task is ready").claim)
}

/// A job with tasks that end in every way.
async fn work(db: &TaskDb) -> Result<(Uuid, Uuid)> {
    let stream = db.create_stream("cpu", 1, 1.0, "alice").await?;
    db.update_stream(&stream, 2, 2.0).await?;
    let job = NewJob::new("alice", stream, json!(1))
        .retries(9)
        .key("once")
        .name("nightly")
        .label("a", "b");
    let job = db.create_job_with(job).await?;
    let late = NewTask::new("late", stream, json!(1)).delay(Duration::from_secs(3600));
    let late = late.expires_in(Duration::from_secs(7200)).optional();
    let tasks = ["a", "b", "c"].map(|name| NewTask::new(name, stream, json!(1)).after(["init"]));
    db.create_tasks(&job, tasks.into_iter().chain([late])).await?;
    let init = claim(db).await?;
    db.progress(&init, 0.5).await?;
    db.retry(&init, Duration::ZERO).await?;
    db.release(&claim(db).await?).await?;
    claim(db).await?;
    assert_eq!(db.release_worker(db.worker_id()).await?, 1);
    let init = claim(db).await?;
    let child = NewTask::new("child", stream, json!(1));
    db.complete_with_children(&init, &json!({"n": 1}), [child]).await?;
    let taken = claim(db).await?;
    db.renew(std::slice::from_ref(&taken), None).await?[0].as_ref().expect("it holds");
    db.fail(&taken, "broken").await?;
    db.retry_job(&job).await?;
    db.cancel_task(&job, "late").await?;
    Ok((stream, job))
}

async fn look(db: &TaskDb, job: &Uuid) -> Result<()> {
    db.get_job(job).await?;
    db.list_jobs(JobFilter { user_id: Some("alice".to_owned()), ..JobFilter::default() }, None, 9)
        .await?;
    assert_eq!(db.get_concurrent_jobs("alice").await?, 1);
    db.get_task(job, "a").await?;
    db.get_task_output::<serde_json::Value>(job, "init").await?;
    db.list_tasks(job, None, None, 9).await?;
    db.get_prerequisites(job, "a").await?;
    db.list_claims(None, None, None, 9).await?;
    db.list_streams(None, 9).await?;
    db.get_task_state_counts().await?;
    db.check_stuck_pending_tasks().await?;
    db.health().await?;
    Ok(())
}

/// What goes by hints between processes: a worker that waits, and one who follows events.
async fn wait(db: &TaskDb, other: &TaskDb, stream: &Uuid) -> Result<()> {
    db.set_events(EventPolicy::default()).await?;
    let mut events = db.subscribe(EventsFrom::Start, EventFilter::default());
    while let Some(task) = db.request_work("cpu").await? {
        db.complete(&task.claim, &json!(1)).await?;
    }
    let work = async {
        let job = other.create_job(stream, &json!(2), 0, 60, "bob").await?;
        Ok::<_, taskdb::TaskDbErr>(job)
    };
    let (task, job) = tokio::join!(db.request_work_wait("cpu", 20), work);
    let (task, job) = (task?.expect("work within 20 s"), job?);
    assert_eq!(task.job_id, job);
    db.complete(&task.claim, &json!(1)).await?;
    // What has happened so far, and then one thing more.
    while let Ok(event) = timeout(Duration::from_millis(300), events.next()).await {
        event?;
    }
    let definition = json!(3);
    let more = other.create_job(stream, &definition, 0, 60, "bob");
    let (event, more) = tokio::join!(timeout(Duration::from_secs(20), events.next()), more);
    assert_eq!(event.expect("an event within 20 s")?.job_id, more?);
    Ok(())
}

/// What workers and operators do beside the work.
async fn tend(db: &TaskDb) -> Result<()> {
    db.requeue_tasks(10).await?;
    db.heartbeat_worker(&json!({"host": "a"}), Duration::from_secs(60)).await?;
    assert_eq!(db.list_workers(None, 9).await?.len(), 1);
    let stream = db.get_stream("alice", "cpu").await?.expect("the stream");
    let report = NewJob::new("alice", stream, json!("report"));
    db.put_schedule(&Schedule::new("nightly", "0 0 * * *", report.clone())).await?;
    // One that is due at once is fired, by its own verb.
    db.put_schedule(&Schedule::new("often", "* * * * * *", report)).await?;
    assert_eq!(db.list_schedules(None, 9).await?.len(), 2);
    while db.fire_schedules().await? == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for name in ["nightly", "often"] {
        db.delete_schedule(name).await?;
    }
    db.purge(&Retention { failed: Keep { age: None, count: Some(5) }, ..Retention::OFF }).await?;
    db.repair().await?;
    let mut cursor = None;
    loop {
        let page = db.export(cursor, 100).await?;
        db.import(page.records).await?;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    for gate in [Gate::NoClaims, Gate::ReadOnly, Gate::Open] {
        db.set_gate(gate).await?;
    }
    Ok(())
}

/// Everything goes again.
async fn end(db: &TaskDb, stream: &Uuid, job: &Uuid) -> Result<()> {
    db.keep_job(job, true).await?;
    let doomed = db.create_job(stream, &json!(3), 0, 60, "alice").await?;
    db.cancel_job(&doomed).await?;
    db.retry_task(&doomed, "init").await?;
    db.delete_job_with_ttl(&doomed, 60).await?;
    db.clear_completed_jobs().await?;
    for job in db.list_jobs(JobFilter::default(), None, 100).await? {
        db.delete_job(&job.job_id).await?;
    }
    db.delete_stream(stream).await
}
