//! Stores on a disk that runs out of space: what makes work says `StoreFull` and leaves
//! nothing behind, what was acknowledged stays, and work goes on when there is space again.
//!
//! The disks are small ones in memory, which only root can mount; elsewhere these tests say
//! that they are skipped. A full server of Redis is a matter of `taskdb-redis`.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use taskdb::{JobState, NewJob, NewTask, Result, TaskDb, TaskDbErr};
use taskdb_postgres::{Config, sqlx};
use taskdb_testkit::servers::disk::Disk;
use taskdb_testkit::servers::postgres::{Options, Server};
use uuid::Uuid;

const MIB: u64 = 1 << 20;
/// What each job brings along; more than a store has at hand.
const PAYLOAD: usize = 200_000;
/// Jobs that no disk here has room for.
const ENOUGH: usize = 500;
/// How long anything may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a store has acknowledged.
struct Told {
    db: TaskDb,
    stream: Uuid,
    jobs: Vec<Uuid>,
    done: Vec<Uuid>,
}

impl Told {
    async fn begin(db: TaskDb) -> Self {
        let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
        let mut told = Self { db, stream, jobs: Vec::new(), done: Vec::new() };
        for _ in 0..10 {
            told.create(Uuid::new_v4()).await.expect("there is room");
        }
        told
    }

    async fn create(&mut self, id: Uuid) -> Result<()> {
        let definition = noise(PAYLOAD);
        let job = NewJob::new("alice", self.stream, definition).id(id).timeout_secs(1);
        self.jobs.push(self.db.create_job_with(job.retries(100)).await?);
        Ok(())
    }

    /// Makes jobs until one is refused; its id and why.
    async fn overfill(&mut self) -> (Uuid, TaskDbErr) {
        for _ in 0..ENOUGH {
            let id = Uuid::new_v4();
            if let Err(error) = self.create(id).await {
                return (id, error);
            }
        }
        panic!("{ENOUGH} jobs found room");
    }

    /// Everything acknowledged is there; finishes all of it.
    async fn finish(&mut self) {
        assert_sound(&self.db).await;
        let end = Instant::now() + PATIENCE;
        for job in &self.done {
            let output: Value = self.db.get_task_output(job, "init").await.expect("an output");
            assert_eq!(output, json!("done"));
        }
        while !self.all_done().await {
            assert!(Instant::now() < end, "jobs are stuck");
            self.db.requeue_tasks(1_000).await.expect("a sweep");
            for task in self.db.request_work_batch("cpu", 20, None).await.expect("work") {
                self.db.complete(&task.claim, &json!("done")).await.expect("an answer");
            }
        }
        assert_sound(&self.db).await;
    }

    async fn all_done(&self) -> bool {
        for job in &self.jobs {
            let state = self.db.get_job_state(job, "alice").await.expect("an acknowledged job");
            if state != JobState::Done {
                return false;
            }
        }
        true
    }
}

/// A text that no compression makes smaller.
fn noise(bytes: usize) -> Value {
    (0..bytes / 36).map(|_| Uuid::new_v4().to_string()).collect::<String>().into()
}

async fn assert_sound(db: &TaskDb) {
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
}

fn assert_full<T: std::fmt::Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(TaskDbErr::StoreFull(_))), "{answer:?}");
}

/// The life of a store whose disk has room for some jobs, then for none, then for more.
async fn runs_out_and_goes_on(db: TaskDb, disk: &Disk) {
    let mut told = Told::begin(db.clone()).await;
    let claimed = db.request_work_batch("cpu", 3, None).await.expect("work");
    disk.fill_but(3 * MIB).expect("the disk is full");
    let (refused, error) = told.overfill().await;
    assert_full(Err::<(), _>(error));
    assert!(db.get_job(&refused).await.expect_err("it was refused").is_not_found());
    // All or nothing: neither the children nor the result are there.
    let job = claimed[0].job_id;
    let children = ["a", "b"].map(|name| NewTask::new(name, told.stream, noise(PAYLOAD * 4)));
    let output = noise(PAYLOAD);
    let both = db.complete_with_children(&claimed[0].claim, &output, children.clone());
    assert_full(both.await);
    assert_full(db.create_tasks(&job, children).await);
    assert_eq!(db.list_tasks(&job, None, None, 10).await.expect("tasks").len(), 1);
    assert_sound(&db).await;
    // What is small may find room or not; either is told as it is.
    for task in &claimed[1..] {
        match db.complete(&task.claim, &json!("done")).await {
            Ok(accepted) => {
                assert!(accepted);
                told.done.push(task.job_id);
            }
            refused => assert_full(refused),
        }
    }
    disk.free().expect("there is space");
    told.create(refused).await.expect("there is room again");
    assert!(db.complete(&claimed[0].claim, &json!("done")).await.expect("an answer"));
    told.done.push(job);
    told.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_runs_out_of_space_and_goes_on() {
    let Some(disk) = Disk::or_skip(24 * MIB, "sqlite_runs_out_of_space_and_goes_on") else {
        return;
    };
    let db = taskdb::sqlite::Config::at(disk.path().join("full.db")).connect().await;
    runs_out_and_goes_on(db.expect("it opens"), &disk).await;
}

/// A database whose tables lie in a folder, while the log of the server does not.
async fn database_in(folder: &Path, server: &Server) -> String {
    let folder = folder.join("tables");
    std::fs::create_dir(&folder).expect("a folder");
    let owner = std::fs::metadata(server.dir().expect("its files")).expect("its files");
    let (user, group) = (std::os::unix::fs::MetadataExt::uid(&owner), None);
    std::os::unix::fs::chown(&folder, Some(user), group).expect("it is given away");
    let mut admin = PgConnection::connect(&server.url()).await.expect("a connection");
    let tables = folder.display();
    for text in [
        format!("CREATE TABLESPACE small LOCATION '{tables}'"),
        "CREATE DATABASE small TABLESPACE small".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut admin).await.expect("a statement");
    }
    server.url().replace("/postgres", "/small")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_postgres_run_out_of_space_and_go_on() {
    let name = "the_tables_of_postgres_run_out_of_space_and_go_on";
    let Some(disk) = Disk::or_skip(40 * MIB, name) else { return };
    let server = Options::fast().start().expect("a private Postgres server starts");
    let config = Config::from_url(&database_in(disk.path(), &server).await).expect("a URL");
    runs_out_and_goes_on(config.connect().await.expect("it opens"), &disk).await;
    // The files of the tables go before their disk does.
    drop(server);
}

/// A server that cannot write its log ends itself, as its makers want it. Whether the call
/// at hand was stored is then open, though the server says that the disk is full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_server_without_room_for_its_log_loses_nothing() {
    let name = "a_postgres_server_without_room_for_its_log_loses_nothing";
    let Some(disk) = Disk::or_skip(96 * MIB, name) else { return };
    let options = Options { folder: Some(disk.path().to_owned()), ..Options::fast() };
    let mut server = options.start().expect("a private Postgres server starts");
    let elsewhere = tempfile::tempdir().expect("a folder");
    // The server has to get there.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(elsewhere.path(), open).expect("a folder");
    let config = Config::from_url(&database_in(elsewhere.path(), &server).await).expect("a URL");
    let db = config.response_timeout(Duration::from_secs(2)).connect().await.expect("it opens");
    let mut told = Told::begin(db).await;
    disk.fill_but(6 * MIB).expect("the disk is full");
    let (refused, error) = told.overfill().await;
    assert!(matches!(error, TaskDbErr::Unknown(_)), "{error:?}");
    disk.free().expect("there is space");
    server.kill();
    let end = Instant::now() + PATIENCE;
    while let Err(error) = server.restart() {
        assert!(Instant::now() < end, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Whatever became of it: it is made once.
    told.create(refused).await.expect("there is room again");
    told.finish().await;
    drop(server);
}
