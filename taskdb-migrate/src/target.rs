//! The store that records go to.

use taskdb::record::{EventRecord, Record};
use taskdb::request::{DeleteJob, Import, SetGate};
use taskdb::store::{Gate, StoreInfo};
use taskdb::{EventFilter, EventsFrom, TaskDb, TaskDbErr};
use uuid::Uuid;

use crate::error::{MigrateErr, Result};
use crate::mark::Mark;

/// A store that is filled.
#[derive(Debug, Clone)]
pub struct Target {
    name: String,
    db: TaskDb,
}

impl Target {
    /// A store by a name for messages, which must not hold a password.
    pub fn new(name: impl Into<String>, db: TaskDb) -> Self {
        Self { name: name.into(), db }
    }

    /// Its name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The store itself.
    pub fn db(&self) -> &TaskDb {
        &self.db
    }

    pub(crate) fn told<T>(&self, answer: taskdb::Result<T>) -> Result<T> {
        answer.map_err(|error| MigrateErr::store(&self.name, error))
    }

    pub(crate) async fn describe(&self) -> Result<StoreInfo> {
        self.told(self.db.describe().await)
    }

    pub(crate) async fn is_empty(&self) -> Result<bool> {
        let page = self.told(self.db.export(None, 1).await)?;
        Ok(page.records.is_empty() && page.next.is_none())
    }

    pub(crate) async fn log_is_empty(&self) -> Result<bool> {
        let page = self.db.list_events(EventsFrom::Start, EventFilter::default(), 1).await;
        let page = self.told(page)?;
        Ok(page.events.is_empty() && !page.more)
    }

    /// Sets the gate and leaves a mark.
    pub(crate) async fn mark(&self, gate: Gate, mark: Option<&Mark>) -> Result<()> {
        let request = SetGate { gate, mark: mark.map(Mark::text) };
        self.told(self.db.store().set_gate(request).await)
    }

    pub(crate) async fn delete_job(&self, job_id: Uuid) -> Result<()> {
        let request = DeleteJob { job_id, keep_output: std::time::Duration::ZERO };
        self.told(self.db.store().delete_job(request).await)
    }

    /// Writes records; one that is refused is named.
    pub(crate) async fn write(&self, records: &[Record]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        match self.import(records.to_vec()).await {
            Err(error) if is_refusal(&error) => {
                for record in records {
                    let name = label(record);
                    self.import(vec![record.clone()]).await.map_err(|source| {
                        MigrateErr::Record {
                            place: self.name.clone(),
                            record: name,
                            source: Box::new(source),
                        }
                    })?;
                }
                self.told(Err(error))
            }
            answer => self.told(answer),
        }
    }

    async fn import(&self, records: Vec<Record>) -> taskdb::Result<()> {
        self.db.store().import(Import { records }).await
    }
}

fn is_refusal(error: &TaskDbErr) -> bool {
    matches!(
        error.root(),
        TaskDbErr::InvalidArgument { .. }
            | TaskDbErr::TooLarge { .. }
            | TaskDbErr::InvalidBeMult { .. }
            | TaskDbErr::Batch { .. }
    )
}

/// What a record is, for messages.
pub(crate) fn label(record: &Record) -> String {
    match record {
        Record::Stream(stream) => format!("stream {}", stream.stream_id),
        Record::Job(job) => format!("job {}", job.job_id),
        Record::Task(task) => format!("task `{}` of job {}", task.task_id, task.job_id),
        Record::KeptOutput(kept) => {
            format!("the kept output of task `{}` of job {}", kept.task_id, kept.job_id)
        }
        Record::Schedule(schedule) => format!("schedule `{}`", schedule.name),
        Record::Event(EventRecord { event, .. }) => {
            format!("event `{}` at {} of job {}", event.kind, event.at.as_micros(), event.job_id)
        }
        _ => "a record of a later release".to_owned(),
    }
}
