//! The engine of TaskDB above its stores: types, rules, errors and the storage
//! seam. No I/O happens here and no driver is known.
//!
//! Applications use the `taskdb` facade, which re-exports what they need. This
//! crate is for people who write a backend: they implement [`Store`] and hand
//! it to [`TaskDb::new`], which puts the layers on top.
//!
//! # Layout
//!
//! * [`state`]: the state machine, as data, and the share formula.
//! * [`task`], [`job`], [`stream`], [`claim`], [`worker`]: what callers hand in and get back.
//! * [`schedule`], [`retention`], [`rules`]: jobs that recur; for how long finished ones stay;
//!   what follows a failed attempt.
//! * [`event`], [`subscription`]: the log of what has happened to jobs and tasks; following it.
//! * [`request`]: one type per verb of the seam, with its argument checks.
//! * [`store`]: the seam itself, [`Store`]. Its documentation is the contract.
//! * [`layers`]: validation, error context and tracing, stacked over any store.
//! * [`handle`]: [`TaskDb`], the calls applications make.
//! * [`record`], [`audit`]: portable content, and the invariants checked over it.
//! * `coded`: enums with a number in stores and a name for people.
//! * [`json`], [`limits`], [`namespace`], [`time`], [`wake`], [`error`]: the parts all of these share.

pub mod audit;
pub mod bulk;
pub mod claim;
mod coded;
pub mod error;
pub mod event;
pub mod handle;
pub mod job;
pub mod json;
pub mod layers;
pub mod limits;
pub mod namespace;
pub mod record;
pub mod request;
pub mod retention;
pub mod rules;
pub mod schedule;
pub mod state;
pub mod stats;
pub mod store;
pub mod stream;
pub mod subscription;
pub mod task;
pub mod time;
mod verb;
pub mod wake;
pub mod worker;

pub use claim::{Claim, ClaimInfo, ClaimLostReason, ReadyTask, Renewal};
pub use error::{Entity, Result, TaskDbErr};
pub use event::{
    Event, EventFilter, EventKind, EventLevel, EventPage, EventPolicy, EventPosition, EventsFrom,
};
pub use handle::TaskDb;
pub use job::{Changed, IdempotencyKey, JobFilter, JobGraph, JobInfo, NewJob, Priority};
pub use json::CanonicalJson;
pub use limits::Limits;
pub use namespace::Namespace;
pub use retention::{Keep, Purged, Retention};
pub use rules::{Backoff, Rules};
pub use schedule::{MissedTicks, Schedule, ScheduleInfo};
pub use state::{JobState, TaskState};
pub use stats::{Rates, Stats};
pub use store::Store;
pub use stream::StreamInfo;
pub use subscription::Events;
pub use task::{INIT_TASK, NewTask, Prerequisite, RunIf, StuckTaskInfo, TaskInfo, TaskStateCount};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
pub use verb::VERBS;
pub use wake::ClaimHints;
pub use worker::WorkerInfo;
