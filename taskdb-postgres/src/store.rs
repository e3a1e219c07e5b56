//! The seam as a table of contents: each verb lies in the file of its name.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::record::Page;
use taskdb_core::request::*;
use taskdb_core::store::{RepairReport, StoreInfo};
use taskdb_core::wake::WakeHub;
use taskdb_core::{
    CanonicalJson, ClaimInfo, EventPage, JobInfo, Prerequisite, Renewal, Result, ScheduleInfo,
    Store, StreamInfo, StuckTaskInfo, TaskInfo, TaskStateCount, WorkerInfo,
};
use uuid::Uuid;

use crate::config::Config;
use crate::lanes::Lanes;
use crate::migrate;
use crate::ops;
use crate::session::Session;
use crate::sql::Sql;
use crate::wake::{Listener, Notifier};
use crate::within::Way;

/// One namespace of a server.
pub(crate) struct PostgresStore {
    session: Arc<Session>,
    lanes: Lanes,
    _listener: Option<Listener>,
}

impl PostgresStore {
    pub(crate) async fn open(config: Config) -> Result<Self> {
        let sql = Sql::new(&config.namespace);
        let options = config.options();
        migrate::open(&options, &sql, &config.namespace, config.connect_timeout).await?;
        let (conn, hub) = (config.conn(), WakeHub::new());
        let notifier = Notifier::start(conn.clone(), &sql, &config.namespace);
        let listener = config.listens().then(|| notifier.listen(options, &hub));
        let (conn, sql) = (Way::Pool(conn), Arc::new(sql));
        let (limits, clock) = (config.limits, config.clock);
        let session = Arc::new(Session { conn, sql, limits, clock, hub, notifier });
        Ok(Self { _listener: listener, ..Self::on(session) })
    }

    /// Whether there is a namespace to open.
    pub(crate) async fn exists(config: &Config) -> Result<bool> {
        let sql = Sql::new(&config.namespace);
        let patience = config.connect_timeout;
        migrate::exists(&config.options(), &sql, &config.namespace, patience).await
    }

    /// A store that nothing wakes.
    pub(crate) fn on(session: Arc<Session>) -> Self {
        Self { session, lanes: Lanes::default(), _listener: None }
    }

    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn create_stream(&self, request: CreateStream) -> Result<Uuid> {
        ops::create_stream::run(&self.session, &request).await
    }

    async fn update_stream(&self, request: UpdateStream) -> Result<()> {
        ops::update_stream::run(&self.session, &request).await
    }

    async fn delete_stream(&self, request: DeleteStream) -> Result<()> {
        ops::delete_stream::run(&self.session, &request).await
    }

    async fn list_streams(&self, request: ListStreams) -> Result<Vec<StreamInfo>> {
        ops::list_streams::run(&self.session, &request).await
    }

    async fn create_job(&self, request: CreateJob) -> Result<Uuid> {
        ops::create_job::run(&self.session, &request).await
    }

    async fn update_job(&self, request: UpdateJob) -> Result<()> {
        ops::update_job::run(&self.session, &request).await
    }

    async fn cancel_job(&self, request: CancelJob) -> Result<()> {
        ops::cancel_job::run(&self.session, &request).await
    }

    async fn retry_job(&self, request: RetryJob) -> Result<()> {
        ops::retry_job::run(&self.session, &request).await
    }

    async fn delete_job(&self, request: DeleteJob) -> Result<()> {
        ops::delete_job::run(&self.session, &request).await
    }

    async fn clear_completed_jobs(&self, request: ClearCompletedJobs) -> Result<u64> {
        ops::clear_completed_jobs::run(&self.session, &request).await
    }

    async fn purge_jobs(&self, request: PurgeJobs) -> Result<u64> {
        ops::purge_jobs::run(&self.session, &request).await
    }

    async fn get_job(&self, request: GetJob) -> Result<JobInfo> {
        ops::get_job::run(&self.session, &request).await
    }

    async fn list_jobs(&self, request: ListJobs) -> Result<Vec<JobInfo>> {
        ops::list_jobs::run(&self.session, &request).await
    }

    async fn get_concurrent_jobs(&self, request: GetConcurrentJobs) -> Result<u64> {
        ops::get_concurrent_jobs::run(&self.session, &request).await
    }

    async fn create_tasks(&self, request: CreateTasks) -> Result<()> {
        ops::create_tasks::run(&self.session, &request).await
    }

    async fn cancel_task(&self, request: CancelTask) -> Result<()> {
        ops::cancel_task::run(&self.session, &request).await
    }

    async fn retry_task(&self, request: RetryTask) -> Result<()> {
        ops::retry_task::run(&self.session, &request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<TaskInfo> {
        ops::get_task::run(&self.session, &request).await
    }

    async fn get_task_output(&self, request: GetTaskOutput) -> Result<CanonicalJson> {
        ops::get_task_output::run(&self.session, &request).await
    }

    async fn list_tasks(&self, request: ListTasks) -> Result<Vec<TaskInfo>> {
        ops::list_tasks::run(&self.session, &request).await
    }

    async fn get_prerequisites(&self, request: GetPrerequisites) -> Result<Vec<Prerequisite>> {
        ops::get_prerequisites::run(&self.session, &request).await
    }

    async fn request_work(&self, request: RequestWork) -> Result<Work> {
        self.lanes.claim(&self.session, request).await
    }

    async fn update_task_done(&self, request: UpdateTaskDone) -> Result<Vec<Result<bool>>> {
        ops::update_task_done::run(&self.session, &self.lanes, request).await
    }

    async fn update_task_failed(&self, request: UpdateTaskFailed) -> Result<Vec<Result<bool>>> {
        ops::update_task_failed::run(&self.session, &request).await
    }

    async fn update_task_progress(&self, request: UpdateTaskProgress) -> Result<bool> {
        ops::update_task_progress::run(&self.session, &request).await
    }

    async fn update_task_retry(&self, request: UpdateTaskRetry) -> Result<bool> {
        ops::update_task_retry::run(&self.session, &request).await
    }

    async fn renew_claims(&self, request: RenewClaims) -> Result<Vec<Result<Renewal>>> {
        ops::renew_claims::run(&self.session, &request).await
    }

    async fn release_claims(&self, request: ReleaseClaims) -> Result<Vec<Result<bool>>> {
        ops::release_claims::run(&self.session, &request).await
    }

    async fn release_worker(&self, request: ReleaseWorker) -> Result<u64> {
        ops::release_worker::run(&self.session, &request).await
    }

    async fn list_claims(&self, request: ListClaims) -> Result<Vec<ClaimInfo>> {
        ops::list_claims::run(&self.session, &request).await
    }

    async fn requeue_tasks(&self, request: RequeueTasks) -> Result<u64> {
        ops::requeue_tasks::run(&self.session, &request).await
    }

    async fn heartbeat_worker(&self, request: HeartbeatWorker) -> Result<()> {
        ops::heartbeat_worker::run(&self.session, &request).await
    }

    async fn list_workers(&self, request: ListWorkers) -> Result<Vec<WorkerInfo>> {
        ops::list_workers::run(&self.session, &request).await
    }

    async fn put_schedule(&self, request: PutSchedule) -> Result<()> {
        ops::put_schedule::run(&self.session, &request).await
    }

    async fn delete_schedule(&self, request: DeleteSchedule) -> Result<()> {
        ops::delete_schedule::run(&self.session, &request).await
    }

    async fn list_schedules(&self, request: ListSchedules) -> Result<Vec<ScheduleInfo>> {
        ops::list_schedules::run(&self.session, &request).await
    }

    async fn fire_schedule(&self, request: FireSchedule) -> Result<bool> {
        ops::fire_schedule::run(&self.session, &request).await
    }

    async fn get_task_state_counts(&self, _: GetTaskStateCounts) -> Result<Vec<TaskStateCount>> {
        ops::get_task_state_counts::run(&self.session).await
    }

    async fn check_stuck_pending_tasks(
        &self,
        _: CheckStuckPendingTasks,
    ) -> Result<Vec<StuckTaskInfo>> {
        ops::check_stuck_pending_tasks::run(&self.session).await
    }

    async fn repair(&self, _: Repair) -> Result<RepairReport> {
        ops::repair::run(&self.session).await
    }

    async fn describe(&self, request: Describe) -> Result<StoreInfo> {
        ops::describe::run(&self.session, &request).await
    }

    async fn probe(&self, _: Probe) -> Result<()> {
        ops::probe::run(&self.session).await
    }

    async fn set_gate(&self, request: SetGate) -> Result<()> {
        ops::set_gate::run(&self.session, &request).await
    }

    async fn list_events(&self, request: ListEvents) -> Result<EventPage> {
        ops::list_events::run(&self.session, &request).await
    }

    async fn set_events(&self, request: SetEvents) -> Result<()> {
        ops::set_events::run(&self.session, &request).await
    }

    async fn export(&self, request: Export) -> Result<Page> {
        ops::export::run(&self.session, &request).await
    }

    async fn import(&self, request: Import) -> Result<()> {
        ops::import::run(&self.session, &request).await
    }

    fn wake_hub(&self) -> &Arc<WakeHub> {
        &self.session.hub
    }
}
