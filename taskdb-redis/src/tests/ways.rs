//! Calls go straight through where they are ordinary: with the same effect, byte for
//! byte, as by the general way, and without any where they leave the call to that.

mod claims;

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use serde_json::json;
use taskdb_core::request::TaskSpec;
use taskdb_core::store::Gate;
use taskdb_core::time::Start;
use taskdb_core::{
    CanonicalJson, Claim, Clock, ManualClock, NewJob, NewTask, Priority, Rules, RunIf, TaskDb,
    Timestamp,
};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::args::Args;
use crate::config::Config;
use crate::conn::Conn;
use crate::record::Task;
use crate::reply::{About, Reply};
use crate::script::{Script, text};
use crate::scripts;

const USER: &str = "user";

/// A script, its straight way alone, and its general way alone.
struct Verb {
    whole: &'static Script,
    straight: &'static Script,
    general: &'static Script,
}

impl Verb {
    fn new(whole: &'static Script, part: &'static str) -> Self {
        let made = |source: String| -> &'static Script {
            Box::leak(Box::new(Script::new(whole.name, source.leak(), whole.kind)))
        };
        let (before, after) = whole.source.split_once(part).expect("the script has the part");
        let straight = made(format!("{before}{part}return {{ 'general' }}\n{}", text!(end)));
        Self { whole, straight, general: made(format!("{before}{after}")) }
    }
}

/// Two servers with the same content, on which each call is made by another way.
struct Ways {
    one: Server,
    other: Server,
    db: TaskDb,
    /// To both servers.
    conns: [Conn; 2],
    clock: ManualClock,
    claim: Verb,
    done: Verb,
    create: Verb,
}

impl Ways {
    async fn start() -> Self {
        let (one, other) = (Server::start().unwrap(), Server::start().unwrap());
        let clock = ManualClock::default();
        let config = |server: &Server| {
            Config::from_url(&server.url()).unwrap().clock(Some(Arc::new(clock.clone())))
        };
        let (db, conn) = opened(config(&one)).await;
        let (_, second) = opened(config(&other)).await;
        macro_rules! parts {
            ($($part:literal),*) => {
                concat!($(include_str!(concat!("../../lua/lib/", $part))),*)
            };
        }
        let claim = parts!("claim_one.lua", "claim_many.lua", "claim_none.lua");
        let claim = Verb::new(&scripts::request_work, claim);
        let create = include_str!("../../lua/lib/create_plain.lua");
        let create = Verb::new(&scripts::create_tasks, create);
        let done = Verb::new(&scripts::update_task_done, parts!("done_one.lua", "done_many.lua"));
        Self { one, other, db, conns: [conn, second], clock, claim, done, create }
    }

    /// Makes the second server the same as the first.
    fn mirror(&self) {
        self.other.cli::<()>(&["FLUSHALL"]).unwrap();
        let keys: Vec<String> = self.one.cli(&["KEYS", "*"]).unwrap();
        let port = self.other.port().unwrap().to_string();
        let migrate = ["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "COPY", "KEYS"].into_iter();
        let command: Vec<&str> = migrate.chain(keys.iter().map(String::as_str)).collect();
        self.one.cli::<()>(&command).unwrap();
        assert_eq!(digest(&self.one), digest(&self.other));
    }

    /// Makes a call by both ways; whether it goes straight through.
    async fn call(&self, verb: &Verb, args: Args) -> (bool, Value) {
        let (meta, args) = ("{taskdb}:meta", args.into_inner());
        self.mirror();
        let before = digest(&self.other);
        let [one, other] = &self.conns;
        let run = async |conn: &Conn, script: &'static Script| {
            conn.run(script, script.kind, meta, args.clone()).await.unwrap()
        };
        let left = Value::Array(vec![Value::BulkString(b"general".to_vec())]);
        let straight = run(other, verb.straight).await != left;
        if straight {
            self.mirror();
        } else {
            assert_eq!(digest(&self.other), before, "something was written before it was left");
        }
        let answer = run(one, verb.whole).await;
        assert_eq!(answer, run(other, verb.general).await);
        assert_eq!(take_events(&self.one), take_events(&self.other), "they tell other things");
        assert_eq!(digest(&self.one), digest(&self.other), "the two ways have other effects");
        self.clock.advance(Duration::from_micros(7));
        (straight, answer)
    }

    fn args(&self) -> Args {
        Args::at(Some(self.clock.now()))
    }

    async fn claim_as(&self, id: Uuid, lease: Option<u64>) -> (bool, Option<Claim>) {
        let args = self.args().bytes("cpu").bytes("worker").maybe(lease).bytes(*id.as_bytes());
        let (straight, answer) = self.call(&self.claim, args).await;
        (straight, claims_of(answer).pop())
    }

    /// A claim of several tasks.
    async fn claim_some(&self, ids: &[Uuid]) -> (bool, Vec<Claim>) {
        let args = self.args().bytes("cpu").bytes("worker").value(5_000_000);
        let args = ids.iter().fold(args, |args, id| args.bytes(*id.as_bytes()));
        let (straight, answer) = self.call(&self.claim, args).await;
        (straight, claims_of(answer))
    }

    /// A claim of so many tasks, in two parts of the claims.
    async fn claim_fresh(&self, count: usize) -> (bool, Vec<Claim>) {
        let id = |n: usize| {
            let mut bytes = Uuid::new_v4().into_bytes();
            bytes[0] = u8::from(n.is_multiple_of(3));
            Uuid::from_bytes(bytes)
        };
        self.claim_some(&(0..count).map(id).collect::<Vec<_>>()).await
    }

    /// Whether new tasks go straight through, with at most twenty in the job.
    async fn create(&self, job: &Uuid, tasks: &[TaskSpec]) -> bool {
        let args = self.args().value(job).value(20);
        let args = tasks.iter().fold(args, |args, spec| args.spec(spec));
        self.call(&self.create, args).await.0
    }

    /// Whether completions go straight through.
    async fn done_some(&self, claims: &[Claim]) -> bool {
        let args = claims.iter().fold(self.args().value(1_000), |args, claim| {
            args.claim(claim).bytes(claim.task_id.as_str()).value(0)
        });
        self.call(&self.done, args).await.0
    }

    /// A claim that must go straight through.
    async fn claimed(&self) -> Claim {
        let (straight, claim) = self.claim_as(Uuid::new_v4(), None).await;
        assert!(straight);
        claim.expect("something is ready")
    }

    /// Whether a completion goes straight through.
    async fn done(&self, claim: &Claim, output: &str) -> bool {
        let args = self.args().value(1_000).claim(claim).bytes(output).value(0);
        self.call(&self.done, args).await.0
    }
}

/// Removes the event log, whose entries are named by the time of the server; what it told.
fn take_events(server: &Server) -> Vec<Vec<String>> {
    let log = "{taskdb}:events";
    let entries: Vec<(String, Vec<String>)> = server.cli(&["XRANGE", log, "-", "+"]).unwrap();
    server.cli::<()>(&["DEL", log]).unwrap();
    entries.into_iter().map(|(_, fields)| fields).collect()
}

/// What the content of a server comes to, whatever its order.
fn digest(server: &Server) -> String {
    server.cli(&["DEBUG", "DIGEST"]).unwrap()
}

fn claims_of(answer: Value) -> Vec<Claim> {
    let mut reply = Reply::new(answer).unwrap().accepted(&About::default()).unwrap();
    let (_, _) = (reply.text().unwrap(), reply.text().unwrap());
    let mut claims = Vec::new();
    while !reply.is_empty() {
        let mut task = reply.list().unwrap();
        let id = Uuid::from_slice(&task.bytes().unwrap()).unwrap();
        let job_id = task.parse().unwrap();
        let (_, _) = (task.text().unwrap(), task.text().unwrap());
        let record = Task::parse(&task.bytes().unwrap()).unwrap();
        claims.push(Claim { job_id, task_id: record.name, id, attempt: record.attempt });
    }
    claims
}

#[tokio::test]
async fn ordinary_calls_go_straight_through() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 2, 0.3, USER).await.unwrap();
    let other = w.db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let tasks = (0..6).map(|n| NewTask::new(format!("t{n}"), other, json!(n)).retries(3));
    w.db.create_tasks(&job, tasks).await.unwrap();
    let first = w.claimed().await;
    assert!(w.done(&first, "1").await);
    // More than is reserved, with a lease that ends first and one that does not.
    for lease in [Some(1_000_000), Some(1 << 50), None, None] {
        let (straight, claim) = w.claim_as(Uuid::new_v4(), lease).await;
        assert!(straight && claim.is_some());
    }
    // What ran before, and came back.
    let again = w.claimed().await;
    assert!(w.db.progress(&again, 0.5).await.unwrap());
    assert!(w.db.retry(&again, Duration::ZERO).await.unwrap());
    let again = w.claimed().await;
    assert_eq!(again.attempt, 2);
    assert!(w.done(&again, "null").await);
    // The last ready task of the stream, and a clock that has gone back.
    let last = w.claimed().await;
    let early = Args::at(Some(Timestamp::from_micros(1)));
    let args = early.value(1_000).claim(&last).bytes("null").value(0);
    assert!(w.call(&w.done, args).await.0);
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn classes_and_whole_jobs_go_straight_through() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 1, 0.7, USER).await.unwrap();
    for priority in [Priority::Low, Priority::Medium, Priority::High, Priority::Low, Priority::High]
    {
        let job = NewJob::new(USER, stream, json!(1)).priority(priority);
        w.db.create_job_with(job).await.unwrap();
    }
    w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let mut claims = Vec::new();
    for _ in 0..6 {
        claims.push(w.claimed().await);
    }
    let paused = claims.split_off(3);
    for claim in &claims {
        assert!(w.done(claim, "{}").await);
    }
    w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    w.db.pause_stream(&stream).await.unwrap();
    for claim in &paused {
        assert!(w.done(claim, "{}").await);
    }
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn unusual_completions_are_left_to_the_general_way() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let tasks = ["a", "b", "c", "d"].map(|name| NewTask::new(name, stream, json!(1)));
    let after = NewTask::new("after", stream, json!(1)).after(["init"]);
    w.db.create_tasks(&job, tasks.into_iter().chain([after])).await.unwrap();
    let init = w.claimed().await;
    assert!(!w.done(&init, "1").await, "a task waits for it");
    assert!(!w.done(&init, "1").await, "the call is repeated");
    let a = w.claimed().await;
    for (what, claim) in [
        ("another claim", Claim { id: Uuid::nil(), ..a.clone() }),
        ("another attempt", Claim { attempt: 2, ..a.clone() }),
        ("no such task", Claim { task_id: "x".into(), ..a.clone() }),
        ("no such job", Claim { job_id: Uuid::nil(), ..a.clone() }),
    ] {
        assert!(!w.done(&claim, "1").await, "{what}");
    }
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    assert!(!w.done(&a, "1").await, "the gate is closed");
    w.db.set_gate(Gate::Open).await.unwrap();
    assert!(w.done(&a, "1").await);
    let (b, c) = (w.claimed().await, w.claimed().await);
    assert!(w.db.fail(&b, "broken").await.unwrap());
    assert!(!w.done(&c, "1").await, "its job has failed");
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn batches_of_one_job_go_straight_through() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 3, 0.3, USER).await.unwrap();
    let job = NewJob::new(USER, stream, json!(1)).priority(Priority::High);
    let job = w.db.create_job_with(job).await.unwrap();
    w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let tasks = (0..11).map(|n| NewTask::new(format!("t{n}"), stream, json!(n)).retries(3));
    w.db.create_tasks(&job, tasks).await.unwrap();
    // Below its reservation, across it, with what ran before, and all that are left.
    let (straight, first) = w.claim_fresh(2).await;
    assert!(straight && first.len() == 2);
    assert!(w.db.retry(&first[1], Duration::ZERO).await.unwrap());
    let (straight, second) = w.claim_fresh(6).await;
    assert!(straight && second[0].attempt == 2, "{second:?}");
    assert!(w.done_some(&second[..3]).await);
    assert!(w.db.progress(&second[3], 0.5).await.unwrap());
    let (straight, rest) = w.claim_fresh(5).await;
    assert!(straight && rest.len() == 5);
    assert!(w.done_some(&rest).await);
    // The last ones end the job, also while its stream is paused and the clock stands.
    w.db.pause_stream(&stream).await.unwrap();
    let last: Vec<_> = first[..1].iter().chain(&second[3..]).cloned().collect();
    assert!(w.done_some(&last).await);
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 0);
    // The last class, once nothing else is ready.
    w.db.resume_stream(&stream).await.unwrap();
    w.claimed().await;
    let low = NewJob::new(USER, stream, json!(1)).priority(Priority::Low);
    let low = w.db.create_job_with(low).await.unwrap();
    w.db.create_tasks(&low, ["a", "b"].map(|name| NewTask::new(name, stream, json!(1))))
        .await
        .unwrap();
    let (straight, claims) = w.claim_fresh(3).await;
    assert!(straight && claims.iter().all(|claim| claim.job_id == low), "{claims:?}");
    assert!(w.done_some(&claims).await);
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn unusual_batches_are_left_to_the_general_way() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 0, 1.0, USER).await.unwrap();
    let other = w.db.create_stream("cpu", 0, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let (straight, claims) = w.claim_fresh(2).await;
    assert!(!straight && claims.len() == 1, "not as many are ready");
    let of = |stream| move |n| NewTask::new(format!("{stream}{n}"), stream, json!(n));
    w.db.create_tasks(&job, (0..12).map(of(stream)).chain((0..9).map(of(other)))).await.unwrap();
    let (straight, mixed) = w.claim_fresh(4).await;
    assert!(!straight && mixed.len() == 4, "the streams take turns");
    assert!(!w.done_some(&mixed).await, "they are of two streams");
    w.db.pause_stream(&other).await.unwrap();
    let (straight, held) = w.claim_fresh(3).await;
    assert!(straight);
    let ids = [Uuid::new_v4(), held[1].id];
    let (straight, again) = w.claim_some(&ids).await;
    assert!(!straight && again.contains(&held[1]), "one repeats a request");
    let id = Uuid::new_v4();
    let (straight, once) = w.claim_some(&[id, id]).await;
    assert!(!straight && once.len() == 2, "one stands there twice");
    let stale = Claim { attempt: 9, ..held[0].clone() };
    assert!(!w.done_some(&[stale, held[2].clone()]).await, "one was lost");
    assert!(!w.done_some(&[held[0].clone(), held[0].clone()]).await, "one repeats the other");
    w.db.create_tasks(&job, [NewTask::new("after", stream, json!(1)).after([&*held[1].task_id])])
        .await
        .unwrap();
    let (_, more) = w.claim_fresh(2).await;
    assert!(!w.done_some(&[held[1].clone(), more[0].clone()]).await, "a task waits for one");
    let second = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    w.db.cancel_job(&job).await.unwrap();
    let (_, last) = w.claim_fresh(1).await;
    assert_eq!(last[0].job_id, second);
    assert!(!w.done_some(&[last[0].clone(), more[1].clone()]).await, "they are of two jobs");
    assert_eq!(w.db.audit().await.unwrap(), []);
}

fn spec(name: &str, stream_id: Uuid) -> TaskSpec {
    TaskSpec {
        task_id: name.into(),
        stream_id,
        definition: CanonicalJson::new(&json!({ "name": name })),
        prerequisites: Vec::new(),
        max_retries: 2,
        timeout_secs: 60,
        optional: false,
        run_if: RunIf::AllDone,
        start: Start::Now,
        expires_in: None,
        rules: Rules::default(),
    }
}

#[tokio::test]
async fn ordinary_tasks_are_made_straight_through() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 0, 0.3, USER).await.unwrap();
    let job = NewJob::new(USER, stream, json!(1)).priority(Priority::Low);
    let job = w.db.create_job_with(job).await.unwrap();
    assert!(!w.create(&job, &[spec("a", stream)]).await, "there was `init` alone");
    let optional = TaskSpec { optional: true, run_if: RunIf::AllSettled, ..spec("c", stream) };
    assert!(w.create(&job, &[spec("b", stream), optional]).await);
    // Nothing is ready any more, and a paused stream is not served.
    while w.claim_as(Uuid::new_v4(), None).await.1.is_some() {}
    assert!(w.create(&job, &[spec("d", stream)]).await);
    w.db.pause_stream(&stream).await.unwrap();
    assert!(w.create(&job, &[spec("e", stream)]).await);
    w.db.set_gate(Gate::NoClaims).await.unwrap();
    assert!(w.create(&job, &[spec("f", stream)]).await);
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn unusual_tasks_are_left_to_the_general_way() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 0, 0.3, USER).await.unwrap();
    let other = w.db.create_stream("cpu", 0, 0.3, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    w.db.create_tasks(&job, [NewTask::new("a", stream, json!(1))]).await.unwrap();
    let b = || spec("b", stream);
    let rules = Rules { max_losses: Some(3), ..Rules::default() };
    for (what, task) in [
        (
            "it is there, and the same",
            TaskSpec {
                definition: CanonicalJson::new(&json!(1)),
                max_retries: 0,
                timeout_secs: 3600,
                ..spec("a", stream)
            },
        ),
        ("it is there, and another one", spec("a", stream)),
        ("no such stream", spec("b", Uuid::nil())),
        ("the first of its stream", spec("x", other)),
        ("it waits", TaskSpec { prerequisites: vec!["a".into()], ..b() }),
        ("it waits for nothing", TaskSpec { prerequisites: vec!["y".into()], ..b() }),
        (
            "it is delayed",
            TaskSpec { task_id: "c".into(), start: Start::After(Duration::from_secs(1)), ..b() },
        ),
        ("it has rules", TaskSpec { task_id: "d".into(), rules, ..b() }),
        (
            "it may expire",
            TaskSpec { task_id: "e".into(), expires_in: Some(Duration::from_secs(9)), ..b() },
        ),
    ] {
        assert!(!w.create(&job, &[task]).await, "{what}");
    }
    assert!(!w.create(&job, &[spec("f", stream), spec("f", stream)]).await, "it is there twice");
    assert!(!w.create(&job, &[spec("g", stream), spec("h", other)]).await, "of two streams");
    assert!(!w.create(&Uuid::nil(), &[spec("i", stream)]).await, "no such job");
    let many: Vec<_> = (0..20).map(|n| spec(&format!("m{n}"), stream)).collect();
    assert!(!w.create(&job, &many).await, "too many");
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    assert!(!w.create(&job, &[spec("j", stream)]).await, "the gate is closed");
    w.db.set_gate(Gate::Open).await.unwrap();
    w.db.cancel_job(&job).await.unwrap();
    assert!(!w.create(&job, &[spec("k", stream)]).await, "its job has ended");
    assert_eq!(w.db.audit().await.unwrap(), []);
}
