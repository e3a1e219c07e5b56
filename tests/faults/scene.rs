//! A small world in which every verb has something to do, set up anew for each call, and
//! what can be seen of it.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;
use taskdb::record::Record;
use taskdb::request::{HeartbeatWorker, PutSchedule};
use taskdb::store::Gate;
use taskdb::{
    CanonicalJson, Claim, Clock, EventPolicy, JobFilter, ManualClock, NewJob, NewTask, TaskDb,
    Timestamp,
};
use uuid::Uuid;

/// Ids that are new with each setting, for that of a deleted stream is never free again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    /// A stream with work.
    pub(crate) cpu: Uuid,
    /// One without.
    pub(crate) spare: Uuid,
    /// What is not there yet.
    pub(crate) new: Uuid,
    /// How often the world was set.
    pub(crate) setting: u64,
}

impl Ids {
    fn of(setting: u64) -> Self {
        let id = |place| Uuid::from_u64_pair(setting, place);
        Self { cpu: id(1), spare: id(2), new: id(3), setting }
    }

    /// A text with names in place of these ids.
    pub(crate) fn plain(&self, text: &str) -> String {
        let ids = [(self.cpu, "CPU"), (self.spare, "SPARE"), (self.new, "NEW")];
        ids.iter().fold(text.to_owned(), |text, (id, name)| text.replace(&id.to_string(), name))
    }
}

/// A job that runs, with a task `waits` behind its claimed `init`.
pub(crate) const RUNNING: Uuid = Uuid::from_u128(10);
/// One that is done, with an output.
pub(crate) const DONE: Uuid = Uuid::from_u128(11);
/// One that has failed.
pub(crate) const FAILED: Uuid = Uuid::from_u128(12);
/// One whose claim has expired.
const EXPIRED: Uuid = Uuid::from_u128(13);
/// One that nobody has claimed.
pub(crate) const READY: Uuid = Uuid::from_u128(14);
/// Who holds the claims.
pub(crate) const WORKER: &str = "worker";
/// A schedule that is due.
pub(crate) const SCHEDULE: &str = "nightly";
/// A schedule's next tick.
pub(crate) const TICK: Timestamp = Timestamp::from_micros(1);
const PAGE: usize = 1_000;

/// The first claim on the task `init` of a job.
pub(crate) fn claim(job: Uuid) -> Claim {
    Claim { job_id: job, task_id: "init".to_owned(), id: claim_id(job), attempt: 1 }
}

fn claim_id(job: Uuid) -> Uuid {
    Uuid::from_u128(job.as_u128() + 1_000)
}

pub(crate) fn body() -> CanonicalJson {
    CanonicalJson::new(&json!({}))
}

/// A namespace with a clock that stands.
pub(crate) struct Scene {
    pub(crate) db: TaskDb,
    pub(crate) clock: ManualClock,
    /// How often it was set.
    pub(crate) setting: Cell<u64>,
}

impl Scene {
    /// Removes everything and sets the world up.
    pub(crate) async fn set(&self) {
        self.setting.update(|setting| setting + 1);
        self.clear().await.expect("it is emptied");
        self.arrange().await.expect("it is arranged");
    }

    /// The ids of the world as it is set now.
    pub(crate) fn ids(&self) -> Ids {
        Ids::of(self.setting.get())
    }

    async fn clear(&self) -> taskdb::Result<()> {
        let db = &self.db;
        db.set_gate(Gate::Open).await?;
        db.set_events(EventPolicy::default()).await?;
        for job in db.list_jobs(JobFilter::default(), None, PAGE).await? {
            db.delete_job(&job.job_id).await?;
        }
        for stream in db.list_streams(None, PAGE).await? {
            db.delete_stream(&stream.stream_id).await?;
        }
        for schedule in db.list_schedules(None, PAGE).await? {
            db.delete_schedule(&schedule.name).await?;
        }
        for worker in db.list_workers(None, PAGE).await? {
            let db = db.as_worker(&worker.worker_id);
            db.heartbeat_worker(&json!(null), Duration::ZERO).await?;
        }
        self.clock.step_back(self.clock.now().since(ManualClock::default().now()));
        Ok(())
    }

    async fn arrange(&self) -> taskdb::Result<()> {
        let (db, Ids { cpu, spare, .. }) = (&self.db.as_worker(WORKER), self.ids());
        db.create_stream_as(cpu, "cpu", 1, 1.0, "alice").await?;
        db.create_stream_as(spare, "gpu", 0, 1.0, "bob").await?;
        for job in [RUNNING, DONE, FAILED, EXPIRED, READY] {
            let seconds = if job == EXPIRED { 1 } else { 600 };
            let new = NewJob::new("alice", cpu, json!({})).id(job).retries(5);
            db.create_job_with(new.timeout_secs(seconds)).await?;
        }
        db.create_task_with(&RUNNING, NewTask::new("waits", cpu, json!(1)).after(["init"])).await?;
        for job in [RUNNING, DONE, FAILED, EXPIRED] {
            db.request_work_as("cpu", claim_id(job), None).await?;
        }
        db.complete(&claim(DONE), &json!("out")).await?;
        db.fail(&claim(FAILED), "no").await?;
        self.clock.advance(Duration::from_secs(2));
        let (name, worker_id) = (SCHEDULE.to_owned(), WORKER.to_owned());
        let schedule = PutSchedule { name, body: body(), next_at: Some(TICK) };
        db.store().put_schedule(schedule).await?;
        let ttl = Duration::from_secs(600);
        db.store().heartbeat_worker(HeartbeatWorker { worker_id, about: body(), ttl }).await
    }

    /// All that can be seen, in words that are the same for the same world.
    pub(crate) async fn look(&self) -> String {
        let db = &self.db;
        let page = db.export(None, PAGE).await.expect("an export");
        assert!(page.next.is_none(), "a small world fits on a page");
        let records = page.records.into_iter().filter(|record| match record {
            // What is left of those of before.
            Record::Stream(stream) => !stream.deleted || stream.stream_id == self.ids().spare,
            _ => true,
        });
        let lines = records.map(|record| {
            let mut record = serde_json::to_value(record).expect("a record is JSON");
            // Ages go on from one world to the next.
            record.as_object_mut().and_then(|record| record.remove("age"));
            record.to_string()
        });
        let claims = db.list_claims(None, None, None, PAGE).await.expect("claims");
        let workers = db.list_workers(None, PAGE).await.expect("workers");
        let streams = db.list_streams(None, PAGE).await.expect("streams");
        let streams = streams.into_iter().map(|s| (s.stream_id, s.ready, s.running));
        let about = db.describe().await.expect("a description");
        let rest = format!(
            "{claims:?}\n{workers:?}\n{:?}\n{:?} {:?} {:?}",
            streams.collect::<Vec<_>>(),
            about.gate,
            about.mark,
            about.events
        );
        self.ids().plain(&lines.chain([rest]).collect::<Vec<_>>().join("\n"))
    }
}
