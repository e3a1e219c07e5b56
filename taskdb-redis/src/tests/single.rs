//! What a job of one task keeps: what follows from the record of its task is not there a
//! second time, comes with a second task, and what earlier releases have written is read.

use std::time::Duration;

use serde_json::json;
use taskdb_core::store::RepairReport;
use taskdb_core::{Claim, EventLevel, EventPolicy, NewJob, NewTask, TaskDb};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;

const USER: &str = "user";
/// What a job may take besides its task; what a ready task takes in a large one.
const JOB: i64 = 400;
const TASK: i64 = 475;

struct Single {
    server: Server,
    db: TaskDb,
    stream: Uuid,
}

impl Single {
    async fn new() -> Self {
        let server = Server::start().unwrap();
        let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
        let stream = db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
        Self { server, db, stream }
    }

    async fn job(&self) -> Uuid {
        self.db.create_job(&self.stream, &json!(0), 3, 60, USER).await.unwrap()
    }

    async fn claim(&self) -> Claim {
        self.db.request_work("cpu").await.unwrap().expect("a task is ready").claim
    }

    fn fields(&self, job: &Uuid) -> Vec<String> {
        let mut fields: Vec<String> =
            self.server.cli(&["HKEYS", &format!("{{taskdb}}:job:{job}")]).unwrap();
        fields.sort();
        fields
    }

    /// The ages in the set of its lane, with their scores.
    fn lane(&self, job: &Uuid) -> Vec<(String, i64)> {
        let key = format!("{{taskdb}}:job:{job}:lane:0");
        self.server.cli(&["ZRANGE", &key, "0", "-1", "WITHSCORES"]).unwrap()
    }

    /// Writes what a release before this one would have: counts, a set and the list of lanes.
    fn age(&self, job: &Uuid, state: usize, score: &str) {
        let key = format!("{{taskdb}}:job:{job}");
        let mut counts = [0; 24];
        counts[4 * state] = 1;
        let counts = String::from_utf8(counts.to_vec()).unwrap();
        let cli = |command: &[&str]| self.server.cli::<()>(command).unwrap();
        cli(&["HSET", &key, "l0", &counts, "lanes", "\0\0\0\0\0\0"]);
        cli(&["ZADD", &format!("{key}:lane:0"), score, "0"]);
    }

    async fn assert_sound(&self) {
        assert_eq!(self.db.audit().await.unwrap(), []);
        assert_eq!(self.db.repair().await.unwrap(), RepairReport::default());
        assert_eq!(self.db.audit().await.unwrap(), []);
    }
}

/// As `MEMORY USAGE` says, with the place of each key in the table of all.
fn bytes(server: &Server) -> i64 {
    let keys: Vec<String> = server.cli(&["KEYS", "*"]).unwrap();
    let usage =
        |key: &String| -> i64 { server.cli(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).unwrap() };
    keys.iter().map(|key| usage(key) + 16).sum()
}

#[tokio::test]
async fn a_job_costs_no_more_than_it_has_to() {
    let s = Single::new().await;
    // The event log has bounds of its own.
    let policy = EventPolicy { level: EventLevel::Off, ..EventPolicy::default() };
    s.db.set_events(policy).await.unwrap();
    let definition = json!({"payload": "x".repeat(86)});
    let mut grown = Vec::new();
    for _ in 0..2 {
        for _ in 0..256 {
            s.db.create_job(&s.stream, &definition, 3, 60, USER).await.unwrap();
        }
        grown.push(bytes(&s.server));
    }
    let each = (grown[1] - grown[0]) / 256 - TASK;
    assert!(each < JOB, "a job takes {each} bytes besides its task");
}

#[tokio::test]
async fn a_task_alone_goes_through_its_life_without_a_lane() {
    let s = Single::new().await;
    let job = s.job().await;
    let alone = |s: &Single, more: &[&str]| {
        assert_eq!(s.lane(&job), []);
        let fields = s.fields(&job);
        assert_eq!(fields, [&["d0", "h", "ninit"][..], more].concat());
    };
    alone(&s, &["t0"]);
    assert!(s.db.release(&s.claim().await).await.unwrap());
    assert!(s.db.retry(&s.claim().await, Duration::from_millis(1)).await.unwrap());
    s.assert_sound().await;
    let waiting = s.db.request_work_wait("cpu", 10).await.unwrap().expect("its time has come");
    alone(&s, &["t0"]);
    assert!(s.db.complete(&waiting.claim, &json!(0)).await.unwrap());
    alone(&s, &["o0", "t0"]);
    s.assert_sound().await;
    // Cancelled while it runs, replayed, deleted while it runs and while it waits for its time.
    let other = s.job().await;
    s.claim().await;
    s.db.cancel_job(&other).await.unwrap();
    assert_eq!(s.db.list_claims(None, None, None, 9).await.unwrap(), []);
    s.db.retry_job(&other).await.unwrap();
    s.claim().await;
    s.assert_sound().await;
    s.db.delete_job(&other).await.unwrap();
    let late = NewJob::new(USER, s.stream, json!(0)).delay(Duration::from_secs(60));
    let late = s.db.create_job_with(late).await.unwrap();
    s.assert_sound().await;
    s.db.delete_job(&late).await.unwrap();
    for set in ["claims:*", "expiring", "delayed"] {
        let left: Vec<String> = s.server.cli(&["KEYS", &format!("{{taskdb}}:{set}")]).unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
    s.assert_sound().await;
}

#[tokio::test]
async fn a_second_task_brings_the_lane_of_the_first() {
    let s = Single::new().await;
    let other = s.db.create_stream("gpu", 1, 1.0, USER).await.unwrap();
    let second = |stream: Uuid| [NewTask::new("second", stream, json!(0))];
    let add = async |job: &Uuid, stream| s.db.create_tasks(job, second(stream)).await.unwrap();
    let ready = s.job().await;
    add(&ready, s.stream).await;
    assert_eq!(s.lane(&ready), [("0".to_owned(), 0), ("1".to_owned(), 1)]);
    assert!(!s.fields(&ready).contains(&"lanes".to_owned()));
    s.db.delete_job(&ready).await.unwrap();

    let running = s.job().await;
    let claim = s.claim().await;
    add(&running, other).await;
    assert_eq!(s.lane(&running), [("0".to_owned(), -1)]);
    assert!(s.fields(&running).contains(&"lanes".to_owned()));
    s.assert_sound().await;
    assert!(s.db.complete(&claim, &json!(0)).await.unwrap());
    assert_eq!(s.lane(&running), []);
    s.db.delete_job(&running).await.unwrap();
    s.assert_sound().await;

    let parent = s.job().await;
    let claim = s.claim().await;
    s.db.complete_with_children(&claim, &json!(0), second(s.stream)).await.unwrap();
    assert_eq!(s.lane(&parent), [("1".to_owned(), 1)]);
    s.assert_sound().await;
}

#[tokio::test]
async fn what_an_earlier_release_has_written_is_read() {
    let s = Single::new().await;
    let jobs = [s.job().await, s.job().await, s.job().await];
    for job in &jobs {
        s.age(job, 1, "0");
    }
    assert_eq!(s.db.audit().await.unwrap(), []);
    // One by one, which goes straight through otherwise, and several at once.
    let first = s.claim().await;
    assert_eq!((first.job_id, s.lane(&jobs[0])), (jobs[0], vec![]));
    s.age(&jobs[0], 2, "-1");
    assert!(s.db.complete(&first, &json!(0)).await.unwrap());
    assert!(!s.fields(&jobs[0]).contains(&"l0".to_owned()));
    let both = s.db.request_work_batch("cpu", 2, None).await.unwrap();
    assert_eq!([both[0].claim.job_id, both[1].claim.job_id], [jobs[1], jobs[2]]);
    s.age(&jobs[1], 2, "-1");
    s.db.create_tasks(&jobs[1], [NewTask::new("second", s.stream, json!(0))]).await.unwrap();
    assert_eq!(s.lane(&jobs[1]), [("0".to_owned(), -1), ("1".to_owned(), 1)]);
    s.age(&jobs[2], 2, "-1");
    s.db.cancel_job(&jobs[2]).await.unwrap();
    s.assert_sound().await;
    for job in &jobs {
        s.db.delete_job(job).await.unwrap();
    }
    let left: Vec<String> = s.server.cli(&["KEYS", "{taskdb}:job:*"]).unwrap();
    assert!(left.is_empty(), "{left:?}");
}
