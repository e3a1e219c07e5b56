//! The calls of a random sequence.
//!
//! Things are named by [`Pick`]s into what exists when the call is made, so that
//! a sequence still means something after others were taken out of it.

use taskdb_core::store::Gate;
use taskdb_core::{EventLevel, JobState, Priority, Rules, RunIf, TaskState};

/// Picks one of the things there are, by remainder; from [`STRANGER`] on, none of them.
pub(super) type Pick = u8;

/// The first pick that means something that does not exist.
pub(super) const STRANGER: Pick = 248;

/// One call, or a step of the clock.
#[derive(Debug, Clone)]
pub(super) enum Op {
    CreateStream(StreamDraft),
    UpdateStream {
        stream: Pick,
        reserved: Option<i32>,
        be_mult: Option<f32>,
        paused: Option<bool>,
    },
    DeleteStream {
        stream: Pick,
    },
    CreateJob(JobDraft),
    CreateTasks {
        job: Pick,
        tasks: Vec<TaskDraft>,
    },
    Job(JobVerb, Pick),
    Task(TaskVerb, TaskPick),
    DeleteJob {
        job: Pick,
        keep_secs: u64,
    },
    ClearCompleted {
        keep_secs: u64,
    },
    UpdateJob {
        job: Pick,
        priority: Option<Priority>,
        keep: Option<bool>,
    },
    Purge {
        state: JobState,
        older_secs: Option<u64>,
        newest: Option<u64>,
        limit: u64,
    },
    ListClaims {
        worker: Option<Pick>,
        limit: usize,
    },
    RequestWork {
        worker_type: Pick,
        worker: Pick,
        claims: Vec<Option<Pick>>,
        lease_secs: Option<u64>,
        inputs: Option<u64>,
    },
    Done(Vec<Finish>),
    Failed(Vec<(Aim, u8)>),
    Progress {
        aim: Aim,
        progress: f32,
    },
    Retry {
        aim: Aim,
        delay_secs: Option<u64>,
    },
    Renew {
        claims: Vec<ClaimPick>,
        lease_secs: Option<u64>,
    },
    Release {
        claims: Vec<ClaimPick>,
    },
    ReleaseWorker {
        worker: Pick,
    },
    Requeue {
        limit: u64,
    },
    Repair,
    SetGate(Gate),
    SetEvents(EventLevel),
    Advance {
        millis: u64,
    },
    StepBack {
        millis: u64,
    },
    ListTasks {
        job: Pick,
        state: Option<TaskState>,
        after: Option<u64>,
        limit: usize,
    },
    /// All pages of a list of jobs.
    ListJobs {
        user: Option<Pick>,
        state: Option<JobState>,
        label: Option<u8>,
        limit: usize,
    },
    ListStreams {
        user: Option<Pick>,
        worker_type: Option<Pick>,
        limit: usize,
    },
    GetConcurrentJobs {
        user: Pick,
    },
    /// Compares everything the two stores hold.
    Compare,
}

#[derive(Debug, Clone)]
pub(super) struct StreamDraft {
    pub(super) user: Pick,
    pub(super) worker_type: Pick,
    pub(super) reserved: i32,
    pub(super) be_mult: f32,
    pub(super) or_existing: bool,
    /// Uses the id of a stream that exists.
    pub(super) again: Option<Pick>,
}

#[derive(Debug, Clone)]
pub(super) struct JobDraft {
    pub(super) user: Pick,
    pub(super) stream: Pick,
    pub(super) definition: u8,
    pub(super) priority: Priority,
    pub(super) start: StartDraft,
    pub(super) rules: RulesDraft,
    pub(super) label: Option<u8>,
    pub(super) max_retries: i32,
    pub(super) timeout_secs: i32,
    pub(super) key: Option<(u8, Option<u64>)>,
    /// Repeats the creation of a job that exists, with another class if set.
    pub(super) again: Option<(Pick, bool)>,
}

#[derive(Debug, Clone)]
pub(super) struct TaskDraft {
    pub(super) name: Pick,
    pub(super) stream: Pick,
    pub(super) definition: u8,
    pub(super) prerequisites: Vec<Pick>,
    pub(super) names_itself: bool,
    pub(super) max_retries: i32,
    pub(super) timeout_secs: i32,
    pub(super) optional: bool,
    pub(super) run_if: RunIf,
    pub(super) start: StartDraft,
    pub(super) rules: RulesDraft,
    /// Repeats the creation of a task that exists, with a difference if set.
    pub(super) again: Option<(Pick, bool)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum StartDraft {
    Now,
    After(u64),
    /// Milliseconds from the present, either way.
    At(i64),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RulesDraft {
    pub(super) rules: Rules,
    pub(super) expires_secs: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum JobVerb {
    Get,
    Cancel,
    Retry,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum TaskVerb {
    Get,
    GetOutput,
    GetPrerequisites,
    Cancel,
    Retry,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TaskPick {
    pub(super) job: Pick,
    pub(super) task: Pick,
}

/// A claim that was handed out once, perhaps with another id.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClaimPick {
    pub(super) claim: Pick,
    pub(super) forged: bool,
}

/// What a report is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim {
    Task(TaskPick),
    Claim(ClaimPick),
}

#[derive(Debug, Clone)]
pub(super) struct Finish {
    pub(super) aim: Aim,
    pub(super) output: u8,
    pub(super) children: Vec<TaskDraft>,
}
