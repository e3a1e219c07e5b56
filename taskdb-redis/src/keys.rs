//! The keys of a namespace.
//!
//! Every key begins with a hash tag in braces, by which a cluster keeps all keys of a
//! shard in one slot: `{ns}`, the namespace, or `{ns:k}` where it has several shards, for
//! which the table stands as well. `N` is a number counted by the store.
//!
//! | key | type | content |
//! |---|---|---|
//! | `{ns}:meta` | hash | `format`, `min_reader`, `shards`, `gate`, `mark`, `next_stream`, `next_job`, the sizes of `delayed` and `releasing`, the first time of `starting`, `mending` while `repair` counts, and `event_level`, `event_age`, `event_count`; with several shards `{ns}:meta` has the first three alone |
//! | `{ns}:streams`, `{ns}:deleted_streams` | hash | id → number |
//! | `{ns}:streams_by_number` | sorted set | ids of both by number; whole when it has as many members as they |
//! | `{ns}:stream_versions` | hash | id → how often its home has changed it, with several shards |
//! | `{ns}:streams_by_owner` | sorted set | user, worker type and number, in the order of their bytes |
//! | `{ns}:stream:N:counters` | hash | settings; `high`, `medium`, `low`: pending, ready, running, done, failed, cancelled |
//! | `{ns}:streams_by_priority:TYPE`, also with `:high` and `:low` | sorted set | streams with ready work by share; members are `9999999 - reserved`, `:`, number |
//! | `{ns}:stream:N:ready`, also with `:high` and `:low` | sorted set | jobs with ready work in this stream, by number |
//! | `{ns}:jobs` | sorted set | job ids by number |
//! | `{ns}:done_jobs`, `{ns}:failed_jobs`, `{ns}:cancelled_jobs`, `{ns}:kept_jobs` | sorted set | those that have ended so; those that retention passes by |
//! | `{ns}:running_jobs` | hash | user → how many |
//! | `{ns}:keys` | hash | user and idempotency key → its end and the job |
//! | `{ns}:job:ID` | hash | all of a job, see `lua/lib/job.lua` |
//! | `{ns}:job:ID:lane:N` | sorted set | ages of its ready, running and delayed tasks in stream N, once it has had a second task |
//! | `{ns}:job:ID:failures` | sorted set | ages of its tasks that failed with no tolerance, by when they ended |
//! | `{ns}:job:ID:mend` | hash | how far `repair` is with it, and what it has found |
//! | `{ns}:claims:XX` | hash | claim id → place of the task and name of the worker; `XX` is the first byte of the ids |
//! | `{ns}:expiring` | sorted set | places of running tasks by deadline |
//! | `{ns}:delayed` | sorted set | places of delayed tasks by start time |
//! | `{ns}:starting`, `{ns}:job:ID:starting` | sorted set | numbers of jobs by the first time by which a task has to start; ages of such tasks |
//! | `{ns}:releasing` | sorted set | places of tasks with a large release under way |
//! | `{ns}:kept`, `{ns}:kept_by_end` | hash, sorted set | outputs of deleted jobs; the ends of their times |
//! | `{ns}:worker:NAME` | hash | what a worker says of itself, `seen_at`, `expires_at` |
//! | `{ns}:workers`, `{ns}:workers_by_end` | sorted set | workers in the order of their bytes; the ends of their times |
//! | `{ns}:schedule:NAME` | hash | `body`, `revision`, `next_at`, `fired_at` |
//! | `{ns}:schedules`, `{ns}:schedules_by_tick` | sorted set | schedules in the order of their bytes; those with a next tick by it |
//! | `{ns}:mended`, `{ns}:mended_jobs` | hash | counters of streams and of running jobs, as far as `repair` has counted, and how far it has listed streams by number |
//! | `{ns}:events` | stream | what has happened: `kind`, `at`, `job`, and where there are such `task`, `attempt`, `worker`, `detail` |
//! | `{ns}:probe` | string | only while a probe is under way |
//! | `{ns}:wake` | channel | worker types with new work |
//! | `{ns}:absent:N` | none | never there, see `conn::wire` |
//!
//! A *place* is the number of a job and the age of a task, big-endian, so that places
//! sort by age. A worker type is written with `%25` for `%` and `%3A` for `:`. The
//! scripts make all other keys from the first one that they are given.

/// The keys this side names itself, of one shard.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// Routes every script.
    pub(crate) meta: String,
    /// The channel of wake-up hints.
    pub(crate) wake: String,
}

impl Keys {
    /// The keys below a tag, which is given without its braces.
    pub(crate) fn new(tag: &str) -> Self {
        Self { meta: format!("{{{tag}}}:meta"), wake: format!("{{{tag}}}:wake") }
    }
}
