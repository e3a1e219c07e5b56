//! `repair` beside work: steps and calls in random turns, and a job of the greatest size.

use std::time::Duration;

use serde_json::json;
use taskdb_core::store::RepairReport;
use taskdb_core::{Claim, JobState, NewTask, RunIf, TaskDb};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use super::stalls::{ATTEMPTS, LONGEST, longest, note};
use crate::args::Args;
use crate::config::Config;
use crate::conn::Conn;
use crate::reply::{About, Reply};
use crate::script::{Kind, Script};
use crate::scripts;

const USER: &str = "user";

/// Numbers that look random, the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A repair that goes step by step, as `ops::repair` does.
struct Steps {
    conn: Conn,
    from: Option<u64>,
    begin: bool,
    ends: String,
    counting: bool,
}

impl Steps {
    fn new(conn: &Conn) -> Self {
        let (from, ends) = (Some(0), String::new());
        Self { conn: conn.clone(), from, begin: true, ends, counting: true }
    }

    async fn run(&self, script: &'static Script, args: Args) -> Reply {
        let meta = "{taskdb}:meta";
        let reply = self.conn.run(script, Kind::Once, meta, args.into_inner()).await.unwrap();
        Reply::new(reply).unwrap().accepted(&About::default()).unwrap()
    }

    /// One more step; false after the last.
    async fn step(&mut self) -> bool {
        if let Some(number) = self.from {
            let args = Args::at(None).value(number).flag(self.begin).bytes(self.ends.as_str());
            let mut reply = self.run(&scripts::repair, args).await;
            self.ends = reply.text().unwrap();
            self.from = reply.parse_or_empty().unwrap();
            self.begin = reply.flag().unwrap();
        } else if self.counting {
            let mut reply =
                self.run(&scripts::repair_streams, Args::at(None).flag(self.begin)).await;
            self.counting = reply.flag().unwrap();
            self.begin = false;
        }
        self.from.is_some() || self.counting
    }
}

struct Mix {
    server: Server,
    db: TaskDb,
    conn: Conn,
    streams: [Uuid; 2],
    jobs: Vec<Uuid>,
    claims: Vec<Claim>,
    made: usize,
    dice: Dice,
}

impl Mix {
    async fn new(seed: u64) -> Self {
        let server = Server::start().unwrap();
        let (db, conn) = opened(Config::from_url(&server.url()).unwrap()).await;
        let streams = [
            db.create_stream("cpu", 0, 1.0, USER).await.unwrap(),
            db.create_stream("cpu", 1, 2.0, USER).await.unwrap(),
        ];
        let (jobs, claims, dice) = (Vec::new(), Vec::new(), Dice(seed));
        let mut mix = Self { server, db, conn, streams, jobs, claims, made: 0, dice };
        for _ in 0..3 {
            mix.new_job().await;
            mix.new_tasks(300).await;
            mix.new_tasks(300).await;
        }
        mix
    }

    async fn new_job(&mut self) {
        let stream = self.streams[0];
        self.jobs.push(self.db.create_job(&stream, &json!(0), 1, 600, USER).await.unwrap());
    }

    fn job(&mut self) -> Uuid {
        let pick = self.dice.roll(self.jobs.len() as u64);
        self.jobs[pick as usize]
    }

    /// Tasks of the newest job, after some of the last ones or after `init`.
    async fn new_tasks(&mut self, number: usize) {
        let mut tasks = Vec::new();
        let first = self.made;
        for n in first..first + number {
            let stream = self.streams[self.dice.roll(2) as usize];
            let after: Vec<_> = match self.dice.roll(4) {
                0 => vec!["init".to_owned()],
                1 if n > first + 1 => vec![format!("t{}", n - 1), format!("t{}", n - 2)],
                _ if n > first => {
                    vec![format!("t{}", first + self.dice.roll((n - first) as u64) as usize)]
                }
                _ => vec!["init".to_owned()],
            };
            let mut task = NewTask::new(format!("t{n}"), stream, json!(0)).after(after).retries(1);
            if self.dice.roll(3) == 0 {
                task = task.optional().expires_in(Duration::from_secs(600));
            }
            let tolerant = self.dice.roll(2) == 0;
            tasks.push(if tolerant { task.run_if(RunIf::AllSettled) } else { task });
        }
        self.made += number;
        let job = *self.jobs.last().unwrap();
        // A job may have ended meanwhile.
        let _ = self.db.create_tasks(&job, tasks).await;
    }

    async fn claim(&mut self) {
        let taken = self.db.request_work_batch("cpu", 5, None).await.unwrap();
        self.claims.extend(taken.into_iter().map(|task| task.claim));
    }

    /// One call of some kind; what it answers depends on what was before.
    async fn call(&mut self) {
        let job = self.job();
        let claim = match self.claims.len() as u64 {
            0 => return self.claim().await,
            held => self.claims.swap_remove(self.dice.roll(held) as usize),
        };
        match self.dice.roll(14) {
            0..=1 => drop(self.db.release(&claim).await),
            2 => drop(self.db.give_up(&claim).await),
            3 if self.dice.roll(4) == 0 => drop(self.db.fail(&claim, "broken").await),
            4 => self.new_tasks(3).await,
            5 => {
                let task = format!("t{}", self.dice.roll(600));
                drop(self.db.update_task_done(&job, &task, json!(0)).await);
            }
            6 if self.dice.roll(9) == 0 => self.new_job().await,
            7 if self.dice.roll(9) == 0 => drop(self.db.retry_job(&job).await),
            8 if self.dice.roll(30) == 0 => drop(self.db.delete_job(&job).await),
            9 if self.dice.roll(30) == 0 => drop(self.db.cancel_job(&job).await),
            _ => drop(self.db.complete(&claim, &json!(0)).await),
        }
        self.claim().await;
    }

    /// What a repair mends and calls can live with.
    fn damage(&self) {
        let cli = |command: &[&str]| self.server.cli::<()>(command).unwrap();
        for job in &self.jobs {
            let key = format!("{{taskdb}}:job:{job}");
            cli(&["HDEL", &key, "p0.0", "p3.0"]);
            cli(&["ZREM", &format!("{key}:lane:0"), "0"]);
            cli(&["ZADD", &format!("{key}:lane:1"), "7", "9000"]);
        }
        cli(&["HSET", "{taskdb}:stream:0:counters", "medium", "9 9 9 9 9 9"]);
        cli(&["DEL", "{taskdb}:running_jobs", "{taskdb}:stream:1:ready"]);
    }
}

#[tokio::test]
async fn steps_and_calls_in_random_turns_leave_everything_sound() {
    for seed in 0..6 {
        let mut mix = Mix::new(seed).await;
        if seed % 2 == 1 {
            mix.damage();
        }
        let mut steps = Steps::new(&mix.conn);
        let mut turns = 0;
        while steps.step().await {
            turns += 1;
            assert!(turns < 2_000, "seed {seed} does not come to an end");
            for _ in 0..mix.dice.roll(4) {
                mix.call().await;
            }
        }
        assert!(turns > 12, "seed {seed}: {turns}");
        assert_eq!(mix.db.audit().await.unwrap(), [], "seed {seed}");
        let report = mix.db.repair().await.unwrap();
        assert_eq!(report, RepairReport::default(), "seed {seed}");
    }
}

/// Two repairs, and calls from a third side, all at once.
#[tokio::test]
async fn work_goes_on_beside_two_repairs() {
    let mut mix = Mix::new(99).await;
    let (db, other) = (mix.db.clone(), mix.db.clone());
    let one = async {
        while mix.made < 1_900 {
            mix.call().await;
            mix.new_tasks(1).await
        }
    };
    let (_, first, second) = tokio::join!(one, db.repair(), other.repair());
    first.unwrap();
    second.unwrap();
    assert_eq!(db.audit().await.unwrap(), []);
}

const LARGE: usize = 100_000;

#[tokio::test]
async fn a_large_job_is_mended_without_a_stall() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let stream = db.create_stream("cpu", 0, 1.0, USER).await.unwrap();
    let job = db.create_job(&stream, &json!(0), 0, 600, USER).await.unwrap();
    let task = |name: &str| NewTask::new(name, stream, json!(0));
    db.create_tasks(&job, [task("first"), task("second")]).await.unwrap();
    for first in (0..LARGE).step_by(1_000) {
        let waiting = |n| task(&format!("t{n}")).after(["second"]);
        db.create_tasks(&job, (first..first + 1_000).map(waiting)).await.unwrap();
    }
    let claims = db.request_work_batch("cpu", 3, None).await.unwrap();
    assert!(db.complete(&claims[0].claim, &json!(0)).await.unwrap());
    for task in &claims[1..] {
        assert!(db.fail(&task.claim, &task.task_id).await.unwrap());
    }
    let mut best = Duration::MAX;
    for attempt in 0..ATTEMPTS {
        note(&server);
        let report = db.repair().await.unwrap();
        assert_eq!(report, RepairReport::default(), "attempt {attempt}");
        best = best.min(longest(&server));
        if best < LONGEST {
            break;
        }
    }
    assert!(best < LONGEST, "a script took {best:?}");
    // Replayed in part, the job ends with the failure that is left.
    db.retry_task(&job, "first").await.unwrap();
    let first = db.request_work("cpu").await.unwrap().unwrap();
    let before = commands(&server);
    assert!(db.complete(&first.claim, &json!(0)).await.unwrap());
    let ran = commands(&server) - before;
    assert!(ran < 100, "{ran} commands to find a failure");
    assert_eq!(db.get_job(&job).await.unwrap().state, JobState::Failed);
    assert_eq!(db.get_job_failure(&job).await.unwrap(), "second");
}

/// Commands that the server has run.
pub(super) fn commands(server: &Server) -> u64 {
    let info: String = server.cli(&["INFO", "commandstats"]).unwrap();
    let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok();
    info.lines().filter_map(calls).sum()
}
