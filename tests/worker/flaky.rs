//! A store that can be made to go away: a layer over another one, which counts the calls.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use taskdb::error::Failure;
use taskdb::request::{self, Request};
use taskdb::store::Store;
use taskdb::{Result, TaskDb, TaskDbErr};
use taskdb_core::wake::WakeHub;

/// Whether the store is away, and how often it was called.
#[derive(Clone, Default)]
pub(crate) struct Switch(Arc<State>);

#[derive(Default)]
struct State {
    away: AtomicBool,
    calls: AtomicUsize,
    mute: Mutex<Option<&'static str>>,
}

impl Switch {
    pub(crate) fn away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// The next call of this verb has its effect, and no answer.
    pub(crate) fn mute(&self, verb: &'static str) {
        *self.0.mute.lock().expect("no panic") = Some(verb);
    }

    /// Whether that call has not come yet.
    pub(crate) fn is_mute(&self) -> bool {
        self.0.mute.lock().expect("no panic").is_some()
    }

    async fn answer<T>(&self, verb: &'static str, answer: T) -> T {
        let muted = self.0.mute.lock().expect("no panic").take_if(|mute| *mute == verb).is_some();
        if muted { std::future::pending().await } else { answer }
    }

    /// A handle of the same store that the switch has no part in remains `db`.
    pub(crate) fn over(&self, db: &TaskDb) -> TaskDb {
        TaskDb::new(Flaky { inner: Arc::clone(db.store()), switch: self.clone() })
    }

    fn pass(&self) -> Result<()> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if self.0.away.load(Ordering::SeqCst) {
            return Err(TaskDbErr::Unavailable(Failure::new("unplugged")));
        }
        Ok(())
    }
}

struct Flaky {
    inner: Arc<dyn Store>,
    switch: Switch,
}

macro_rules! flaky {
    ($($verb:ident => $request:ident,)*) => {
        #[async_trait]
        impl Store for Flaky {
            $(async fn $verb(
                &self,
                request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                self.switch.pass()?;
                let answer = self.inner.$verb(request).await;
                self.switch.answer(stringify!($verb), answer).await
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }
    };
}

flaky! {
    create_stream => CreateStream,
    update_stream => UpdateStream,
    delete_stream => DeleteStream,
    list_streams => ListStreams,
    create_job => CreateJob,
    update_job => UpdateJob,
    cancel_job => CancelJob,
    retry_job => RetryJob,
    delete_job => DeleteJob,
    clear_completed_jobs => ClearCompletedJobs,
    purge_jobs => PurgeJobs,
    get_job => GetJob,
    list_jobs => ListJobs,
    get_concurrent_jobs => GetConcurrentJobs,
    create_tasks => CreateTasks,
    cancel_task => CancelTask,
    retry_task => RetryTask,
    get_task => GetTask,
    get_task_output => GetTaskOutput,
    list_tasks => ListTasks,
    get_prerequisites => GetPrerequisites,
    request_work => RequestWork,
    update_task_done => UpdateTaskDone,
    update_task_failed => UpdateTaskFailed,
    update_task_progress => UpdateTaskProgress,
    update_task_retry => UpdateTaskRetry,
    renew_claims => RenewClaims,
    release_claims => ReleaseClaims,
    release_worker => ReleaseWorker,
    list_claims => ListClaims,
    requeue_tasks => RequeueTasks,
    heartbeat_worker => HeartbeatWorker,
    list_workers => ListWorkers,
    put_schedule => PutSchedule,
    delete_schedule => DeleteSchedule,
    list_schedules => ListSchedules,
    fire_schedule => FireSchedule,
    get_task_state_counts => GetTaskStateCounts,
    check_stuck_pending_tasks => CheckStuckPendingTasks,
    repair => Repair,
    describe => Describe,
    probe => Probe,
    set_gate => SetGate,
    export => Export,
    list_events => ListEvents,
    set_events => SetEvents,
    import => Import,
}
