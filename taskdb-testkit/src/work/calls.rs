//! The pieces of work: what is there before, and which calls are made.

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde_json::json;
use taskdb_core::{EventsFrom, JobFilter, NewTask, TaskDb};

use super::Piece;
use super::begin::Begin::{
    Empty, Failed, FanIn, Inputs, Overdue, Ready, Records, Running, Streams, Waiting,
};
use super::begin::{CPU, Scene, USER, ask, claims, name, tasks};

/// Makes the calls of a piece, all of which must do what they are for.
pub(super) type Calls = for<'a> fn(&'a TaskDb, &'a Scene) -> LocalBoxFuture<'a, ()>;

/// No call at all.
pub(super) const NOTHING: Piece =
    Piece { name: "connect", begin: Empty, calls: |_, _| async {}.boxed_local() };

/// Declares a piece: its name, what is there, and its calls.
macro_rules! piece {
    ($name:literal, $begin:expr, |$db:ident, $scene:ident| $calls:block) => {
        Piece {
            name: $name,
            begin: $begin,
            calls: |$db, $scene| {
                async move {
                    let _ = $scene;
                    $calls
                }
                .boxed_local()
            },
        }
    };
}

pub(super) const ALL: &[Piece] = &[
    piece!("create 10 jobs", Empty, |db, s| {
        for _ in 0..10 {
            db.create_job(&s.stream, &json!(1), 3, 600, USER).await.expect("a job");
        }
    }),
    piece!("create 10 tasks, one a call", Ready(0), |db, s| {
        for task in tasks(s.stream, 0, 10) {
            db.create_task_with(&s.job, task).await.expect("a task");
        }
    }),
    piece!("create 100 tasks in a call", Ready(0), |db, s| {
        db.create_tasks(&s.job, tasks(s.stream, 0, 100)).await.expect("tasks");
    }),
    piece!("create 100 that wait for 3 each", Ready(3), |db, s| {
        let after = |task: NewTask| task.after((0..3).map(name));
        db.create_tasks(&s.job, tasks(s.stream, 3, 103).map(after)).await.expect("tasks");
    }),
    piece!("claim 10, one a call", Ready(100), |db, s| { claim(db, 10).await }),
    piece!("claim 10 of 1000, one a call", Ready(1_000), |db, s| { claim(db, 10).await }),
    piece!("claim 10 of 50 streams", Streams(50), |db, s| { claim(db, 10).await }),
    piece!("claim 100 in a call", Ready(100), |db, s| {
        assert_eq!(claims(db, 100).await.len(), 100);
    }),
    piece!("claim one with 100 inputs", Inputs(100), |db, s| {
        let tasks = ask(db, 1, Some(1 << 20)).await;
        assert_eq!(tasks[0].inputs.as_ref().map(Vec::len), Some(100));
    }),
    piece!("look 10 times in vain", Empty, |db, s| {
        for _ in 0..10 {
            assert!(db.request_work(CPU).await.expect("an answer").is_none());
        }
    }),
    piece!("renew 100 claims in a call", Running(100), |db, s| {
        let answers = db.renew(&s.claims, None).await.expect("answers");
        assert!(answers.iter().all(Result::is_ok));
    }),
    piece!("report progress 10 times", Running(10), |db, s| {
        for claim in &s.claims[..10] {
            assert!(db.progress(claim, 0.5).await.expect("an answer"));
        }
    }),
    piece!("release 10 claims", Running(10), |db, s| {
        for claim in &s.claims[..10] {
            assert!(db.release(claim).await.expect("an answer"));
        }
    }),
    piece!("retry 10", Running(10), |db, s| {
        for claim in &s.claims[..10] {
            assert!(db.update_task_retry(&claim.job_id, &claim.task_id).await.expect("an answer"));
        }
    }),
    piece!("complete 10, one a call", Running(100), |db, s| {
        complete(db, &s.claims[..10]).await
    }),
    piece!("complete 10 of 1000, one a call", Running(999), |db, s| {
        complete(db, &s.claims[..10]).await;
    }),
    piece!("complete 100 in a call", Running(100), |db, s| { complete_all(db, s).await }),
    piece!("complete 100 that one waits for", FanIn(100), |db, s| { complete_all(db, s).await }),
    piece!("complete one that 100 wait for", Waiting(100), |db, s| {
        complete(db, &s.claims).await;
    }),
    piece!("complete with 10 children", Ready(0), |db, s| {
        let children = tasks(s.stream, 0, 10);
        assert!(db.complete_with_children(&s.claims[0], &json!(1), children).await.expect("done"));
    }),
    piece!("fail one that 100 wait for", Waiting(100), |db, s| {
        assert!(db.fail(&s.claims[0], "broken").await.expect("an answer"));
    }),
    piece!("take 100 overdue claims away", Overdue(100), |db, s| {
        assert_eq!(db.requeue_tasks(100).await.expect("an answer"), 100);
    }),
    piece!("cancel a task", Ready(100), |db, s| {
        db.cancel_task(&s.job, &name(0)).await.expect("it is cancelled");
    }),
    piece!("cancel a job of 100", Waiting(100), |db, s| {
        db.cancel_job(&s.job).await.expect("it is cancelled");
    }),
    piece!("replay a job of 100", Failed(100), |db, s| {
        db.retry_job(&s.job).await.expect("it runs again");
    }),
    piece!("delete a job of 100", Ready(100), |db, s| {
        db.delete_job(&s.job).await.expect("it goes");
    }),
    piece!("read 10 tasks", Ready(100), |db, s| {
        for n in 0..10 {
            db.get_task(&s.job, &name(n)).await.expect("a task");
        }
    }),
    piece!("list 100 tasks", Ready(100), |db, s| {
        assert_eq!(db.list_tasks(&s.job, None, None, 100).await.expect("tasks").len(), 100);
    }),
    piece!("list 50 jobs", Streams(50), |db, s| {
        let jobs = db.list_jobs(JobFilter::default(), None, 100).await.expect("jobs");
        assert_eq!(jobs.len(), 50);
    }),
    piece!("read the event log of 50 jobs", Streams(50), |db, s| {
        let page = db.list_events(EventsFrom::Start, <_>::default(), 100).await.expect("events");
        assert!(page.events.len() >= 50);
    }),
    piece!("export a job of 100", Ready(100), |db, s| {
        assert!(db.export(None, 1_000).await.expect("a page").records.len() > 100);
    }),
    piece!("import a job of 100", Records(100), |db, s| {
        db.import(s.records.clone()).await.expect("it is taken in");
    }),
];

async fn claim(db: &TaskDb, times: usize) {
    for _ in 0..times {
        assert!(db.request_work(CPU).await.expect("an answer").is_some());
    }
}

async fn complete(db: &TaskDb, claims: &[taskdb_core::Claim]) {
    for claim in claims {
        assert!(db.complete(claim, &json!(1)).await.expect("an answer"));
    }
}

/// All claims but that of `init`.
async fn complete_all(db: &TaskDb, scene: &Scene) {
    let outputs = scene.claims[1..].iter().map(|claim| (claim.clone(), json!(1)));
    let answers = db.complete_batch(outputs).await.expect("answers");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(true))));
}
