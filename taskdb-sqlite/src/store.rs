//! The seam as a table of contents: each verb lies in the file of its name.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::error::Failure;
use taskdb_core::record::Page;
use taskdb_core::request::*;
use taskdb_core::store::{RepairReport, StoreInfo};
use taskdb_core::wake::WakeHub;
use taskdb_core::{
    CanonicalJson, ClaimInfo, EventPage, JobInfo, Prerequisite, Renewal, Result, ScheduleInfo,
    Store, StreamInfo, StuckTaskInfo, TaskDbErr, TaskInfo, TaskStateCount, WorkerInfo,
};
use uuid::Uuid;

use crate::config::Config;
use crate::engine::{events, release, trash};
use crate::error::Outcome;
use crate::reader::Readers;
use crate::unit::Unit;
use crate::writer::{Context, Turn, Writer};
use crate::{migrate, ops};

/// One namespace of a file, or of a database in memory.
pub(crate) struct SqliteStore {
    pub(crate) writer: Writer,
    /// None in memory, where only the writer's connection sees the database.
    readers: Option<Readers>,
    hub: Arc<WakeHub>,
}

/// Does something on a thread of its own, for opening may wait for a lock.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    let work = move || {
        let _ = reply.send(work());
    };
    let thread = std::thread::Builder::new().name("taskdb-open".into()).spawn(work);
    thread.map_err(no_thread)?;
    answer.await.map_err(|_| crate::error::gone())?
}

impl SqliteStore {
    pub(crate) async fn open(config: Config) -> Result<Self> {
        apart(move || Self::open_now(&config)).await
    }

    /// Whether there is anything to open.
    pub(crate) async fn exists(config: Config) -> Result<bool> {
        apart(move || Ok(migrate::exists(&config)?)).await
    }

    fn open_now(config: &Config) -> Result<Self> {
        let conn = migrate::connect(config)?;
        let ns = migrate::migrate(&conn, &config.namespace)?;
        let hub = WakeHub::new();
        let context = Context {
            ns,
            max_tasks: i64::try_from(config.limits.tasks_per_job).unwrap_or(i64::MAX),
            clock: Arc::clone(&config.clock),
            hub: Arc::clone(&hub),
            poll: config.poll,
        };
        let readers = match config.path {
            Some(_) => {
                let readers = 0..config.readers.get();
                let connections =
                    readers.map(|_| migrate::connect_reader(config)).collect::<Outcome<_>>()?;
                Some(Readers::start(connections, context.clone()).map_err(no_thread)?)
            }
            None => None,
        };
        let writer = Writer::start(conn, context).map_err(no_thread)?;
        Ok(Self { writer, readers, hub })
    }

    /// Runs a change, then whatever steps its releases have left.
    async fn write<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnMut(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let (value, mut unfinished) = self.writer.call(turn, work).await?;
        while unfinished {
            unfinished = self.writer.call(Turn::Change, release::carry_on).await?.1;
        }
        Ok(value)
    }

    async fn change<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let checked = move |unit: &mut Unit<'_>| {
            unit.may_change()?;
            work(unit)
        };
        self.write(Turn::Change, checked).await
    }

    /// A change that fills a namespace.
    async fn fill<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let checked = move |unit: &mut Unit<'_>| {
            unit.may_fill()?;
            work(unit)
        };
        self.write(Turn::Change, checked).await
    }

    async fn read<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        match &self.readers {
            Some(readers) => readers.call(move |unit| work(unit)).await,
            None => {
                let flushed = move |unit: &mut Unit<'_>| {
                    unit.flush()?;
                    work(unit)
                };
                Ok(self.writer.call(Turn::Change, flushed).await?.0)
            }
        }
    }

    /// Removes what deleted jobs have left, in steps between which others write.
    async fn empty_trash(&self) -> Result<()> {
        while self.writer.call(Turn::Change, trash::step).await?.0 {}
        Ok(())
    }
}

fn no_thread(error: std::io::Error) -> TaskDbErr {
    TaskDbErr::Unavailable(Failure::new("cannot start a thread").caused_by(error))
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_stream(&self, request: CreateStream) -> Result<Uuid> {
        self.change(move |unit| ops::create_stream::run(unit, &request)).await
    }

    async fn update_stream(&self, request: UpdateStream) -> Result<()> {
        self.change(move |unit| ops::update_stream::run(unit, &request)).await
    }

    async fn delete_stream(&self, request: DeleteStream) -> Result<()> {
        self.change(move |unit| ops::delete_stream::run(unit, &request)).await
    }

    async fn list_streams(&self, request: ListStreams) -> Result<Vec<StreamInfo>> {
        self.read(move |unit| ops::list_streams::run(unit, &request)).await
    }

    async fn create_job(&self, request: CreateJob) -> Result<Uuid> {
        self.change(move |unit| ops::create_job::run(unit, &request)).await
    }

    async fn update_job(&self, request: UpdateJob) -> Result<()> {
        self.change(move |unit| ops::update_job::run(unit, &request)).await
    }

    async fn cancel_job(&self, request: CancelJob) -> Result<()> {
        self.change(move |unit| ops::cancel_job::run(unit, &request)).await
    }

    async fn retry_job(&self, request: RetryJob) -> Result<()> {
        self.change(move |unit| ops::retry_job::run(unit, &request)).await
    }

    async fn delete_job(&self, request: DeleteJob) -> Result<()> {
        self.fill(move |unit| ops::delete_job::run(unit, &request)).await?;
        self.empty_trash().await
    }

    async fn clear_completed_jobs(&self, request: ClearCompletedJobs) -> Result<u64> {
        let end = self.read(ops::clear_completed_jobs::end).await?;
        let mut cleared = 0;
        loop {
            let request = request.clone();
            let step =
                self.change(move |unit| ops::clear_completed_jobs::step(unit, &request, end));
            let deleted = step.await?;
            self.empty_trash().await?;
            if deleted == 0 {
                return Ok(cleared);
            }
            cleared += deleted;
        }
    }

    async fn purge_jobs(&self, request: PurgeJobs) -> Result<u64> {
        let purged = self.change(move |unit| ops::purge_jobs::run(unit, &request)).await?;
        self.empty_trash().await?;
        Ok(purged)
    }

    async fn get_job(&self, request: GetJob) -> Result<JobInfo> {
        self.read(move |unit| ops::get_job::run(unit, &request)).await
    }

    async fn list_jobs(&self, request: ListJobs) -> Result<Vec<JobInfo>> {
        self.read(move |unit| ops::list_jobs::run(unit, &request)).await
    }

    async fn get_concurrent_jobs(&self, request: GetConcurrentJobs) -> Result<u64> {
        self.read(move |unit| ops::get_concurrent_jobs::run(unit, &request)).await
    }

    async fn create_tasks(&self, request: CreateTasks) -> Result<()> {
        self.change(move |unit| ops::create_tasks::run(unit, &request)).await
    }

    async fn cancel_task(&self, request: CancelTask) -> Result<()> {
        self.change(move |unit| ops::cancel_task::run(unit, &request)).await
    }

    async fn retry_task(&self, request: RetryTask) -> Result<()> {
        self.change(move |unit| ops::retry_task::run(unit, &request)).await
    }

    async fn get_task(&self, request: GetTask) -> Result<TaskInfo> {
        self.read(move |unit| ops::get_task::run(unit, &request)).await
    }

    async fn get_task_output(&self, request: GetTaskOutput) -> Result<CanonicalJson> {
        self.read(move |unit| ops::get_task_output::run(unit, &request)).await
    }

    async fn list_tasks(&self, request: ListTasks) -> Result<Vec<TaskInfo>> {
        self.read(move |unit| ops::list_tasks::run(unit, &request)).await
    }

    async fn get_prerequisites(&self, request: GetPrerequisites) -> Result<Vec<Prerequisite>> {
        self.read(move |unit| ops::get_prerequisites::run(unit, &request)).await
    }

    async fn request_work(&self, request: RequestWork) -> Result<Work> {
        self.write(Turn::Claim, move |unit| ops::request_work::run(unit, &request)).await
    }

    async fn update_task_done(&self, request: UpdateTaskDone) -> Result<Vec<Result<bool>>> {
        self.change(move |unit| ops::update_task_done::run(unit, &request)).await
    }

    async fn update_task_failed(&self, request: UpdateTaskFailed) -> Result<Vec<Result<bool>>> {
        self.change(move |unit| ops::update_task_failed::run(unit, &request)).await
    }

    async fn update_task_progress(&self, request: UpdateTaskProgress) -> Result<bool> {
        self.change(move |unit| ops::update_task_progress::run(unit, &request)).await
    }

    async fn update_task_retry(&self, request: UpdateTaskRetry) -> Result<bool> {
        self.change(move |unit| ops::update_task_retry::run(unit, &request)).await
    }

    async fn renew_claims(&self, request: RenewClaims) -> Result<Vec<Result<Renewal>>> {
        self.change(move |unit| ops::renew_claims::run(unit, &request)).await
    }

    async fn release_claims(&self, request: ReleaseClaims) -> Result<Vec<Result<bool>>> {
        self.change(move |unit| ops::release_claims::run(unit, &request)).await
    }

    async fn release_worker(&self, request: ReleaseWorker) -> Result<u64> {
        let mut released = 0;
        loop {
            let request = request.clone();
            let step = self.change(move |unit| ops::release_worker::step(unit, &request)).await?;
            released += step;
            if step < ops::STEP {
                return Ok(released);
            }
        }
    }

    async fn list_claims(&self, request: ListClaims) -> Result<Vec<ClaimInfo>> {
        self.read(move |unit| ops::list_claims::run(unit, &request)).await
    }

    async fn requeue_tasks(&self, request: RequeueTasks) -> Result<u64> {
        let mut taken = 0;
        loop {
            let left = request.limit - taken;
            let step = self.change(move |unit| ops::requeue_tasks::step(unit, left)).await?;
            taken += step;
            if step < ops::STEP.min(left) || taken == request.limit {
                break;
            }
        }
        self.empty_trash().await?;
        while self.writer.call(Turn::Change, events::cut).await?.0 {}
        Ok(taken)
    }

    async fn heartbeat_worker(&self, request: HeartbeatWorker) -> Result<()> {
        self.change(move |unit| ops::heartbeat_worker::run(unit, &request)).await
    }

    async fn list_workers(&self, request: ListWorkers) -> Result<Vec<WorkerInfo>> {
        self.read(move |unit| ops::list_workers::run(unit, &request)).await
    }

    async fn put_schedule(&self, request: PutSchedule) -> Result<()> {
        self.change(move |unit| ops::put_schedule::run(unit, &request)).await
    }

    async fn delete_schedule(&self, request: DeleteSchedule) -> Result<()> {
        self.change(move |unit| ops::delete_schedule::run(unit, &request)).await
    }

    async fn list_schedules(&self, request: ListSchedules) -> Result<Vec<ScheduleInfo>> {
        self.read(move |unit| ops::list_schedules::run(unit, &request)).await
    }

    async fn fire_schedule(&self, request: FireSchedule) -> Result<bool> {
        self.change(move |unit| ops::fire_schedule::run(unit, &request)).await
    }

    async fn get_task_state_counts(&self, _: GetTaskStateCounts) -> Result<Vec<TaskStateCount>> {
        self.read(ops::get_task_state_counts::run).await
    }

    async fn check_stuck_pending_tasks(
        &self,
        _: CheckStuckPendingTasks,
    ) -> Result<Vec<StuckTaskInfo>> {
        self.read(ops::check_stuck_pending_tasks::run).await
    }

    async fn repair(&self, _: Repair) -> Result<RepairReport> {
        self.change(ops::repair::run).await
    }

    async fn describe(&self, _: Describe) -> Result<StoreInfo> {
        self.read(ops::describe::run).await
    }

    async fn probe(&self, _: Probe) -> Result<()> {
        self.change(ops::probe::run).await
    }

    async fn set_gate(&self, request: SetGate) -> Result<()> {
        self.write(Turn::Change, move |unit| ops::set_gate::run(unit, &request)).await
    }

    async fn list_events(&self, request: ListEvents) -> Result<EventPage> {
        self.read(move |unit| ops::list_events::run(unit, &request)).await
    }

    async fn set_events(&self, request: SetEvents) -> Result<()> {
        self.change(move |unit| ops::set_events::run(unit, &request)).await
    }

    async fn export(&self, request: Export) -> Result<Page> {
        self.read(move |unit| ops::export::run(unit, &request)).await
    }

    async fn import(&self, request: Import) -> Result<()> {
        self.fill(move |unit| ops::import::run(unit, &request)).await
    }

    fn wake_hub(&self) -> &Arc<WakeHub> {
        &self.hub
    }
}
