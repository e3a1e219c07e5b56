//! `repair` goes in bounded steps: what others do between two of them, what a caller leaves
//! that dies half way, and damage of every kind that can be mended.

use redis::Value;
use serde_json::json;
use taskdb_core::store::RepairReport;
use taskdb_core::{JobState, NewTask, RunIf, TaskDb, TaskState};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::mending_mix::commands;
use super::opened;
use crate::config::Config;
use crate::conn::Conn;
use crate::reply::Reply;
use crate::script::{Kind, Script};
use crate::scripts;

const USER: &str = "user";
/// More than two steps visit.
const FILLERS: usize = 700;
/// The most commands of a step: a few milliseconds.
const COMMANDS: u64 = 5_000;

struct Mended {
    server: Server,
    db: TaskDb,
    conn: Conn,
    stream: Uuid,
    job: Uuid,
}

impl Mended {
    /// A job whose fillers wait for `init`, with `last` behind them all.
    async fn new() -> Self {
        let server = Server::start().unwrap();
        let (db, conn) = opened(Config::from_url(&server.url()).unwrap()).await;
        let stream = db.create_stream("cpu", 0, 1.0, USER).await.unwrap();
        let job = db.create_job(&stream, &json!(0), 0, 600, USER).await.unwrap();
        let names: Vec<_> = (0..FILLERS).map(|n| format!("filler-{n}")).collect();
        let fillers = names.iter().map(|name| NewTask::new(name, stream, json!(0)).after(["init"]));
        let last = NewTask::new("last", stream, json!(0)).after(names.clone());
        db.create_tasks(&job, fillers.chain([last])).await.unwrap();
        Self { server, db, conn, stream, job }
    }

    fn cli(&self, command: &[&str]) {
        self.server.cli::<()>(command).unwrap();
    }

    fn key(&self) -> String {
        format!("{{taskdb}}:job:{}", self.job)
    }

    /// Runs one step; the answer behind the status.
    async fn step(&self, script: &'static Script, args: &[&str]) -> Reply {
        let args = std::iter::once(&"").chain(args).map(|arg| arg.as_bytes().to_vec()).collect();
        let reply = self.conn.run(script, Kind::Once, "{taskdb}:meta", args).await.unwrap();
        let mut reply = Reply::new(reply).unwrap();
        assert_eq!(reply.text().unwrap(), "ok");
        reply
    }

    /// One step of mending the job; whether it is at an end.
    async fn mend(&self, begin: bool) -> bool {
        let mut reply =
            self.step(&scripts::repair, &["0", if begin { "1" } else { "0" }, ""]).await;
        let (_, _) = (reply.text().unwrap(), reply.text().unwrap());
        reply.flag().unwrap()
    }

    /// One step of counting streams; whether any is left.
    async fn count(&self, begin: bool) -> bool {
        let begin = if begin { "1" } else { "0" };
        self.step(&scripts::repair_streams, &[begin]).await.flag().unwrap()
    }

    async fn state(&self, task: &str) -> TaskState {
        self.db.get_task(&self.job, task).await.unwrap().state
    }

    async fn finish_next(&self) {
        let task = self.db.request_work("cpu").await.unwrap().unwrap();
        assert!(self.db.complete(&task.claim, &json!(0)).await.unwrap());
    }

    async fn assert_sound(&self) {
        assert_eq!(self.db.audit().await.unwrap(), []);
        assert_eq!(self.db.repair().await.unwrap(), RepairReport::default());
        assert_eq!(self.db.audit().await.unwrap(), []);
    }
}

#[tokio::test]
async fn no_step_does_more_than_a_part() {
    let m = Mended::new().await;
    let (mut steps, mut over) = (0, false);
    while !over {
        let before = commands(&m.server);
        over = m.mend(steps == 0).await;
        let commands = commands(&m.server) - before;
        assert!(commands < COMMANDS, "step {steps} ran {commands} commands");
        steps += 1;
    }
    assert!(steps > FILLERS / 250, "{steps}");
    m.assert_sound().await;
}

/// The job changes behind every step, where it was visited and where it was not.
#[tokio::test]
async fn what_others_do_between_steps_is_counted() {
    let m = Mended::new().await;
    let extra = |name: String| NewTask::new(name, m.stream, json!(0)).after(["filler-699"]);
    let other = m.db.create_stream("gpu", 1, 1.0, USER).await.unwrap();
    let gpu = |name: &str| NewTask::new(name, other, json!(0));
    let mut step = 0;
    while !m.mend(step == 0).await {
        m.finish_next().await;
        m.db.request_work("cpu").await.unwrap().unwrap();
        m.db.create_tasks(&m.job, [extra(format!("extra-{step}"))]).await.unwrap();
        if step == 1 {
            let doomed = gpu("doomed").optional();
            let after = gpu("after").after(["doomed"]).run_if(RunIf::AllSettled);
            m.db.create_tasks(&m.job, [doomed, after]).await.unwrap();
            m.db.cancel_task(&m.job, "doomed").await.unwrap();
            assert_eq!(m.state("after").await, TaskState::Ready);
        }
        step += 1;
    }
    assert!(step > 4, "{step}");
    assert_eq!(m.db.audit().await.unwrap(), []);
    // The same where streams are counted: jobs that were counted change, and new ones come.
    assert!(m.count(true).await);
    m.finish_next().await;
    let more = m.db.create_job(&m.stream, &json!(0), 0, 600, "bob").await.unwrap();
    let gone = m.db.create_job(&m.stream, &json!(0), 0, 600, "eve").await.unwrap();
    m.db.delete_job(&gone).await.unwrap();
    m.db.cancel_job(&more).await.unwrap();
    assert!(!m.count(false).await);
    let counts: Vec<_> = ["bob", "eve", USER]
        .map(|user| m.server.cli::<i64>(&["HGET", "{taskdb}:running_jobs", user]).unwrap())
        .into();
    assert_eq!(counts, [0, 0, 1]);
    m.assert_sound().await;
    while m.db.get_job(&m.job).await.unwrap().state == JobState::Running {
        m.db.release_worker(m.db.worker_id()).await.unwrap();
        for task in m.db.request_work_batch("cpu", 1_000, None).await.unwrap() {
            assert!(m.db.complete(&task.claim, &json!(0)).await.unwrap());
        }
        for task in m.db.request_work_batch("gpu", 1_000, None).await.unwrap() {
            assert!(m.db.complete(&task.claim, &json!(0)).await.unwrap());
        }
    }
    assert_eq!(m.db.get_job(&m.job).await.unwrap().state, JobState::Done);
    m.assert_sound().await;
}

/// A repair begins anew where one before it has stopped at any of its steps.
#[tokio::test]
async fn one_that_died_half_way_leaves_no_trace() {
    let m = Mended::new().await;
    for stop in 1..9 {
        for step in 0..stop {
            if m.mend(step == 0).await {
                break;
            }
        }
        m.count(true).await;
        m.finish_next().await;
        // What was seen is not believed: this damage came after it.
        m.cli(&["HSET", &m.key(), "l0", "\0".repeat(24).as_str()]);
        let report = m.db.repair().await.unwrap();
        assert_eq!(report.jobs_mended, 1, "{stop}");
        m.assert_sound().await;
        assert_eq!(
            m.server.cli::<Value>(&["EXISTS", &format!("{}:mend", m.key())]).unwrap(),
            Value::Int(0)
        );
        assert_eq!(
            m.server.cli::<Value>(&["HEXISTS", "{taskdb}:meta", "mending"]).unwrap(),
            Value::Int(0)
        );
    }
}

/// Two repairs at a time help each other to an end.
#[tokio::test]
async fn two_at_a_time_come_to_an_end() {
    let m = Mended::new().await;
    m.cli(&["HDEL", &m.key(), "p0.3"]);
    let (one, other) = tokio::join!(m.db.repair(), m.db.repair());
    one.unwrap();
    other.unwrap();
    m.assert_sound().await;
}

#[tokio::test]
async fn damage_is_mended() {
    let m = Mended::new().await;
    let (job, lane) = (m.key(), format!("{}:lane:0", m.key()));
    m.cli(&["HDEL", &job, "p0.1", "p0.2", "nfiller-3"]);
    m.cli(&["HSET", &job, "p5.0", "\u{1}\0\0\0", "p0.9", "junk"]);
    m.cli(&["ZADD", &lane, "7", "7", "9000", "9000", "-3", "2"]);
    m.cli(&["ZREM", &lane, "0"]);
    m.cli(&["DEL", "{taskdb}:stream:0:ready", "{taskdb}:running_jobs"]);
    m.cli(&["HSET", "{taskdb}:stream:0:counters", "medium", "9 9 9 9 9 9"]);
    m.cli(&["ZADD", "{taskdb}:done_jobs", "0", &m.job.to_string()]);
    let report = m.db.repair().await.unwrap();
    assert_eq!(report.streams_mended, 1, "{report:?}");
    m.assert_sound().await;
    m.finish_next().await;
    for _ in 0..FILLERS {
        m.finish_next().await;
    }
    m.finish_next().await;
    assert_eq!(m.db.get_job(&m.job).await.unwrap().state, JobState::Done);
    m.assert_sound().await;
}
