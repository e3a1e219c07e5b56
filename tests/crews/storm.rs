//! Eight workers, one of which is killed or frozen every little while: every job ends as it
//! must, every accepted result is accepted once, and the store is sound.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use taskdb::{JobState, NewJob, TaskDb, TaskState};
use uuid::Uuid;

use crate::child::{Child, note};
use crate::mix::{self, Output, PLANNED, Plan};
use crate::place::{Place, Streams, USER};

const WORKERS: usize = 8;
/// Between two blows.
const BEAT: Duration = Duration::from_millis(500);
/// How long what is left at the end may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crew_on_sqlite() {
    crew(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crew_on_redis() {
    crew(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crew_on_postgres() {
    crew(Place::postgres()).await;
}

struct Job {
    id: Uuid,
    plan: Plan,
}

async fn crew(place: Place) {
    let seconds =
        std::env::var("TASKDB_CREW_SECS").map_or(6, |text| text.parse().expect("a number"));
    let seed = std::env::var("TASKDB_SEED").ok().map_or_else(
        || Uuid::new_v4().as_u64_pair().1 >> 32,
        |text| text.parse().expect("TASKDB_SEED is a number"),
    );
    note(&format!("TASKDB_SEED={seed} TASKDB_CREW_SECS={seconds}"));
    let db = place.connect().await;
    let streams = Streams::of(&db).await;
    let mut crew = Crew::new(place.url(), seed);
    for worker in &crew.workers {
        worker.ready().await;
    }
    let mut jobs = Vec::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut blow = Instant::now() + BEAT;
    while Instant::now() < end {
        if Instant::now() >= blow {
            crew.strike().await;
            blow += BEAT;
        }
        jobs.push(create(&db, streams, jobs.len() as u64, &mut crew).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    crew.thaw();
    settle(&db, &jobs).await;
    let (accepted, blows) = crew.end().await;
    check(&db, &jobs, &accepted).await;
    note(&format!("{} jobs, {} results told of, {blows} blows", jobs.len(), accepted.len()));
}

async fn create(db: &TaskDb, streams: Streams, number: u64, crew: &mut Crew) -> Job {
    let plan = mix::plan(number);
    let init = serde_json::to_value(&plan.init).expect("JSON");
    let job = NewJob::new(USER, streams.cpu, init).id(Uuid::now_v7()).retries(mix::RETRIES);
    let job = job.timeout_secs(60);
    loop {
        match db.create_job_with(job.clone()).await {
            Ok(id) => return Job { id, plan },
            // A frozen worker may hold the lock of the file, and would for ever.
            Err(error) if error.is_retryable() => crew.thaw(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits for the end of every job.
async fn settle(db: &TaskDb, jobs: &[Job]) {
    let end = Instant::now() + PATIENCE;
    for job in jobs {
        while db.get_job(&job.id).await.expect("a job").state == JobState::Running {
            assert!(
                Instant::now() < end,
                "stuck: {:?}",
                db.list_tasks(&job.id, None, None, 20).await
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn running(db: &TaskDb) -> u64 {
    let counts = db.get_task_state_counts().await.expect("counts");
    let running = counts.iter().filter(|count| count.state == TaskState::Running.to_string());
    running.map(|count| count.count).sum()
}

type Accepted = HashMap<(Uuid, String), Uuid>;

async fn check(db: &TaskDb, jobs: &[Job], accepted: &Accepted) {
    for Job { id, plan } in jobs {
        let info = db.get_job(id).await.expect("a job");
        assert_eq!((info.state, info.tasks), (plan.state, plan.tasks), "{id}: {:?}", info.error);
        if plan.state == JobState::Failed {
            assert_eq!(info.error.as_deref(), Some(PLANNED));
        }
        if let Some(worth) = plan.whole {
            let whole: Output = db.get_task_output(id, "whole").await.expect("an output");
            assert_eq!(whole.value, worth, "{id}");
        }
    }
    for ((job, task), claim) in accepted {
        let stored: Output = db.get_task_output(job, task).await.expect("an accepted output");
        assert_eq!(stored.claim, *claim, "task {task} of job {job}");
    }
    // A worker that was killed last has left what it held in jobs that had failed by then, and
    // nobody is there any more to take it back when the lease is over.
    let end = Instant::now() + PATIENCE;
    while running(db).await > 0 {
        assert!(Instant::now() < end, "a task runs on in a job that has ended");
        db.requeue_tasks(100).await.expect("a sweep");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
}

/// The workers, and what those said that are no more.
struct Crew {
    url: String,
    seed: u64,
    workers: Vec<Child>,
    frozen: Option<usize>,
    accepted: Accepted,
    blows: usize,
}

impl Crew {
    fn new(url: String, seed: u64) -> Self {
        let workers = (0..WORKERS).map(|_| Self::worker(&url)).collect();
        Self { url, seed: seed | 1, workers, frozen: None, accepted: HashMap::new(), blows: 0 }
    }

    fn worker(url: &str) -> Child {
        Child::spawn(url, Duration::from_secs(5))
    }

    /// Kills one or freezes one; the one frozen before thaws.
    async fn strike(&mut self) {
        self.thaw();
        self.blows += 1;
        let choice = usize::try_from(self.random() % (2 * WORKERS as u64)).expect("small");
        let victim = choice / 2;
        if choice % 2 == 0 {
            self.workers[victim].signal(Signal::STOP);
            self.frozen = Some(victim);
            return;
        }
        let successor = Self::worker(&self.url);
        let killed = std::mem::replace(&mut self.workers[victim], successor);
        killed.signal(Signal::KILL);
        let (_, lines) = killed.ended().await;
        self.take(&lines);
    }

    /// Its claims are lost by now, or nearly so; it goes on as if nothing had happened.
    fn thaw(&mut self) {
        if let Some(frozen) = self.frozen.take() {
            self.workers[frozen].signal(Signal::CONT);
        }
    }

    /// Tells all of them to stop, and looks how they end.
    async fn end(mut self) -> (Accepted, usize) {
        for worker in std::mem::take(&mut self.workers) {
            worker.ready().await;
            worker.signal(Signal::TERM);
            let (status, lines) = worker.ended().await;
            assert!(status.success(), "a worker has ended with {status}");
            self.take(&lines);
        }
        (self.accepted, self.blows)
    }

    fn take(&mut self, lines: &[String]) {
        for line in lines {
            let words: Vec<_> = line.split(' ').collect();
            let &["accepted", job, task, claim] = &words[..] else { continue };
            let id = |text: &str| text.parse::<Uuid>().expect("an id");
            let before = self.accepted.insert((id(job), task.to_owned()), id(claim));
            assert_eq!(before, None, "task {task} of job {job} was accepted twice");
        }
    }

    /// Xorshift, which is enough to choose victims.
    fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }
}
