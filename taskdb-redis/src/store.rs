//! The seam as a table of contents: each verb lies in the file of its name.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::record::Page;
use taskdb_core::request::*;
use taskdb_core::store::{RepairReport, StoreInfo};
use taskdb_core::wake::WakeHub;
use taskdb_core::{
    CanonicalJson, ClaimInfo, Clock, EventPage, JobInfo, Limits, Namespace, Prerequisite, Renewal,
    Result, ScheduleInfo, Store, StreamInfo, StuckTaskInfo, TaskDbErr, TaskInfo, TaskStateCount,
    WorkerInfo,
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
use crate::shards::{Shards, is_gone};
use crate::wake::Listener;

/// The layout of what is stored.
const FORMAT: u32 = 3;
/// The oldest release that can read it.
const MIN_READER: u32 = 3;
/// The oldest layout that this release reads.
const OLDEST: u32 = 2;

/// One namespace of a server or cluster.
pub(crate) struct RedisStore {
    pub(crate) conn: Conn,
    pub(crate) limits: Limits,
    pub(crate) shards: Shards,
    clock: Option<Arc<dyn Clock>>,
    hub: Arc<WakeHub>,
    _listener: Listener,
}

impl RedisStore {
    pub(crate) async fn open(config: Config) -> Result<Self> {
        let namespace = config.namespace.clone();
        let store = Self::on_server(config).await?;
        store.check_format(&namespace).await?;
        Ok(store)
    }

    /// Whether there is a namespace to open.
    pub(crate) async fn exists(config: Config) -> Result<bool> {
        let sign = Keys::new(config.namespace.as_str()).meta;
        let store = Self::on_server(config).await?;
        let (script, about) = (&scripts::find_format, About::default());
        store.run_at(&sign, script.kind, script, store.args(), &about).await?.flag()
    }

    /// A store whose namespace nobody has looked at.
    async fn on_server(config: Config) -> Result<Self> {
        let conn = Conn::open(&config).await?;
        let (hub, shards) = (WakeHub::new(), Shards::new(&config.namespace, config.shards));
        let listener = Listener::start(&conn, shards.channels(), &hub);
        let (limits, clock) = (config.limits, config.clock);
        Ok(Self { conn, limits, shards, clock, hub, _listener: listener })
    }

    /// Opens every shard, and before them the one place that all releases and settings
    /// agree on, where the number of shards is kept.
    async fn check_format(&self, namespace: &Namespace) -> Result<()> {
        let sign = Keys::new(namespace.as_str()).meta;
        self.check_format_at(&sign, namespace).await?;
        if !self.shards.is_one() {
            for meta in self.shards.metas() {
                self.check_format_at(meta, namespace).await?;
            }
        }
        Ok(())
    }

    async fn check_format_at(&self, meta: &str, namespace: &Namespace) -> Result<()> {
        let ours = self.shards.len();
        let args = self.args().value(FORMAT).value(MIN_READER).value(ours).value(OLDEST);
        let script = &scripts::open;
        let mut reply = self.run_at(meta, script.kind, script, args, &About::default()).await?;
        let (found, min_reader): (u32, u32) = (reply.parse()?, reply.parse()?);
        if min_reader > FORMAT {
            return Err(TaskDbErr::Format { found, supported: FORMAT });
        }
        if found < OLDEST {
            return Err(TaskDbErr::Config(format!(
                "the namespace `{namespace}` has format {found}, which this release does not \
                 read: export it with the release that wrote it, and import it into a new one"
            )));
        }
        let theirs: usize = reply.parse()?;
        if theirs != ours {
            return Err(TaskDbErr::Config(format!(
                "the namespace `{namespace}` has shards={theirs}, and this configuration says \
                 shards={ours}; open it with shards={theirs}, or export it and import it into \
                 a new namespace"
            )));
        }
        Ok(())
    }

    /// Arguments that begin with the time, if it is not the server's.
    pub(crate) fn args(&self) -> Args {
        Args::at(self.clock.as_ref().map(|clock| clock.now()))
    }

    /// Runs a script where a key lies; a refusal of its is the error.
    pub(crate) async fn run_at(
        &self,
        meta: &str,
        kind: Kind,
        script: &'static Script,
        args: Args,
        about: &About<'_>,
    ) -> Result<Reply> {
        let value = self.conn.run(script, kind, meta, args.into_inner()).await?;
        Reply::new(value)?.accepted(about)
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

    async fn update_job(&self, request: UpdateJob) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::update_job::run(shard, &request))
        })
        .await
    }

    async fn cancel_job(&self, request: CancelJob) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::cancel_job::run(shard, &request))
        })
        .await
    }

    async fn retry_job(&self, request: RetryJob) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| Box::pin(ops::retry_job::run(shard, &request)))
            .await
    }

    async fn delete_job(&self, request: DeleteJob) -> Result<()> {
        let found = |answer: &Result<bool>| matches!(answer, Ok(false));
        let call = |shard| Box::pin(ops::delete_job::run(shard, &request)) as _;
        self.at_job(request.job_id, found, call).await.map(drop)
    }

    async fn clear_completed_jobs(&self, request: ClearCompletedJobs) -> Result<u64> {
        let cleared = self
            .change_all(|shard| Box::pin(ops::clear_completed_jobs::run(shard, &request)))
            .await?;
        Ok(cleared.into_iter().sum())
    }

    async fn purge_jobs(&self, request: PurgeJobs) -> Result<u64> {
        ops::purge_jobs::run(self, &request).await
    }

    async fn get_job(&self, request: GetJob) -> Result<JobInfo> {
        self.at_job(request.job_id, is_gone, |shard| Box::pin(ops::get_job::run(shard, &request)))
            .await
    }

    async fn list_jobs(&self, request: ListJobs) -> Result<Vec<JobInfo>> {
        ops::list_jobs::run(self, &request).await
    }

    async fn get_concurrent_jobs(&self, request: GetConcurrentJobs) -> Result<u64> {
        let counts =
            self.ask_all(|shard| Box::pin(ops::get_concurrent_jobs::run(shard, &request))).await?;
        Ok(counts.into_iter().sum())
    }

    async fn create_tasks(&self, request: CreateTasks) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::create_tasks::run(shard, &request))
        })
        .await
    }

    async fn cancel_task(&self, request: CancelTask) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::cancel_task::run(shard, &request))
        })
        .await
    }

    async fn retry_task(&self, request: RetryTask) -> Result<()> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::retry_task::run(shard, &request))
        })
        .await
    }

    async fn get_task(&self, request: GetTask) -> Result<TaskInfo> {
        self.at_job(request.job_id, is_gone, |shard| Box::pin(ops::get_task::run(shard, &request)))
            .await
    }

    async fn get_task_output(&self, request: GetTaskOutput) -> Result<CanonicalJson> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::get_task_output::run(shard, &request))
        })
        .await
    }

    async fn list_tasks(&self, request: ListTasks) -> Result<Vec<TaskInfo>> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::list_tasks::run(shard, &request))
        })
        .await
    }

    async fn get_prerequisites(&self, request: GetPrerequisites) -> Result<Vec<Prerequisite>> {
        self.at_job(request.job_id, is_gone, |shard| {
            Box::pin(ops::get_prerequisites::run(shard, &request))
        })
        .await
    }

    async fn request_work(&self, request: RequestWork) -> Result<Work> {
        ops::request_work::run(self, &request).await
    }

    async fn update_task_done(&self, request: UpdateTaskDone) -> Result<Vec<Result<bool>>> {
        ops::update_task_done::run(self, &request).await
    }

    async fn update_task_failed(&self, request: UpdateTaskFailed) -> Result<Vec<Result<bool>>> {
        let call = |shard, part| Box::pin(ops::update_task_failed::run(shard, part)) as _;
        self.at_jobs(&request.entries, |e| *e.target.job_id(), ops::has_missed, call).await
    }

    async fn update_task_progress(&self, request: UpdateTaskProgress) -> Result<bool> {
        let call = |shard| Box::pin(ops::update_task_progress::run(shard, &request)) as _;
        self.at_job(*request.target.job_id(), ops::has_missed, call).await
    }

    async fn update_task_retry(&self, request: UpdateTaskRetry) -> Result<bool> {
        let call = |shard| Box::pin(ops::update_task_retry::run(shard, &request)) as _;
        self.at_job(*request.target.job_id(), ops::has_missed, call).await
    }

    async fn renew_claims(&self, request: RenewClaims) -> Result<Vec<Result<Renewal>>> {
        let lease = request.lease;
        let call = |shard, part| Box::pin(ops::renew_claims::run(shard, part, lease)) as _;
        self.at_jobs(&request.claims, |claim| claim.job_id, is_gone, call).await
    }

    async fn release_claims(&self, request: ReleaseClaims) -> Result<Vec<Result<bool>>> {
        let call = |shard, part| Box::pin(ops::release_claims::run(shard, part)) as _;
        self.at_jobs(&request.claims, |claim| claim.job_id, is_gone, call).await
    }

    async fn release_worker(&self, request: ReleaseWorker) -> Result<u64> {
        let cleared =
            self.change_all(|shard| Box::pin(ops::release_worker::run(shard, &request))).await?;
        Ok(cleared.into_iter().sum())
    }

    async fn list_claims(&self, request: ListClaims) -> Result<Vec<ClaimInfo>> {
        ops::list_claims::run(self, &request).await
    }

    async fn requeue_tasks(&self, request: RequeueTasks) -> Result<u64> {
        ops::requeue_tasks::run(self, &request).await
    }

    async fn heartbeat_worker(&self, request: HeartbeatWorker) -> Result<()> {
        ops::heartbeat_worker::run(self, &request).await
    }

    async fn list_workers(&self, request: ListWorkers) -> Result<Vec<WorkerInfo>> {
        ops::list_workers::run(self, &request).await
    }

    async fn put_schedule(&self, request: PutSchedule) -> Result<()> {
        ops::put_schedule::run(self, &request).await
    }

    async fn delete_schedule(&self, request: DeleteSchedule) -> Result<()> {
        ops::delete_schedule::run(self, &request).await
    }

    async fn list_schedules(&self, request: ListSchedules) -> Result<Vec<ScheduleInfo>> {
        ops::list_schedules::run(self, &request).await
    }

    async fn fire_schedule(&self, request: FireSchedule) -> Result<bool> {
        ops::fire_schedule::run(self, &request).await
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
        let parts = self.change_all(|shard| Box::pin(ops::repair::run(shard))).await?;
        Ok(parts.into_iter().fold(RepairReport::default(), ops::repair::add))
    }

    async fn describe(&self, _: Describe) -> Result<StoreInfo> {
        ops::describe::run(self).await
    }

    async fn probe(&self, _: Probe) -> Result<()> {
        self.ask_all(|shard| Box::pin(ops::probe::run(shard))).await.map(drop)
    }

    async fn set_gate(&self, request: SetGate) -> Result<()> {
        self.change_all(|shard| Box::pin(ops::set_gate::run(shard, &request))).await.map(drop)
    }

    async fn list_events(&self, request: ListEvents) -> Result<EventPage> {
        ops::list_events::run(self, &request).await
    }

    async fn set_events(&self, request: SetEvents) -> Result<()> {
        self.change_all(|shard| Box::pin(ops::set_events::run(shard, &request))).await.map(drop)
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
