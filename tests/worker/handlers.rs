//! What handlers are given: their input, state, prerequisites, a voice, children.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use taskdb::worker::{Context, Result, RunError};
use taskdb::{INIT_TASK, JobState, NewTask, TaskState, Worker};

use crate::setup::{Setup, echo, start};

#[derive(Deserialize)]
struct Numbers {
    numbers: Vec<u64>,
}

#[derive(Serialize)]
struct Sum {
    sum: u64,
}

struct Calls(AtomicUsize);

#[tokio::test]
async fn types_go_in_and_come_out_and_state_is_shared() {
    let setup = Setup::new().await;
    let jobs = [json!({"numbers": [1, 2]}), json!({"numbers": [3, 4]})];
    let first = setup.job(jobs[0].clone(), 0).await;
    let second = setup.job(jobs[1].clone(), 0).await;
    let sum = |input: Numbers, cx: Context<Calls>| async move {
        cx.state().0.fetch_add(1, Ordering::SeqCst);
        let calls = u64::try_from(cx.state().0.load(Ordering::SeqCst))?;
        assert!(calls <= 2);
        Result::Ok(Sum { sum: input.numbers.iter().sum() })
    };
    let running = start(Worker::with_state(setup.db.clone(), Calls(0.into())).on("cpu", sum));
    assert_eq!(setup.ended(&first).await, JobState::Done);
    assert_eq!(setup.ended(&second).await, JobState::Done);
    assert_eq!(setup.output(&first, INIT_TASK).await, json!({"sum": 3}));
    assert_eq!(setup.output(&second, INIT_TASK).await, json!({"sum": 7}));
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_kind_has_its_own_handler_and_the_rest_have_one() {
    let setup = Setup::new().await;
    let own = setup.job(json!({"kind": "own"}), 0).await;
    let other = setup.job(json!({"kind": "other"}), 0).await;
    let none = setup.job(json!([1]), 0).await;
    let own_kind = async |_: Value, cx: Context| Result::Ok(cx.attempt());
    let running = start(setup.worker().on("cpu", echo).on_kind("cpu", "own", own_kind));
    for job in [&own, &other, &none] {
        assert_eq!(setup.ended(job).await, JobState::Done);
    }
    assert_eq!(setup.output(&own, INIT_TASK).await, json!(1));
    assert_eq!(setup.output(&other, INIT_TASK).await, json!({"echo": {"kind": "other"}}));
    assert_eq!(setup.output(&none, INIT_TASK).await, json!({"echo": [1]}));
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_kind_may_be_told_by_a_function_and_one_without_a_handler_fails() {
    let setup = Setup::new().await;
    let known = setup.job(json!("known"), 0).await;
    let unknown = setup.job(json!("unknown"), 1).await;
    let worker = setup.worker().on_kind("cpu", "known", echo);
    let running = start(worker.kind_by(|task| task.task_def.as_str().map(str::to_owned)));
    assert_eq!(setup.ended(&known).await, JobState::Done);
    assert_eq!(setup.ended(&unknown).await, JobState::Failed);
    let error = setup.info(&unknown).await.error.unwrap();
    assert!(error.contains("no handler for a task of kind `unknown`"), "{error}");
    assert_eq!(setup.init(&unknown).await.attempt, 2, "another worker might have had one");
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_definition_that_does_not_fit_fails_at_once() {
    let setup = Setup::new().await;
    let job = setup.job(json!({"numbers": "many"}), 5).await;
    let sum = async |input: Numbers, _: Context| Result::Ok(input.numbers.len());
    let running = start(setup.worker().on("cpu", sum));
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    let error = setup.info(&job).await.error.unwrap();
    assert!(error.starts_with("the definition does not fit"), "{error}");
    assert_eq!(setup.init(&job).await.attempt, 1);
    running.end().await.unwrap();
}

/// `init` makes three parts, one of which fails, and a whole that takes what there is.
async fn grow(input: Value, cx: Context) -> Result<Value> {
    match input["part"].as_u64() {
        Some(2) => Err(taskdb::worker::Error::fail("not this one")),
        Some(part) => Ok(json!(part * 10)),
        None if cx.task_id() == "whole" => {
            let typed: Vec<u64> = cx.outputs_as().await?;
            let first: u64 = cx.output("part-1").await?;
            let names: Vec<_> = cx.outputs().await?.into_iter().map(|(name, _)| name).collect();
            let all = cx.prerequisites().await?.into_iter();
            let failed: Vec<_> = all.filter_map(|one| Some((one.task_id, one.error?))).collect();
            Ok(json!({"typed": typed, "first": first, "names": names, "failed": failed}))
        }
        None => {
            for part in 1..=3 {
                let definition = json!({"part": part});
                let stream = cx.stream_for("gpu").await?;
                cx.create(NewTask::new(format!("part-{part}"), stream, definition).optional());
            }
            let parts = ["part-3", "part-2", "part-1"];
            let whole = NewTask::new("whole", cx.stream(), json!({})).after(parts);
            cx.create(whole.run_if(taskdb::RunIf::AllSettled));
            Ok(Value::Null)
        }
    }
}

#[tokio::test]
async fn children_come_with_completion_and_outputs_reach_their_dependants() {
    let setup = Setup::new().await;
    let job = setup.job(json!({}), 0).await;
    let running = start(setup.worker().on("cpu", grow).on("gpu", grow));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    let failed = json!([["part-2", "not this one"]]);
    let expected =
        json!({"typed": [30, 10], "first": 10, "names": ["part-1", "part-3"], "failed": failed});
    assert_eq!(setup.output(&job, "whole").await, expected);
    assert_eq!(setup.db.get_task(&job, "part-2").await.unwrap().state, TaskState::Failed);
    running.end().await.unwrap();
}

#[tokio::test]
async fn children_of_an_attempt_that_fails_are_never_created() {
    let setup = Setup::new().await;
    let job = setup.job(json!("init"), 1).await;
    let handler = async |name: String, cx: Context| {
        if name == "init" {
            let child =
                NewTask::new(format!("child-{}", cx.attempt()), cx.stream(), json!("child"));
            cx.create(child);
            if cx.attempt() == 1 {
                return Err(taskdb::worker::Error::retry("once"));
            }
        }
        Result::Ok(())
    };
    let running = start(setup.worker().on("cpu", handler));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert!(setup.db.get_task(&job, "child-2").await.is_ok());
    assert!(setup.db.get_task(&job, "child-1").await.unwrap_err().is_not_found());
    running.end().await.unwrap();
}

#[tokio::test]
async fn progress_is_stored_and_moves_the_timeout() {
    let setup = Setup::new().await;
    let job = setup.job_with(json!(null), 0, 1).await;
    let handler = async |_: Value, cx: Context| {
        let deadline = cx.deadline();
        for step in 1_u8..=6 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cx.progress(f32::from(step) / 10.0);
            cx.progress(f32::NAN);
        }
        Result::Ok(cx.deadline() > deadline)
    };
    let running = start(setup.worker().on("cpu", handler));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert_eq!(setup.output(&job, INIT_TASK).await, json!(true));
    assert!(setup.init(&job).await.progress >= 0.5);
    running.end().await.unwrap();
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_done() {
    let setup = Setup::new().await;
    let refused = setup.worker().run().await;
    assert!(matches!(refused, Err(RunError::NoHandler)), "{refused:?}");
    let refused = setup.worker().on("cpu", echo).concurrency_of("cpu", 0).run().await;
    assert!(refused.unwrap_err().to_string().contains("`concurrency`"));
    let refused = setup.worker().on("cpu", echo).lease(Duration::from_millis(1)).run().await;
    assert!(refused.unwrap_err().to_string().contains("`lease`"));
    let refused = setup.worker().on("", echo).run().await.unwrap_err().to_string();
    assert!(refused.starts_with("cannot take work for ``"), "{refused}");
}

#[tokio::test]
async fn as_many_run_at_once_as_there_are_slots() {
    for (slots, prefetch) in [(3, 0), (2, 5)] {
        let setup = Setup::new().await;
        let job = setup.job(json!(null), 0).await;
        let names =
            (0..20).map(|number| NewTask::new(format!("t{number}"), setup.stream, json!(1)));
        setup.db.create_tasks(&job, names).await.unwrap();
        let now = std::sync::Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let seen = std::sync::Arc::clone(&now);
        let handler = move |_: Value, _: Context| {
            let now = std::sync::Arc::clone(&now);
            async move {
                let running = now.0.fetch_add(1, Ordering::SeqCst) + 1;
                now.1.fetch_max(running, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.0.fetch_sub(1, Ordering::SeqCst);
                Result::Ok(())
            }
        };
        let worker = setup.worker().on("cpu", handler).concurrency_of("cpu", slots);
        let worker = worker.prefetch(prefetch);
        let monitor = worker.monitor();
        let running = start(worker);
        assert_eq!(setup.ended(&job).await, JobState::Done);
        running.end().await.unwrap();
        assert_eq!(seen.1.load(Ordering::SeqCst), slots);
        let counts = monitor.status().counts;
        assert_eq!((counts.claimed, counts.done, counts.released), (21, 21, 0));
    }
}

#[tokio::test]
async fn a_worker_ends_when_nothing_comes_any_more() {
    let setup = Setup::new().await;
    let job = setup.job(json!({}), 0).await;
    let worker = setup.worker().on("cpu", grow).on("gpu", grow);
    worker.until_idle(Duration::from_millis(50)).run_until(std::future::pending()).await.unwrap();
    assert_eq!(setup.info(&job).await.state, JobState::Done);
}
