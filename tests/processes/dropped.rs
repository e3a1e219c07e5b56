//! Calls that are dropped before they answer: each has happened as a whole or not
//! at all, and the store goes on as if somebody had read the answer.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolOptions};
use taskdb::record::Record;
use taskdb::sqlite::Config;
use taskdb::store::Gate;
use taskdb::{JobState, NewJob, NewTask, Priority, ReadyTask, Result, TaskDb, TaskDbErr};
use taskdb_postgres::sqlx;
use taskdb_testkit::servers;
use uuid::Uuid;

use crate::{rest, sound};
use taskdb_testkit::rng::{self, Rng};

/// How many calls are dropped, unless `TASKDB_DROP_ROUNDS` says otherwise.
const ROUNDS: u64 = 500;
const KINDS: u64 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_leaves_the_store_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Config::at(folder.path().join("dropped.db"));
    for config in [file, Config::memory()] {
        drop_calls(config.connect().await.expect("it opens"), true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_leaves_redis_sound() {
    let server = servers::redis::Server::start().expect("a private Redis server starts");
    let config = taskdb_redis::Config::from_url(&server.url()).expect("a URL");
    drop_calls(config.connect().await.expect("it opens"), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_leaves_postgres_and_its_connection_sound() {
    // With one connection, a call that spoils it cannot hide behind another.
    let (pool, _server) = pool(1).await;
    let config = taskdb_postgres::Config::from_pool(pool.clone());
    drop_calls(config.connect().await.expect("it opens"), false).await;
    assert_all_there(&pool, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_leaves_postgres_and_its_pool_sound() {
    let (pool, _server) = pool(4).await;
    let config = taskdb_postgres::Config::from_pool(pool.clone());
    drop_calls(config.connect().await.expect("it opens"), false).await;
    assert_all_there(&pool, 4).await;
}

/// So many connections to a server of its own.
async fn pool(connections: u32) -> (PgPool, servers::postgres::Server) {
    let server = servers::postgres::Options::fast().start();
    let server = server.expect("a private Postgres server starts");
    let options = PgPoolOptions::new().max_connections(connections);
    (options.connect(&server.url()).await.expect("a pool"), server)
}

/// Asserts that every connection can be had, and that none is in the middle of anything.
async fn assert_all_there(pool: &PgPool, connections: usize) {
    let mut held = Vec::new();
    for _ in 0..connections {
        let mut conn = pool.acquire().await.expect("a connection that nobody has kept");
        sqlx::query("SELECT 1").execute(&mut *conn).await.expect("it can be used");
        held.push(conn);
    }
    let text = "SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'";
    let busy: i64 = sqlx::query_scalar(text).fetch_one(&mut *held[0]).await.expect("a count");
    assert_eq!(busy, 0, "connections in the middle of something");
}

#[expect(clippy::print_stdout, reason = "a test that fails shows the seed to repeat it with")]
async fn drop_calls(db: TaskDb, ordered: bool) {
    let seed = rng::seed();
    let rounds = std::env::var("TASKDB_DROP_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("a number"));
    println!("TASKDB_SEED={seed} TASKDB_DROP_ROUNDS={rounds}");
    let mut caller = Caller::new(db, Rng::new(seed), ordered).await;
    for round in 0..rounds {
        caller.round(round).await;
        if round % 20 == 19 {
            caller.check().await;
        }
    }
    caller.drain().await;
    caller.check().await;
    caller.still_wakes().await;
    println!("{} of {rounds} calls were acknowledged in time", caller.acknowledged);
    assert!((1..rounds).contains(&caller.acknowledged), "none was dropped, or all were");
}

pub(crate) struct Caller {
    pub(crate) db: TaskDb,
    pub(crate) rng: Rng,
    pub(crate) stream_id: Uuid,
    /// Jobs that exist.
    pub(crate) jobs: Vec<Uuid>,
    pub(crate) claimed: Vec<ReadyTask>,
    /// Acknowledged outputs; a job that is deleted takes its own with it.
    pub(crate) done: HashMap<(Uuid, String), Value>,
    acknowledged: u64,
    /// What records are imported.
    pub(crate) records: Vec<Record>,
    /// How long each kind of call takes when it is not dropped.
    takes: HashMap<u64, Duration>,
    /// The kind of the call at hand.
    kind: u64,
    /// How many tasks there are when no call is under way; `None` where a dropped call runs
    /// before those that are made after it.
    pub(crate) resting: Option<usize>,
}

impl Caller {
    async fn new(db: TaskDb, rng: Rng, ordered: bool) -> Self {
        let stream_id = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
        // What listens begins with the first who waits, and stays.
        db.request_work_wait("gpu", 0).await.expect("an answer");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let resting = (!ordered).then(sound::tasks);
        let (jobs, claimed, done) = (Vec::new(), Vec::new(), HashMap::new());
        let (records, takes) = (rest::records().await, HashMap::new());
        let (acknowledged, kind) = (0, 0);
        Self {
            db,
            rng,
            stream_id,
            jobs,
            claimed,
            done,
            acknowledged,
            records,
            takes,
            kind,
            resting,
        }
    }

    /// One dropped call, and some that are not, so that there is always something to do.
    async fn round(&mut self, round: u64) {
        if self.jobs.len() < 5 {
            let job_id = self.rng.id();
            self.db.create_job_with(self.job(job_id)).await.expect("a job");
            self.jobs.push(job_id);
        }
        if self.claimed.is_empty() {
            let tasks = self.db.request_work_batch("cpu", 2, None).await.expect("work");
            self.claimed.extend(tasks);
        }
        self.kind = round % KINDS;
        match self.kind {
            0 | 1 => self.create_job().await,
            2 => self.delete_job().await,
            3 | 4 => self.complete().await,
            5 => self.request_work_as().await,
            31 => self.clear_completed_jobs().await,
            kind if kind < 13 => self.with_claim(kind).await,
            kind if kind < 20 => self.with_job(kind).await,
            kind if kind < 31 => self.of_the_namespace(kind).await,
            kind => self.of_the_rest(kind).await,
        }
    }

    pub(crate) fn job(&self, job_id: Uuid) -> NewJob {
        let job = NewJob::new("alice", self.stream_id, json!({})).id(job_id);
        job.retries(1_000).timeout_secs(1).priority(Priority::Medium)
    }

    pub(crate) fn task(&self, name: String) -> NewTask {
        NewTask::new(name, self.stream_id, json!({})).retries(1_000).timeout_secs(1)
    }

    /// Makes a call and drops it after a random time, or aborts the task that makes it.
    pub(crate) async fn try_call<T: Send + 'static>(
        &mut self,
        call: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Option<Result<T>> {
        // Up to a little more than such a call has taken at the most, and often at its start.
        let known = self.takes.get(&self.kind).copied();
        let most = known.map_or(5_000, |takes| takes.as_micros() as u64 * 5 / 4 + 1);
        let most = if self.rng.percent(25) { most.min(300) } else { most };
        let time = Duration::from_micros(self.rng.below(most));
        let start = Instant::now();
        let answer = if self.rng.percent(10) {
            let answer = call.await;
            let takes = self.takes.entry(self.kind).or_default();
            *takes = start.elapsed().clamp(*takes, Duration::from_millis(20));
            Some(answer)
        } else if self.rng.percent(50) {
            within(time, call).await
        } else {
            let task = tokio::spawn(call);
            spin(time).await;
            task.abort();
            task.await.ok()
        };
        self.acknowledged += u64::from(answer.is_some());
        if answer.is_none() && self.resting.is_some() {
            self.settle().await;
        }
        if let Some(Err(error)) = &answer {
            assert!(expected(error), "{error}");
        }
        answer
    }

    async fn create_job(&mut self) {
        let job_id = self.rng.id();
        let (db, job) = (self.db.clone(), self.job(job_id));
        self.try_call(async move { db.create_job_with(job).await }).await;
        // Whether it was dropped or not, repeating it has no further effect.
        let again = self.db.create_job_with(self.job(job_id)).await;
        assert_eq!(again.expect("a repeated call"), job_id);
        self.jobs.push(job_id);
    }

    async fn delete_job(&mut self) {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return };
        let db = self.db.clone();
        let answer = self.try_call(async move { db.delete_job(&job_id).await }).await;
        let gone = self.db.get_job(&job_id).await.is_err_and(|error| error.is_not_found());
        assert!(gone || answer.is_none(), "job {job_id} was deleted");
        self.done.retain(|(of, _), _| *of != job_id);
    }

    async fn complete(&mut self) {
        let Some(task) = self.rng.take(&mut self.claimed) else { return };
        let output = json!({"n": self.rng.next()});
        let (db, claim, value) = (self.db.clone(), task.claim.clone(), output.clone());
        let answer = if self.rng.percent(50) {
            let child = self.task(format!("child of {}", task.claim.id));
            self.try_call(async move { db.complete_with_children(&claim, &value, [child]).await })
                .await
        } else {
            self.try_call(async move { db.complete(&claim, &value).await }).await
        };
        // Repeated, it must agree with what was acknowledged, and now it is known.
        let again = self.db.complete(&task.claim, &output).await;
        assert!(!matches!(answer, Some(Ok(true))) || matches!(again, Ok(true)), "{again:?}");
        if matches!(again, Ok(true)) && self.jobs.contains(&task.job_id) {
            self.done.insert((task.job_id, task.task_id), output);
        }
    }

    async fn request_work_as(&mut self) {
        let (db, claim_id) = (self.db.clone(), self.rng.id());
        self.try_call(async move { db.request_work_as("cpu", claim_id, None).await }).await;
        let again = self.db.request_work_as("cpu", claim_id, None).await.expect("work");
        self.claimed.extend(again);
    }

    async fn with_claim(&mut self, kind: u64) {
        let Some(task) = self.rng.take(&mut self.claimed) else { return };
        let (db, claim) = (self.db.clone(), task.claim.clone());
        match kind {
            6 => drop(self.try_call(async move { db.fail(&claim, "no").await }).await),
            7 => drop(self.try_call(async move { db.retry(&claim, Duration::ZERO).await }).await),
            8 => drop(self.try_call(async move { db.release(&claim).await }).await),
            9 => drop(self.try_call(async move { db.progress(&claim, 0.5).await }).await),
            10 => drop(self.try_call(async move { db.renew(&[claim], None).await }).await),
            11 => {
                let outputs = [(claim, json!(null))];
                drop(self.try_call(async move { db.complete_batch(outputs).await }).await);
            }
            _ => {
                let Some(job_id) = self.jobs.last().copied() else { return };
                let call = async move { db.update_task_failed(&job_id, "init", "no").await };
                drop(self.try_call(call).await);
            }
        }
        if matches!(kind, 9 | 10) {
            self.claimed.push(task);
        }
    }

    async fn with_job(&mut self, kind: u64) {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return };
        self.jobs.push(job_id);
        let db = self.db.clone();
        match kind {
            13 => {
                let names = ["a", "b"].map(|part| format!("{part}{}", self.rng.next()));
                let tasks =
                    [self.task(names[0].clone()), self.task(names[1].clone()).after([&names[0]])];
                let answer =
                    self.try_call(async move { db.create_tasks(&job_id, tasks).await }).await;
                self.all_or_none(&job_id, &names, matches!(answer, Some(Ok(())))).await;
            }
            14 => drop(self.try_call(async move { db.cancel_job(&job_id).await }).await),
            15 => drop(self.try_call(async move { db.cancel_task(&job_id, "init").await }).await),
            16 => drop(self.try_call(async move { db.retry_job(&job_id).await }).await),
            17 => drop(self.try_call(async move { db.retry_task(&job_id, "init").await }).await),
            18 => drop(
                self.try_call(async move { db.list_tasks(&job_id, None, None, 10).await }).await,
            ),
            _ => drop(self.try_call(async move { db.get_job(&job_id).await }).await),
        }
    }

    async fn clear_completed_jobs(&mut self) {
        let mut done = Vec::new();
        for job_id in &self.jobs {
            let job = self.db.get_job(job_id).await.expect("it exists");
            done.extend((job.state == JobState::Done).then_some(*job_id));
        }
        let db = self.db.clone();
        let answer = self.try_call(async move { db.clear_completed_jobs().await }).await;
        self.settle().await;
        for job_id in done {
            let gone = self.db.get_job(&job_id).await.is_err_and(|error| error.is_not_found());
            assert!(gone || answer.is_none(), "job {job_id} was deleted");
            if gone {
                self.jobs.retain(|other| *other != job_id);
                self.done.retain(|(of, _), _| *of != job_id);
            }
        }
    }

    async fn all_or_none(&self, job_id: &Uuid, names: &[String], acknowledged: bool) {
        self.settle().await;
        let mut found = 0;
        for name in names {
            found += usize::from(self.db.get_task(job_id, name).await.is_ok());
        }
        assert!(found == names.len() || (found == 0 && !acknowledged), "{found} of {names:?}");
    }

    async fn of_the_namespace(&mut self, kind: u64) {
        let (db, stream_id) = (self.db.clone(), self.stream_id);
        match kind {
            20 => drop(self.try_call(async move { db.requeue_tasks(10).await }).await),
            21 => {
                let call = async move { db.update_stream(&stream_id, 1, 2.0).await };
                drop(self.try_call(call).await);
            }
            22 => drop(self.try_call(async move { db.request_work_wait("gpu", 5).await }).await),
            23 => {
                let (stream_id, db) = (self.rng.id(), self.db.clone());
                let call =
                    async move { db.create_stream_as(stream_id, "gpu", 0, 1.0, "bob").await };
                drop(self.try_call(call).await);
                let db = self.db.clone();
                drop(self.try_call(async move { db.delete_stream(&stream_id).await }).await);
            }
            24 => {
                drop(self.try_call(async move { db.pause_stream(&stream_id).await }).await);
                self.db.resume_stream(&stream_id).await.expect("it resumes");
            }
            25 => {
                drop(self.try_call(async move { db.set_gate(Gate::NoClaims).await }).await);
                self.db.set_gate(Gate::Open).await.expect("it opens");
            }
            26 => drop(self.try_call(async move { db.export(None, 100).await }).await),
            27 => {
                let worker_id = db.worker_id().to_owned();
                drop(self.try_call(async move { db.release_worker(&worker_id).await }).await);
            }
            28 => drop(self.try_call(async move { db.get_task_state_counts().await }).await),
            29 => drop(self.try_call(async move { db.list_streams(None, 10).await }).await),
            _ => drop(self.try_call(async move { db.repair().await }).await),
        }
    }
}

/// What a call may answer here when it is not dropped.
pub(crate) fn expected(error: &TaskDbErr) -> bool {
    use TaskDbErr::{ClaimLost, InvalidState, JobFinished};
    matches!(error.root(), ClaimLost { .. } | InvalidState { .. } | JobFinished { .. })
}

/// The answer if it comes in time. Timers are too coarse for this: they count milliseconds.
async fn within<T>(time: Duration, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    tokio::select! {
        biased;
        answer = &mut call => Some(answer),
        () = spin(time) => None,
    }
}

async fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        tokio::task::yield_now().await;
    }
}
