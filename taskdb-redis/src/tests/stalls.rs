//! How long the largest calls hold up everybody else, by the server's own figures: what its
//! scripts take, and how many commands they run.

use std::time::Duration;

use serde_json::json;
use taskdb_core::{JobState, NewTask, TaskDb, TaskState};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::mending_mix::commands;
use super::opened;
use crate::config::Config;

const USER: &str = "user";
const LARGE: usize = 100_000;
/// What no script may ever take.
pub(super) const LONGEST: Duration = Duration::from_millis(50);
/// Other programs of the machine can make a script look long, though never a long one short.
pub(super) const ATTEMPTS: usize = 3;

/// Commands that a script of a call may run: of all there are, that of a thousand tasks to
/// create has most to do.
const COMMANDS: u64 = 12_000;

/// From now on the server notes commands of a millisecond and more.
pub(super) fn note(server: &Server) {
    for command in
        [&["CONFIG", "SET", "slowlog-log-slower-than", "1000"][..], &["SLOWLOG", "RESET"]]
    {
        server.cli::<()>(command).unwrap();
    }
}

/// The longest command since then.
pub(super) fn longest(server: &Server) -> Duration {
    let entries: Vec<redis::Value> = server.cli(&["SLOWLOG", "GET", "-1"]).unwrap();
    let micros = entries.into_iter().filter_map(|entry| match entry {
        redis::Value::Array(fields) => match fields.get(2)? {
            redis::Value::Int(micros) => u64::try_from(*micros).ok(),
            _ => None,
        },
        _ => None,
    });
    Duration::from_micros(micros.max().unwrap_or(0))
}

/// A job whose tasks wait for `init`.
async fn fan_out(db: &TaskDb) -> Uuid {
    let stream = db.get_or_create_stream("cpu", 0, 1.0, USER).await.unwrap();
    let job = db.create_job(&stream, &json!(0), 0, 600, USER).await.unwrap();
    for first in (0..LARGE).step_by(1_000) {
        let task = |n| NewTask::new(format!("t{n}"), stream, json!(0)).after(["init"]);
        db.create_tasks(&job, (first..first + 1_000).map(task)).await.unwrap();
    }
    job
}

/// What a server says of its scripts: how many, their microseconds, and all commands in them.
fn scripts(server: &Server) -> [u64; 3] {
    let info: String = server.cli(&["INFO", "commandstats"]).unwrap();
    let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:"));
    let field = |name: &str| -> Option<u64> {
        line?.split(',').find_map(|field| field.strip_prefix(name))?.parse().ok()
    };
    [field("calls=").unwrap_or(0), field("usec=").unwrap_or(0), commands(server)]
}

/// Asks a server about each step.
struct Watch<'a> {
    server: &'a Server,
    /// What was done, what a script of it took, and how many commands it ran.
    times: Vec<(&'static str, Duration, u64)>,
}

impl Watch<'_> {
    async fn step<T>(&mut self, what: &'static str, work: impl Future<Output = T>) -> T {
        let before = scripts(self.server);
        let done = work.await;
        let after = scripts(self.server);
        let [count, micros, commands] = [0, 1, 2].map(|at| after[at] - before[at]);
        self.times.push((what, Duration::from_micros(micros / count), commands / count));
        done
    }
}

async fn large_calls(watch: &mut Watch<'_>, db: &TaskDb) {
    let job = watch.step("create", fan_out(db)).await;
    let init = db.request_work("cpu").await.unwrap().unwrap();
    assert!(watch.step("release", db.complete(&init.claim, &json!(0))).await.unwrap());
    assert_eq!(db.get_task(&job, "t99999").await.unwrap().state, TaskState::Ready);
    watch.step("cancel", db.cancel_job(&job)).await.unwrap();
    watch.step("replay", db.retry_job(&job)).await.unwrap();
    let running = db.request_work_batch("cpu", 1_000, None).await.unwrap();
    assert_eq!(running.len(), 1_000);
    watch.step("delete", db.delete_job(&job)).await.unwrap();
    let gone = db.get_job(&job).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
    let failed = fan_out(db).await;
    assert!(watch.step("fail", db.update_task_failed(&failed, "init", "broken")).await.unwrap());
    assert_eq!(db.get_job(&failed).await.unwrap().state, JobState::Failed);
}

#[tokio::test]
async fn a_large_job_holds_nobody_up() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let mut watch = Watch { server: &server, times: Vec::new() };
    for attempt in 1..=ATTEMPTS {
        watch.times.clear();
        large_calls(&mut watch, &db).await;
        let many = watch.times.iter().find(|(_, _, commands)| *commands > COMMANDS);
        assert!(many.is_none(), "{many:?}");
        let long = watch.times.iter().find(|(_, time, _)| *time > LONGEST);
        assert!(long.is_none() || attempt < ATTEMPTS, "{long:?}");
        if long.is_none() {
            break;
        }
    }
}
