//! The table of verbs: every call of the seam with its request.

/// Hands the table of verbs to another macro: `verb => Request` for each.
///
/// The layers are written with it, once for all verbs.
macro_rules! with_verbs {
    ($apply:ident) => {
        $apply! {
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
            list_events => ListEvents,
            set_events => SetEvents,
            export => Export,
            import => Import,
        }
    };
}
pub(crate) use with_verbs;

macro_rules! names {
    ($($verb:ident => $request:ident,)*) => {
        /// The verbs of the seam. Each is a method of [`Store`](crate::Store), a file
        /// of every backend, a file of the conformance suite, a tracing span, and a
        /// heading of `docs/semantics.md`.
        pub const VERBS: &[&str] = &[$(stringify!($verb)),*];
    };
}
with_verbs!(names);
