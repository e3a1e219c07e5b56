//! The blocking calls, from plain threads and from within every kind of runtime. What
//! the calls do is for the conformance suite.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use serde_json::json;
use taskdb::blocking::{self, TaskDb};
use taskdb::planner::tree::Tree;
use taskdb::{JobState, NewTask, TaskDbErr};
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

/// A job from beginning to end, with more calls than a task of a runtime may make polls
/// before it must yield.
fn run_a_job() -> TaskDb {
    let db = blocking::connect("memory:").unwrap().as_worker("walker");
    assert_eq!(db.worker_id(), "walker");
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").unwrap();
    let init = db.request_work("cpu").unwrap().expect("init");
    let parts = (0..300).map(|part| NewTask::new(format!("part-{part}"), cpu, json!(part)));
    db.complete_with_children(&init.claim, &json!(null), parts).unwrap();
    db.create_tasks(&job, [NewTask::new("end", cpu, json!(300)).after(["part-0"])]).unwrap();

    let first = db.request_work("cpu").unwrap().expect("a part");
    assert!(db.progress(&first.claim, 0.5).unwrap());
    let renewed = db.renew(std::slice::from_ref(&first.claim), None).unwrap();
    assert_eq!(renewed[0].as_ref().unwrap().job, JobState::Running);
    let done = db.complete_batch([(first.claim, first.task_def)]).unwrap();
    assert!(matches!(done[..], [Ok(true)]));
    while let Some(task) = db.request_work("cpu").unwrap() {
        assert!(db.complete(&task.claim, &task.task_def).unwrap());
    }
    assert_eq!(db.get_job_state(&job, "alice").unwrap(), JobState::Done);
    assert_eq!(db.get_task_output::<u32>(&job, "end").unwrap(), 300);
    assert_eq!(db.request_work_batch_wait("cpu", 1, None, Duration::ZERO).unwrap(), []);
    assert_eq!(db.audit().unwrap(), []);
    db
}

#[test]
fn outside_of_a_runtime() {
    run_a_job();
}

#[tokio::test]
async fn inside_a_runtime_of_one_thread() {
    drop(run_a_job());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_runtime_of_many_threads() {
    drop(run_a_job());
    tokio::spawn(async { drop(run_a_job()) }).await.unwrap();
    tokio::task::spawn_blocking(run_a_job).await.unwrap();
    tokio::task::LocalSet::new().run_until(async { drop(run_a_job()) }).await;
}

#[test]
fn a_handle_may_outlive_the_runtime_it_was_used_in() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let db = runtime.block_on(async { run_a_job() });
    drop(runtime);
    assert_eq!(db.clone().describe().unwrap().backend, "sqlite");
}

#[test]
fn errors_are_those_of_the_async_calls() {
    let error = blocking::connect("mysql://user:secret@host").unwrap_err();
    assert!(matches!(&error, TaskDbErr::Config(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"));

    let db = blocking::connect("memory:").unwrap();
    let unknown = Uuid::nil();
    assert!(db.get_job(&unknown).unwrap_err().is_not_found());
    assert!(db.get_task_output::<u32>(&unknown, "init").unwrap_err().is_not_found());
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").unwrap();
    let orphan = NewTask::new("orphan", cpu, json!(null)).after(["nobody"]);
    let error = db.create_tasks(&job, [orphan]).unwrap_err();
    assert!(matches!(&error, TaskDbErr::Batch { index: 0, .. }), "{error}");
    db.update_task_done(&job, "init", json!("text")).unwrap();
    let error = db.get_task_output::<u32>(&job, "init").unwrap_err();
    assert!(matches!(&error, TaskDbErr::Json(_)), "{error}");
}

#[test]
fn arguments_and_results_need_not_be_sent() {
    let db = blocking::connect("memory:").unwrap();
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let job = db.create_job(&cpu, &json!("text"), 3, 300, "alice").unwrap();
    let count = Rc::new(Cell::new(0));
    let counted = [1, 2].map(|number| (number, Rc::clone(&count)));
    let tasks = counted.into_iter().map(|(number, count)| {
        count.set(count.get() + 1);
        NewTask::new(format!("task-{number}"), cpu, json!(null))
    });
    db.create_tasks(&job, tasks).unwrap();
    assert_eq!((count.get(), db.get_job_unresolved(&job).unwrap()), (2, 3));
}

#[test]
fn a_waiting_call_is_woken() {
    let db = blocking::connect("memory:").unwrap();
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let waiter = db.clone();
    let waiter = thread::spawn(move || waiter.request_work_wait("cpu", 60).unwrap());
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").unwrap();
    assert_eq!(waiter.join().unwrap().expect("init").job_id, job);
}

#[test]
fn many_threads_share_a_handle() {
    let db = blocking::connect("memory:").unwrap();
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (db, start) = (db.clone(), &start);
            scope.spawn(move || {
                start.wait();
                for task in 0..40 {
                    let task = NewTask::new(format!("{thread}-{task}"), cpu, json!(null));
                    db.create_task_with(&job, task).unwrap();
                }
            });
        }
    });
    assert_eq!(db.get_job_unresolved(&job).unwrap(), 1 + 8 * 40);
}

#[test]
fn a_panic_comes_out_of_its_call() {
    let call = || blocking::run::<()>(async { panic!("half way") });
    let panic = std::panic::catch_unwind(call).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"half way"));
    run_a_job();
}

#[test]
fn calls_within_calls_do_not_wait_for_each_other() {
    let db = blocking::connect("memory:").unwrap();
    let all_inside = tokio::sync::Barrier::new(8);
    let all_inside: &'static _ = Box::leak(Box::new(all_inside));
    thread::scope(|scope| {
        for _ in 0..8 {
            let db = db.clone();
            scope.spawn(move || {
                blocking::run(async move {
                    all_inside.wait().await;
                    db.describe().map(drop)
                })
                .unwrap();
            });
        }
    });
}

#[test]
fn a_call_stays_within_its_span() {
    let _subscriber = tracing_subscriber::registry().set_default();
    let span = tracing::info_span!("caller").entered();
    let inside = blocking::run(async { Ok(tracing::Span::current().id()) }).unwrap();
    assert_eq!((inside.is_some(), inside), (true, span.id()));
}

#[test]
fn a_plan_is_submitted_while_it_grows() {
    let db = blocking::connect("memory:").unwrap();
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").unwrap();
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").unwrap();
    let mut tree = Tree::new("sum");
    let mut created = 0;
    for leaf in 0..1_500 {
        tree.enqueue(leaf).unwrap();
        if leaf == 700 {
            created +=
                blocking::submit(&db, &job, &mut tree, |node| node.task(cpu, json!(null))).unwrap();
        }
    }
    tree.finish().unwrap();
    let last = blocking::submit(&db, &job, &mut tree, |node| node.task(cpu, json!(null))).unwrap();
    assert!(created > 1_000 && last > 1_000, "{created} and {last}");
    assert_eq!(created + last, 2_999);
    assert_eq!(db.get_job_unresolved(&job).unwrap(), 1 + 2_999);
}
