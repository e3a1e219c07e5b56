//! Many callers share a store while requests and answers arrive twice: nobody is told what was
//! meant for another.

use std::sync::Arc;

use serde_json::json;
use taskdb::{NewJob, Result, TaskDb, TaskDbErr};
use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::{postgres, redis};
use uuid::Uuid;

use crate::storm::{note, seeds};

/// How many callers there are.
const CALLERS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_confuses_no_callers() {
    let server = redis::Server::start().expect("a private Redis server starts");
    let proxy = Proxy::before(&server.url()).await.expect("a proxy starts");
    let config = taskdb_redis::Config::from_url(&proxy.url()).expect("a URL");
    run("redis", config.connect().await.expect("it opens"), proxy, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_confuses_no_callers() {
    let server = postgres::Options::fast().start().expect("a private Postgres server starts");
    let proxy = Proxy::before(&server.url()).await.expect("a proxy starts");
    let config = taskdb_postgres::Config::from_url(&proxy.url()).expect("a URL");
    // A new connection knows no function yet, which takes it a while to learn.
    run("postgres", config.max_connections(2).connect().await.expect("it opens"), proxy, 8).await;
}

/// Lets callers make their calls so many times.
async fn run(name: &str, db: TaskDb, proxy: Proxy, rounds: usize) {
    let seed = seeds().start;
    note(&format!("{name}, doubled: TASKDB_FAULT_SEED={seed} TASKDB_FAULT_SEEDS=1"));
    let (before, proxy) = (proxy.connections(), Arc::new(proxy));
    let callers = (0..CALLERS).map(|number| {
        let rng = Rng::new(seed.wrapping_mul(1_000).wrapping_add(number));
        let name = format!("caller {number}");
        let caller = Caller { db: db.clone(), proxy: Arc::clone(&proxy), rng, name };
        tokio::spawn(caller.run(rounds))
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("it was told what was meant for it");
    }
    assert!(proxy.connections() > before, "no connection was given up");
}

/// Somebody with a stream and jobs of its own.
struct Caller {
    db: TaskDb,
    proxy: Arc<Proxy>,
    rng: Rng,
    name: String,
}

impl Caller {
    async fn run(mut self, rounds: usize) {
        let stream = self.rng.id();
        let (db, name) = (self.db.clone(), self.name.clone());
        while told(db.create_stream_as(stream, &name, 0, 1.0, &name).await).is_none() {}
        for _ in 0..rounds {
            self.strike();
            self.ask(stream).await;
        }
    }

    fn strike(&mut self) {
        let few = usize::try_from(self.rng.below(6)).unwrap_or_default();
        if self.rng.percent(50) {
            self.proxy.double_answer_after(few);
        } else {
            self.proxy.double_request_after(few);
        }
    }

    /// Makes calls, each of which has an answer that is right for nobody else.
    async fn ask(&mut self, stream: Uuid) {
        let (db, name, id) = (&self.db, &self.name, self.rng.id());
        let job = NewJob::new(name, stream, json!(name)).id(id);
        if let Some(made) = told(db.create_job_with(job).await) {
            assert_eq!(made, id);
            if let Some(job) = told(db.get_job(&id).await) {
                assert_eq!((job.job_id, &job.user_id), (id, name));
            }
        }
        if let Some(found) = told(db.get_stream(name, name).await) {
            assert_eq!(found, Some(stream));
        }
        if let Some(Some(task)) = told(db.request_work(name).await) {
            assert_eq!(task.task_def, json!(name));
            told(db.complete(&task.claim, &json!(name)).await);
        }
    }
}

/// The answer of a call, if there is one; no other error than that may be told.
fn told<T>(answer: Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            let root = error.root();
            let open = matches!(root, TaskDbErr::Unavailable(_) | TaskDbErr::Unknown(_));
            assert!(open, "{error}");
            None
        }
    }
}
