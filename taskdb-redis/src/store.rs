//! The seam as a table of contents: each verb lies in the file of its name.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::record::Page;
use taskdb_core::request::*;
use taskdb_core::store::{RepairReport, StoreInfo};
use taskdb_core::wake::WakeHub;
use taskdb_core::{
    CanonicalJson, Clock, JobInfo, Limits, Renewal, Result, Store, StreamInfo, StuckTaskInfo,
    TaskDbErr, TaskInfo, TaskStateCount,
};
use uuid::Uuid;

use crate::args::Args;
use crate::config::Config;
use crate::conn::Conn;
use crate::keys::Keys;
use crate::ops;
use crate::reply::{About, Reply};
use crate::script::{Kind, Script};
use crate::scripts;
use crate::wake::Listener;

/// The layout of what is stored.
const FORMAT: u32 = 1;
/// The oldest release that can read it.
const MIN_READER: u32 = 1;

/// One namespace of a server or cluster.
pub(crate) struct RedisStore {
    pub(crate) conn: Conn,
    pub(crate) limits: Limits,
    keys: Keys,
    clock: Option<Arc<dyn Clock>>,
    hub: Arc<WakeHub>,
    _listener: Listener,
}

impl RedisStore {
    pub(crate) async fn open(config: Config) -> Result<Self> {
        let conn = Conn::open(&config).await?;
        let (hub, keys) = (WakeHub::new(), Keys::new(&config.namespace));
        let listener = Listener::start(&conn, &keys, &hub);
        let store = Self {
            conn,
            limits: config.limits,
            keys,
            clock: config.clock,
            hub,
            _listener: listener,
        };
        store.check_format().await?;
        Ok(store)
    }

    async fn check_format(&self) -> Result<()> {
        let args = self.args().value(FORMAT).value(MIN_READER);
        let mut reply = self.run(&scripts::open, args, &About::default()).await?;
        let (found, min_reader): (u32, u32) = (reply.parse()?, reply.parse()?);
        if min_reader > FORMAT {
            return Err(TaskDbErr::Format { found, supported: FORMAT });
        }
        Ok(())
    }

    /// Arguments that begin with the time, if it is not the server's.
    pub(crate) fn args(&self) -> Args {
        Args::at(self.clock.as_ref().map(|clock| clock.now()))
    }

    /// Runs a script; a refusal of its is the error.
    pub(crate) async fn run(
        &self,
        script: &'static Script,
        args: Args,
        about: &About<'_>,
    ) -> Result<Reply> {
        self.run_as(script.kind, script, args, about).await
    }

    /// Runs a script that may be sent again in other cases than usual.
    pub(crate) async fn run_as(
        &self,
        kind: Kind,
        script: &'static Script,
        args: Args,
        about: &About<'_>,
    ) -> Result<Reply> {
        let value = self.conn.run(script, kind, &self.keys.meta, args.into_inner()).await?;
        Reply::new(value)?.accepted(about)
    }

    /// Runs whatever steps the release of a call has left.
    pub(crate) async fn carry_on(&self, mut unfinished: bool) -> Result<()> {
        while unfinished {
            let reply = self.run(&scripts::carry_on, self.args(), &About::default()).await;
            unfinished = reply?.flag()?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn create_stream(&self, request: CreateStream) -> Result<Uuid> {
        ops::create_stream::run(self, &request).await
    }

    async fn update_stream(&self, request: UpdateStream) -> Result<()> {
        ops::update_stream::run(self, &request).await
    }

    async fn delete_stream(&self, request: DeleteStream) -> Result<()> {
        ops::delete_stream::run(self, &request).await
    }

    async fn list_streams(&self, request: ListStreams) -> Result<Vec<StreamInfo>> {
        ops::list_streams::run(self, &request).await
    }

    async fn create_job(&self, request: CreateJob) -> Result<Uuid> {
        ops::create_job::run(self, &request).await
    }

    async fn cancel_job(&self, request: CancelJob) -> Result<()> {
        ops::cancel_job::run(self, &request).await
    }

    async fn retry_job(&self, request: RetryJob) -> Result<()> {
        ops::retry_job::run(self, &request).await
    }

    async fn delete_job(&self, request: DeleteJob) -> Result<()> {
        ops::delete_job::run(self, &request).await
    }

    async fn clear_completed_jobs(&self, request: ClearCompletedJobs) -> Result<u64> {
        ops::clear_completed_jobs::run(self, &request).await
    }

    async fn get_job(&self, request: GetJob) -> Result<JobInfo> {
        ops::get_job::run(self, &request).await
    }

    async fn list_jobs(&self, request: ListJobs) -> Result<Vec<JobInfo>> {
        ops::list_jobs::run(self, &request).await
    }

    async fn get_concurrent_jobs(&self, request: GetConcurrentJobs) -> Result<u64> {
        ops::get_concurrent_jobs::run(self, &request).await
    }

    async fn create_tasks(&self, request: CreateTasks) -> Result<()> {
        ops::create_tasks::run(self, &request).await
    }

    async fn cancel_task(&self, request: CancelTask) -> Result<()> {
        ops::cancel_task::run(self, &request).await
    }

    async fn retry_task(&self, request: RetryTask) -> Result<()> {
        ops::retry_task::run(self, &request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<TaskInfo> {
        ops::get_task::run(self, &request).await
    }

    async fn get_task_output(&self, request: GetTaskOutput) -> Result<CanonicalJson> {
        ops::get_task_output::run(self, &request).await
    }

    async fn list_tasks(&self, request: ListTasks) -> Result<Vec<TaskInfo>> {
        ops::list_tasks::run(self, &request).await
    }

    async fn request_work(&self, request: RequestWork) -> Result<Work> {
        ops::request_work::run(self, &request).await
    }

    async fn update_task_done(&self, request: UpdateTaskDone) -> Result<Vec<Result<bool>>> {
        ops::update_task_done::run(self, &request).await
    }

    async fn update_task_failed(&self, request: UpdateTaskFailed) -> Result<Vec<Result<bool>>> {
        ops::update_task_failed::run(self, &request).await
    }

    async fn update_task_progress(&self, request: UpdateTaskProgress) -> Result<bool> {
        ops::update_task_progress::run(self, &request).await
    }

    async fn update_task_retry(&self, request: UpdateTaskRetry) -> Result<bool> {
        ops::update_task_retry::run(self, &request).await
    }

    async fn renew_claims(&self, request: RenewClaims) -> Result<Vec<Result<Renewal>>> {
        ops::renew_claims::run(self, &request).await
    }

    async fn release_claims(&self, request: ReleaseClaims) -> Result<Vec<Result<bool>>> {
        ops::release_claims::run(self, &request).await
    }

    async fn release_worker(&self, request: ReleaseWorker) -> Result<u64> {
        ops::release_worker::run(self, &request).await
    }

    async fn requeue_tasks(&self, request: RequeueTasks) -> Result<u64> {
        ops::requeue_tasks::run(self, &request).await
    }

    async fn get_task_state_counts(&self, _: GetTaskStateCounts) -> Result<Vec<TaskStateCount>> {
        ops::get_task_state_counts::run(self).await
    }

    async fn check_stuck_pending_tasks(
        &self,
        _: CheckStuckPendingTasks,
    ) -> Result<Vec<StuckTaskInfo>> {
        ops::check_stuck_pending_tasks::run(self).await
    }

    async fn repair(&self, _: Repair) -> Result<RepairReport> {
        ops::repair::run(self).await
    }

    async fn describe(&self, _: Describe) -> Result<StoreInfo> {
        ops::describe::run(self).await
    }

    async fn set_gate(&self, request: SetGate) -> Result<()> {
        ops::set_gate::run(self, &request).await
    }

    async fn export(&self, request: Export) -> Result<Page> {
        ops::export::run(self, &request).await
    }

    async fn import(&self, request: Import) -> Result<()> {
        ops::import::run(self, &request).await
    }

    fn wake_hub(&self) -> &Arc<WakeHub> {
        &self.hub
    }
}
