//! Calls that are dropped and have little to be checked afterwards but that the store is
//! sound: those that look, recur, move data, tidy up or wait.

use std::time::Duration;

use serde_json::json;
use taskdb::record::Record;
use taskdb::sqlite::Config;
use taskdb::{JobFilter, Keep, Priority, Retention, Schedule};

use crate::dropped::Caller;

/// An age that nothing here comes near to.
const LATE: u64 = 1_000_000_000;

/// A stream with a finished job, from another store, younger than everything here.
pub(crate) async fn records() -> Vec<Record> {
    let db = Config::memory().connect().await.expect("it opens");
    let stream = db.create_stream("moved", 0, 1.0, "carol").await.expect("a stream");
    db.create_job(&stream, &json!({}), 3, 60, "carol").await.expect("a job");
    let init = db.request_work("moved").await.expect("work").expect("init");
    db.complete(&init.claim, &json!("moved")).await.expect("an answer");
    let mut records = db.export(None, 100).await.expect("a page").records;
    for record in &mut records {
        match record {
            Record::Stream(stream) => stream.age = LATE,
            Record::Job(job) => job.age = LATE,
            _ => {}
        }
    }
    records
}

impl Caller {
    pub(crate) async fn of_the_rest(&mut self, kind: u64) {
        match kind {
            kind if kind < 38 => self.of_workers(kind).await,
            kind if kind < 44 => self.of_jobs(kind).await,
            kind => self.of_schedules_and_records(kind).await,
        }
    }

    async fn of_workers(&mut self, kind: u64) {
        let db = self.db.clone();
        let moment = Duration::from_millis(1);
        match kind {
            32 => {
                let call = async move { db.heartbeat_worker(&json!({}), moment).await };
                drop(self.try_call(call).await);
            }
            33 => drop(self.try_call(async move { db.list_workers(None, 10).await }).await),
            34 => {
                let call = async move { db.list_claims(None, None, None, 10).await };
                drop(self.try_call(call).await);
            }
            35 => {
                let Some(task) = self.rng.take(&mut self.claimed) else { return };
                let failures = [(task.claim, "no".to_owned())];
                drop(self.try_call(async move { db.fail_batch(failures).await }).await);
            }
            36 => {
                let wait = moment * 5;
                let call = async move { db.request_work_batch_wait("gpu", 3, None, wait).await };
                drop(self.try_call(call).await);
            }
            _ => {
                let call = async move { db.request_work_batch("cpu", 3, None).await };
                if let Some(Ok(tasks)) = self.try_call(call).await {
                    self.claimed.extend(tasks);
                }
            }
        }
    }

    async fn of_jobs(&mut self, kind: u64) {
        let Some(job) = self.jobs.last().copied() else { return };
        let db = self.db.clone();
        match kind {
            38 => drop(self.try_call(async move { db.keep_job(&job, true).await }).await),
            39 => {
                let call = async move { db.set_priority(&job, Priority::High).await };
                drop(self.try_call(call).await);
            }
            40 => {
                let call = async move { db.list_jobs(JobFilter::default(), None, 10).await };
                drop(self.try_call(call).await);
            }
            41 => {
                let call = async move { db.get_prerequisites(&job, "init").await };
                drop(self.try_call(call).await);
            }
            42 => {
                let call = async move { db.get_concurrent_jobs("alice").await };
                drop(self.try_call(call).await);
            }
            _ => {
                let done = Keep { age: None, count: Some(1_000_000) };
                let retention = Retention { done, ..Retention::OFF };
                drop(self.try_call(async move { db.purge(&retention).await }).await);
            }
        }
    }

    async fn of_schedules_and_records(&mut self, kind: u64) {
        let db = self.db.clone();
        match kind {
            44 => {
                let schedule = Schedule::new("daily", "0 3 * * *", self.job(self.stream_id));
                drop(self.try_call(async move { db.put_schedule(&schedule).await }).await);
            }
            45 => drop(self.try_call(async move { db.fire_schedules().await }).await),
            46 => drop(self.try_call(async move { db.list_schedules(None, 10).await }).await),
            47 => drop(self.try_call(async move { db.delete_schedule("daily").await }).await),
            48 => {
                let records = self.records.clone();
                drop(self.try_call(async move { db.import(records).await }).await);
            }
            _ => drop(self.try_call(async move { db.describe().await }).await),
        }
    }
}
