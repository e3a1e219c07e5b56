//! An agent: takes tasks of one worker type, does them and reports.

use serde_json::{Value, json};
use taskdb::{Handle, ReadyTask, TaskDbErr};
use uuid::Uuid;

use crate::app::{Log, Running};
use crate::executor;
use crate::work::{Flaw, Proof, Work, WorkErr};

pub(crate) struct Agent<H> {
    pub(crate) db: H,
    pub(crate) worker_type: &'static str,
    pub(crate) running: Running,
    pub(crate) log: Log,
}

impl<H: Handle> Agent<H> {
    /// Asks for work again and again.
    pub(crate) async fn poll_work(self) -> Result<(), TaskDbErr> {
        while self.running.goes_on() {
            if let Some(task) = taskdb::request_work(&self.db, self.worker_type).await? {
                self.work(task).await?;
            } else {
                self.running.pause().await;
            }
        }
        Ok(())
    }

    /// Waits for work in the store, and at the end of the application no longer.
    pub(crate) async fn wait_for_work(self) -> Result<(), TaskDbErr> {
        while self.running.goes_on() {
            let task = tokio::select! {
                task = taskdb::request_work_wait(&self.db, self.worker_type, 30) => task?,
                () = self.running.ended() => None,
            };
            if let Some(task) = task {
                self.work(task).await?;
            }
        }
        Ok(())
    }

    /// Does a task. One that fails is tried again as long as it may.
    async fn work(&self, task: ReadyTask) -> Result<(), TaskDbErr> {
        let ReadyTask { job_id, task_id, max_retries, .. } = &task;
        let reported = match self.process(&task).await {
            Ok(output) => taskdb::update_task_done(&self.db, job_id, task_id, output).await?,
            Err(error) if *max_retries > 0 => {
                self.log.say(format!("retry {task_id}: {error}"));
                taskdb::update_task_retry(&self.db, job_id, task_id).await?
            }
            Err(error) => {
                taskdb::update_task_failed(&self.db, job_id, task_id, &error.to_string()).await?
            }
        };
        if !reported {
            self.log.say(format!("gave up {task_id}"));
        }
        Ok(())
    }

    async fn process(&self, task: &ReadyTask) -> Result<Value, WorkErr> {
        match serde_json::from_value(task.task_def.clone())? {
            Work::Execute(execution) => executor::execute(&self.db, task, &execution).await,
            Work::Segment { number, flaw } => {
                self.prove(&task.job_id, &task.task_id, number, flaw).await
            }
            Work::Keccak { number } => {
                Ok(json!(Proof { keccaks: vec![number], ..Proof::default() }))
            }
            Work::Join | Work::Union | Work::Finalize => self.combine(task).await,
        }
    }

    async fn prove(
        &self,
        job_id: &Uuid,
        task_id: &str,
        number: u64,
        flaw: Flaw,
    ) -> Result<Value, WorkErr> {
        let retries = taskdb::get_task_retries_running(&self.db, job_id, task_id).await?;
        let fails = match flaw {
            Flaw::None => false,
            Flaw::FailsOnce => retries == Some(0),
            Flaw::AlwaysFails => true,
        };
        if fails {
            return Err(WorkErr::OutOfMemory(number));
        }
        Ok(json!(Proof { segments: vec![number], ..Proof::default() }))
    }

    /// Puts the proofs of all prerequisites together, in their order.
    async fn combine(&self, task: &ReadyTask) -> Result<Value, WorkErr> {
        let inputs: Vec<String> = serde_json::from_value(task.prereqs.clone())?;
        let mut proof = Proof::default();
        for input in &inputs {
            let part = taskdb::get_task_output::<Proof>(&self.db, &task.job_id, input).await?;
            proof = proof.followed_by(part);
        }
        Ok(json!(proof))
    }
}
