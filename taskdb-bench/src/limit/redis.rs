//! The limits of Redis: two reference scripts of eight commands each under
//! `redis-benchmark`, and pipelined inserts. Not what TaskDB runs, but what the same
//! server could do at best with as much to do.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use redis::Connection;

use super::{Kind, Limit};
use crate::error::{Error, Result, ensure};
use crate::measure::{Pace, Work};
use crate::place::Place;
use crate::server::Server;

const CLAIM: &str = include_str!("../../lua/claim.lua");
const DONE: &str = include_str!("../../lua/done.lua");

const PROGRAM: &str = "redis-benchmark";
/// The tag of the keys, which go with those of the runs.
const NAMESPACE: &str = "taskdb-bench-limit";
/// Names of the keys, in the order of the scripts.
const KEYS: [&str; 8] =
    ["meta", "streams", "ready", "lane", "job", "claims", "expiring", "counters"];
/// Tasks that the reference scripts choose from, and runs of one script before the other
/// has its turn; where nothing is measured, a part of each.
const TASKS: usize = 20_000;
const TURN: usize = 10_000;
const QUICK_PART: usize = 50;
/// Rows of a pipeline, as many as a batch may have.
const ROWS: usize = 1_000;

/// Reference scripts, or pairs of them.
pub(super) struct Scripts {
    /// Scripts of what is counted.
    pub(super) of_each: f64,
}

/// Rows with what a task keeps, a thousand in a pipeline.
pub(super) struct Inserts;

/// The limit of a kind, where the server can be reached without a password.
pub(super) fn of(kind: Kind, place: &dyn Place) -> Option<Box<dyn Limit>> {
    place.server()?.open_address()?;
    Some(match kind {
        Kind::Call => Box::new(Scripts { of_each: 1.0 }),
        Kind::Cycle => Box::new(Scripts { of_each: 2.0 }),
        Kind::Bulk => Box::new(Inserts),
    })
}

#[async_trait(?Send)]
impl Limit for Scripts {
    fn name(&self) -> &'static str {
        if self.of_each == 1.0 { "reference scripts" } else { "pairs of reference scripts" }
    }

    async fn measure(&self, place: &dyn Place, callers: usize, pace: Pace) -> Result<f64> {
        let rate =
            beside(place, pace, move |server, pace, over| scripts(server, callers, pace, over));
        Ok(rate.await? / self.of_each)
    }
}

#[async_trait(?Send)]
impl Limit for Inserts {
    fn name(&self) -> &'static str {
        "pipelined inserts"
    }

    async fn measure(&self, place: &dyn Place, _callers: usize, pace: Pace) -> Result<f64> {
        beside(place, pace, inserts).await
    }
}

/// Whether the time is over, or nobody waits for the rate any more.
type Over<'a> = &'a dyn Fn(Instant) -> bool;

/// Measures on a thread of its own, and removes what was written.
async fn beside(
    place: &dyn Place,
    pace: Pace,
    measure: impl FnOnce(&Server, Pace, Over<'_>) -> Result<f64> + Send + 'static,
) -> Result<f64> {
    let server = place.server().map(Arc::clone);
    let server = server.ok_or_else(|| Error::Unsound("there is no server".into()))?;
    // Closed when nobody waits for the rate any more.
    let (caller, _waiting) = tokio::sync::oneshot::channel::<()>();
    let run = move || {
        let over = |start: Instant| start.elapsed() >= pace.at_least || caller.is_closed();
        let rate = measure(&server, pace, &over);
        server.remove(&format!("{{{NAMESPACE}}}:*"))?;
        rate
    };
    let ended = tokio::task::spawn_blocking(run).await;
    ended.map_err(|panic| Error::Unsound(panic.to_string()))?
}

fn key(name: &str) -> String {
    format!("{{{NAMESPACE}}}:{name}")
}

/// As many connections as callers, or one connection with as many calls under way, as
/// TaskDB has it: the better of the two.
fn scripts(server: &Server, callers: usize, pace: Pace, over: Over<'_>) -> Result<f64> {
    let mut connection = server.connect()?;
    let part = if pace.at_least.is_zero() { QUICK_PART } else { 1 };
    fill(&mut connection, TASKS / part)?;
    let mut load = |script: &str| -> Result<String> {
        Ok(redis::cmd("SCRIPT").arg("LOAD").arg(script).query(&mut connection)?)
    };
    let scripts = [load(CLAIM)?, load(DONE)?];
    let (turn, tasks) = (TURN / part, TASKS / part);
    let ways = [(callers, 1), (1, callers)];
    let ways = ways.map(|(clients, pipeline)| Way { clients, pipeline, tasks });
    let mut sums = [Work::default(); 2];
    let start = Instant::now();
    loop {
        for (way, sum) in ways.iter().zip(&mut sums) {
            for script in &scripts {
                sum.units += turn;
                sum.took += way.time(server, script, turn)?;
            }
        }
        if over(start) {
            return Ok(sums.map(Work::rate).into_iter().fold(0.0, f64::max));
        }
    }
}

/// How calls reach the server.
#[derive(Clone, Copy)]
struct Way {
    clients: usize,
    pipeline: usize,
    /// Tasks to choose from.
    tasks: usize,
}

impl Way {
    /// The time that so many runs of a script take.
    fn time(self, server: &Server, script: &str, runs: usize) -> Result<Duration> {
        let (host, port, database) = server
            .open_address()
            .ok_or_else(|| Error::Unsound("the server wants a password".into()))?;
        let keys = KEYS.map(key);
        let mut command = Command::new(PROGRAM);
        command.args(["-h", &host, "--csv", "-r", &self.tasks.to_string()]);
        let numbers = [("-p", usize::from(port)), ("-c", self.clients), ("-n", runs)];
        for (name, value) in numbers.into_iter().chain([("-P", self.pipeline)]) {
            command.args([name, &value.to_string()]);
        }
        command.args(["--dbnum", &database.to_string(), "EVALSHA", script]);
        command.arg(keys.len().to_string()).args(keys).args(["__rand_int__", &record()]);
        let rate = rate(command)?;
        Ok(Duration::from_secs_f64(runs as f64 / rate))
    }
}

/// Runs `redis-benchmark`; calls a second as it says itself.
fn rate(mut command: Command) -> Result<f64> {
    let failed = |reason| Error::Program { program: PROGRAM, reason };
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        failed(format!("{error}: install it with `apt-get install redis-tools`"))
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().last().and_then(|line| line.split("\",\"").nth(1)?.parse().ok());
    match rate.filter(|rate: &f64| output.status.success() && *rate > 0.0) {
        Some(rate) => Ok(rate),
        None => Err(failed(format!("{text}{}", String::from_utf8_lossy(&output.stderr)))),
    }
}

/// As long as the record of a task.
fn record() -> String {
    "r".repeat(80)
}

/// Writes the tasks that the scripts choose from.
fn fill(connection: &mut Connection, tasks: usize) -> Result<()> {
    let (record, definition) = (record(), "d".repeat(100));
    let mut pipe = redis::pipe();
    pipe.hset(key("meta"), "gate", 0).ignore();
    pipe.zadd(key("streams"), "stream", 0).ignore().zadd(key("ready"), "job", 0).ignore();
    for task in 0..tasks {
        let name = format!("{task:012}");
        let fields = [(format!("t{name}"), &record), (format!("d{name}"), &definition)];
        pipe.hset_multiple(key("job"), &fields).ignore();
        pipe.zadd(key("lane"), &name, task).ignore();
    }
    Ok(pipe.exec(connection)?)
}

/// Rows that keep as much as a new task does: its definition, record, name and place.
fn inserts(server: &Server, _pace: Pace, over: Over<'_>) -> Result<f64> {
    let mut connection = server.connect()?;
    let (record, definition) = (record(), "d".repeat(100));
    let (start, mut rows) = (Instant::now(), 0);
    loop {
        let mut pipe = redis::pipe();
        for row in rows..rows + ROWS {
            let fields = [
                (format!("d{row}"), &*definition),
                (format!("t{row}"), &record),
                (format!("ntask-{row}"), "0123456789"),
            ];
            pipe.hset_multiple(key("rows"), &fields).ignore();
            pipe.zadd(key("places"), row, row).ignore();
        }
        pipe.exec(&mut connection)?;
        rows += ROWS;
        if over(start) {
            let work = Work::since(start, rows);
            let stored: usize = redis::cmd("ZCARD").arg(key("places")).query(&mut connection)?;
            ensure(stored == rows, || format!("{stored} of {rows} rows were inserted"))?;
            return Ok(work.rate());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Way = Way { clients: 1, pipeline: 1, tasks: 100 };

    /// Commands that the server has run by the names in its statistics, scripts apart.
    fn commands(server: &Server) -> u64 {
        let info: String = server.ask(&["INFO", "commandstats"]).unwrap();
        let lines = info.lines().filter_map(|line| line.strip_prefix("cmdstat_"));
        let calls = lines.filter_map(|line| {
            let (name, rest) = line.split_once(":calls=")?;
            let inner = ["h", "z"].iter().any(|kind| name.starts_with(kind));
            inner.then(|| rest.split(',').next()?.parse::<u64>().ok()).flatten()
        });
        calls.sum()
    }

    #[test]
    fn a_reference_script_runs_eight_commands() {
        let server = Server::start(false).unwrap();
        fill(&mut server.connect().unwrap(), 100).unwrap();
        for script in [CLAIM, DONE] {
            let script = server.ask::<String>(&["SCRIPT", "LOAD", script]).unwrap();
            let before = commands(&server);
            ONE.time(&server, &script, 10).unwrap();
            assert_eq!(commands(&server) - before, 80);
        }
    }

    #[test]
    fn a_script_that_fails_is_no_rate() {
        let server = Server::start(false).unwrap();
        let message = ONE.time(&server, "no-script", 10).unwrap_err().to_string();
        assert!(message.contains("redis-benchmark") && message.contains("NOSCRIPT"), "{message}");
    }
}
