//! Several shards: where things lie, how they are found, and streams that are everywhere.

use std::collections::HashSet;

use serde_json::json;
use taskdb_core::store::Gate;
use taskdb_core::{NewJob, NewTask, TaskDb, TaskDbErr};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;
use crate::shards::Shards;

pub(super) const USER: &str = "user";
const SHARDS: u16 = 3;

/// One server, on which shards are prefixes of keys, and two handles of one namespace.
pub(super) struct World {
    pub(super) server: Server,
    config: Config,
    pub(super) shards: Shards,
    pub(super) db: TaskDb,
    pub(super) other: TaskDb,
}

impl World {
    pub(super) async fn new() -> Self {
        let server = Server::start().unwrap();
        let config = Config::from_url(&server.url()).unwrap().shards(SHARDS);
        let shards = Shards::new(&config.namespace, SHARDS);
        let (db, other) = (opened(config.clone()).await.0, opened(config.clone()).await.0);
        Self { server, config, shards, db, other }
    }

    /// An id of a job, or a claim, that lies in this shard.
    pub(super) fn id_in(&self, shard: usize) -> Uuid {
        let ids = std::iter::repeat_with(Uuid::new_v4);
        ids.into_iter().find(|id| self.shards.of_claim(id) == shard).unwrap()
    }

    /// A key of idempotency whose job lies in this shard.
    fn key_in(&self, shard: usize) -> String {
        let place = |key: &String| self.shards.of_new_job(&Uuid::nil(), USER, Some(key));
        (0..).map(|n| format!("key-{n}")).find(|key| place(key) == shard).unwrap()
    }

    pub(super) async fn stream(&self) -> Uuid {
        self.db.create_stream("cpu", 1, 1.0, USER).await.unwrap()
    }

    pub(super) async fn job_in(&self, shard: usize, stream: Uuid) -> Uuid {
        let job = NewJob::new(USER, stream, json!(1)).retries(3).timeout_secs(60);
        self.db.create_job_with(job.id(self.id_in(shard))).await.unwrap()
    }

    pub(super) fn key(&self, shard: usize, name: &str) -> String {
        self.shards.metas().nth(shard).unwrap().replace("meta", name)
    }

    fn cli<T: redis::FromRedisValue>(&self, command: &str, shard: usize, key: &str) -> T {
        self.server.cli(&[command, &self.key(shard, key)]).unwrap()
    }

    pub(super) async fn sound(&self) {
        assert_eq!(self.db.audit().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_namespace_keeps_its_number_of_shards() {
    let server = Server::start().unwrap();
    let open = async |name: &str, shards: u16| {
        let config = Config::from_url(&server.url()).unwrap().namespace(name.parse().unwrap());
        config.shards(shards).connect().await.map(drop)
    };
    for (name, ours) in [("one", 1), ("three", 3)] {
        for shards in [ours, 2, ours, 4, 1] {
            let opened = open(name, shards).await;
            if shards == ours {
                opened.unwrap();
                continue;
            }
            let error = opened.unwrap_err();
            assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
            let words = format!("open it with shards={ours}");
            assert!(error.to_string().contains(&words), "{error}");
        }
    }
}

#[tokio::test]
async fn jobs_spread_and_are_counted_together() {
    let w = World::new().await;
    let stream = w.stream().await;
    let mut jobs = HashSet::new();
    for shard in 0..3 {
        jobs.insert(w.job_in(shard, stream).await);
        assert_eq!(w.cli::<u64>("ZCARD", shard, "jobs"), 1);
    }
    let work = w.other.request_work_batch("cpu", 9, None).await.unwrap();
    assert_eq!(work.iter().map(|task| task.job_id).collect::<HashSet<_>>(), jobs);
    let listed = w.db.list_jobs(<_>::default(), None, 9).await.unwrap();
    assert_eq!(listed.iter().map(|job| job.age).collect::<Vec<_>>(), [0, 1, 2]);
    let next = w.db.list_jobs(<_>::default(), Some(0), 1).await.unwrap();
    assert_eq!(next[0].age, 1);
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 3);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().running, 3);
    assert_eq!(w.db.release_worker(w.other.worker_id()).await.unwrap(), 3);
    w.sound().await;
}

#[tokio::test]
async fn a_job_with_a_key_lies_with_its_key_and_is_found_by_its_id() {
    let w = World::new().await;
    let stream = w.stream().await;
    for (by_id, by_key) in [(0, 1), (1, 2), (2, 0), (1, 1)] {
        let (id, key) = (w.id_in(by_id), w.key_in(by_key));
        let new = |id| NewJob::new(USER, stream, json!(1)).retries(3).key(&key).id(id);
        assert_eq!(w.db.create_job_with(new(id)).await.unwrap(), id);
        // The key decides, whichever id another handle makes up.
        assert_eq!(w.other.create_job_with(new(w.id_in(by_id))).await.unwrap(), id);
        assert_eq!(w.cli::<u64>("HLEN", by_key, "keys"), 1);
        // A handle that never saw the job looks for it, once.
        let (stranger, conn) = opened(w.config.clone()).await;
        assert_eq!(stranger.get_job(&id).await.unwrap().tasks, 1);
        let before = conn.round_trips();
        stranger.get_job(&id).await.unwrap();
        assert_eq!(conn.round_trips() - before, 1);
        let (stranger, _) = opened(w.config.clone()).await;
        stranger.create_tasks(&id, [NewTask::new("a", stream, json!(1))]).await.unwrap();
        let (stranger, _) = opened(w.config.clone()).await;
        assert!(stranger.update_task_done(&id, "init", json!(7)).await.unwrap());
        assert!(!stranger.update_task_done(&id, "init", json!(7)).await.unwrap());
        let (stranger, _) = opened(w.config.clone()).await;
        assert_eq!(stranger.get_task_output::<u8>(&id, "init").await.unwrap(), 7);
        let (stranger, _) = opened(w.config.clone()).await;
        stranger.delete_job_with_ttl(&id, 60).await.unwrap();
        assert_eq!(w.cli::<u64>("HLEN", by_key, "keys"), 0);
        assert!(w.db.get_job(&id).await.unwrap_err().is_not_found());
        let (stranger, _) = opened(w.config.clone()).await;
        assert_eq!(stranger.get_task_output::<u8>(&id, "init").await.unwrap(), 7);
    }
    w.sound().await;
}

#[tokio::test]
async fn a_batch_goes_to_the_shard_of_each_job() {
    let w = World::new().await;
    let stream = w.stream().await;
    let mut claims = Vec::new();
    for shard in [2, 0, 1] {
        w.job_in(shard, stream).await;
        claims.push(w.db.request_work("cpu").await.unwrap().unwrap().claim);
    }
    let (key, id) = (w.key_in(1), w.id_in(2));
    let keyed = NewJob::new(USER, stream, json!(1)).key(key).id(id);
    w.db.create_job_with(keyed).await.unwrap();
    claims.push(w.db.request_work("cpu").await.unwrap().unwrap().claim);
    w.db.delete_job(&claims[1].job_id).await.unwrap();
    let (stranger, _) = opened(w.config.clone()).await;
    let answers = stranger.renew(&claims, None).await.unwrap();
    let lost: Vec<_> = answers.iter().map(Result::is_err).collect();
    assert_eq!(lost, [false, true, false, false]);
    let (stranger, _) = opened(w.config.clone()).await;
    let outputs = claims.iter().cloned().zip((0..).map(|n| json!(n)));
    let answers = stranger.complete_batch(outputs).await.unwrap();
    let done: Vec<_> = answers.into_iter().map(Result::ok).collect();
    assert_eq!(done, [Some(true), None, Some(true), Some(true)]);
    for n in [0, 2, 3] {
        let output: usize = w.db.get_task_output(&claims[n].job_id, "init").await.unwrap();
        assert_eq!(output, n);
    }
    w.sound().await;
}

/// The entries of a shard that cannot answer have its error; those of the others are done, and
/// only a batch of which nothing was done fails as a whole.
#[tokio::test]
async fn a_batch_outlives_the_shard_that_fails() {
    let w = World::new().await;
    let stream = w.stream().await;
    let mut claims = Vec::new();
    for shard in 0..3 {
        w.job_in(shard, stream).await;
        claims.push(w.db.request_work("cpu").await.unwrap().unwrap().claim);
    }
    let outputs = || claims.iter().cloned().map(|claim| (claim, json!(1)));
    let (meta, aside) = (w.key(1, "meta"), w.key(1, "aside"));
    let _: () = w.server.cli(&["RENAME", &meta, &aside]).unwrap();
    let _: () = w.server.cli(&["SET", &meta, "what is no hash"]).unwrap();
    let answers = w.db.complete_batch(outputs()).await.unwrap();
    assert!(matches!(answers[0], Ok(true)), "{:?}", answers[0]);
    assert!(matches!(&answers[1], Err(TaskDbErr::Backend(_))), "{:?}", answers[1]);
    assert!(matches!(answers[2], Ok(true)), "{:?}", answers[2]);
    let alone = w.db.complete_batch(outputs().skip(1).take(1)).await;
    assert!(matches!(&alone, Err(TaskDbErr::Backend(_))), "{alone:?}");
    let _: () = w.server.cli(&["RENAME", &aside, &meta]).unwrap();
    let again = w.db.complete_batch(outputs()).await.unwrap();
    assert!(matches!(again[1], Ok(true)), "{:?}", again[1]);
    for claim in &claims {
        let output: usize = w.db.get_task_output(&claim.job_id, "init").await.unwrap();
        assert_eq!(output, 1);
    }
    w.sound().await;
}

/// The first shard of the claim had nothing, so the claim lies in another one; by the time
/// of the repetition it has.
#[tokio::test]
async fn a_repeated_claim_is_found_in_whichever_shard_it_lies() {
    let w = World::new().await;
    let stream = w.stream().await;
    let claim_id = w.id_in(0);
    let there = w.job_in(2, stream).await;
    let first = w.db.request_work_as("cpu", claim_id, None).await.unwrap().unwrap();
    assert_eq!(first.job_id, there);
    for shard in 0..3 {
        w.job_in(shard, stream).await;
    }
    let again = w.other.request_work_as("cpu", claim_id, None).await.unwrap().unwrap();
    assert_eq!(again.claim, first.claim);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().running, 1);
}

#[tokio::test]
async fn no_shard_is_overlooked_and_a_batch_fills_up_from_all() {
    let w = World::new().await;
    let stream = w.stream().await;
    for shard in 0..3 {
        // Whatever shard is asked first: some of so many claims begin at each.
        for _ in 0..6 {
            w.job_in(shard, stream).await;
            assert!(w.db.request_work("cpu").await.unwrap().is_some());
        }
    }
    for shard in [0, 0, 1, 2, 2] {
        w.job_in(shard, stream).await;
    }
    assert_eq!(w.db.request_work_batch("cpu", 4, None).await.unwrap().len(), 4);
    assert_eq!(w.db.request_work_batch("cpu", 4, None).await.unwrap().len(), 1);
    assert_eq!(w.db.request_work_batch("cpu", 4, None).await.unwrap().len(), 0);
    w.sound().await;
}

#[tokio::test]
async fn a_job_in_any_shard_wakes_a_waiter() {
    let w = World::new().await;
    let stream = w.stream().await;
    for shard in 0..3 {
        let db = w.other.clone();
        let waiter = tokio::spawn(async move { db.request_work_wait("cpu", 60).await });
        tokio::task::yield_now().await;
        let job = w.job_in(shard, stream).await;
        assert_eq!(waiter.await.unwrap().unwrap().unwrap().job_id, job);
    }
}

#[tokio::test]
async fn the_gate_closes_every_shard() {
    let w = World::new().await;
    let stream = w.stream().await;
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    for shard in 0..3 {
        let job = NewJob::new(USER, stream, json!(1)).id(w.id_in(shard));
        let error = w.other.create_job_with(job).await.unwrap_err();
        assert!(matches!(error, TaskDbErr::Closed { gate: Gate::ReadOnly }), "{error}");
    }
    assert_eq!(w.other.describe().await.unwrap().gate, Gate::ReadOnly);
    w.db.set_gate(Gate::Open).await.unwrap();
    assert_eq!(w.other.describe().await.unwrap().gate, Gate::Open);
}

#[tokio::test]
async fn a_call_about_a_job_is_one_round_trip() {
    let w = World::new().await;
    let stream = w.stream().await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        let (db, conn) = opened(w.config.clone()).await;
        let job = w.job_in(1, stream).await;
        let before = conn.round_trips();
        db.get_job(&job).await.unwrap();
        db.create_tasks(&job, [NewTask::new("a", stream, json!(1))]).await.unwrap();
        assert!(db.update_task_done(&job, "init", json!(1)).await.unwrap());
        costs.push(conn.round_trips() - before);
    }
    // The first time, the scripts had to be made known.
    assert_eq!(costs[1], 3, "{costs:?}");
}
