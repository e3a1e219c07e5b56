//! The keys of a namespace.
//!
//! Every key begins with the namespace in braces, the hash tag by which a cluster
//! keeps all of them in one slot. `N` is a number counted by the store.
//!
//! | key | type | content |
//! |---|---|---|
//! | `{ns}:meta` | hash | `format`, `min_reader`, `gate`, `next_stream`, `next_job`, and the sizes of `delayed` and `releasing` |
//! | `{ns}:streams`, `{ns}:deleted_streams` | hash | id → number |
//! | `{ns}:streams_by_owner` | sorted set | user, worker type and number, in the order of their bytes |
//! | `{ns}:stream:N:counters` | hash | settings; `counts` of pending, ready, running, done, failed and cancelled tasks by class, see `lua/lib/stream.lua` |
//! | `{ns}:streams_by_priority:TYPE`, also with `:high` and `:low` | sorted set | streams with ready work by share; members are `9999999 - reserved`, `:`, number |
//! | `{ns}:stream:N:ready`, also with `:high` and `:low` | sorted set | jobs with ready work in this stream, by number |
//! | `{ns}:jobs`, `{ns}:done_jobs` | sorted set | job ids by number |
//! | `{ns}:running_jobs` | hash | user → how many |
//! | `{ns}:keys` | hash | user and idempotency key → its end and the job |
//! | `{ns}:job:ID` | hash | all of a job, see `lua/lib/job.lua` |
//! | `{ns}:job:ID:lane:N` | sorted set | ages of its ready, running and delayed tasks in stream N |
//! | `{ns}:claims` | hash | claim id → place of the task and name of the worker |
//! | `{ns}:expiring` | sorted set | places of running tasks by deadline |
//! | `{ns}:delayed` | sorted set | places of delayed tasks by start time |
//! | `{ns}:releasing` | sorted set | places of tasks with a large release under way |
//! | `{ns}:kept`, `{ns}:kept_by_end` | hash, sorted set | outputs of deleted jobs; the ends of their times |
//! | `{ns}:wake` | channel | worker types with new work |
//!
//! A *place* is the number of a job and the age of a task, big-endian, so that places
//! sort by age. A worker type is written with `%25` for `%` and `%3A` for `:`. The
//! scripts make all other keys from the first one that they are given.

use taskdb_core::Namespace;

/// The keys this side names itself.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// Routes every script.
    pub(crate) meta: String,
    /// The channel of wake-up hints.
    pub(crate) wake: String,
}

impl Keys {
    pub(crate) fn new(namespace: &Namespace) -> Self {
        Self { meta: format!("{{{namespace}}}:meta"), wake: format!("{{{namespace}}}:wake") }
    }
}
