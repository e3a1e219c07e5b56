//! A replay of a large job goes in steps: what others do between two of them.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use serde_json::json;
use taskdb_core::{Clock, JobState, ManualClock, NewTask, TaskState};
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::config::Config;
use crate::script::Kind;
use crate::scripts;

/// More than one step visits.
const FILLERS: usize = 600;

#[tokio::test]
async fn what_comes_free_between_two_steps_is_not_lost() {
    let server = Server::start().unwrap();
    let clock = ManualClock::default();
    let config = Config::from_url(&server.url()).unwrap().clock(Some(Arc::new(clock.clone())));
    let (db, conn) = opened(config).await;
    let stream = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
    let job = db.create_job(&stream, &json!(0), 0, 600, "user").await.unwrap();
    let init = db.request_work("cpu").await.unwrap().unwrap();
    let task = |name: &str| NewTask::new(name, stream, json!(0));
    let late = task("late").delay(Duration::from_secs(9));
    let first = [task("runner"), task("hard"), task("after").after(["runner"]), late];
    let fillers = (0..FILLERS).map(|n| task(&format!("filler-{n}")).after(["hard"]));
    db.create_tasks(&job, first.into_iter().chain(fillers)).await.unwrap();
    db.complete(&init.claim, &json!(0)).await.unwrap();
    let runner = db.request_work("cpu").await.unwrap().unwrap();
    let hard = db.request_work("cpu").await.unwrap().unwrap();
    db.fail(&hard.claim, "really").await.unwrap();

    let step = async |pass: &str, age: i64| {
        let now = clock.now().as_micros().to_string();
        let args = [now, job.to_string(), pass.to_owned(), age.to_string()];
        let args = args.map(String::into_bytes).to_vec();
        let reply = conn.run(&scripts::retry_job, Kind::Once, "{taskdb}:meta", args).await;
        match reply.unwrap() {
            Value::Array(values) => values,
            other => panic!("{other:?}"),
        }
    };
    let left = |pass: &str, age: i64| {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        vec![text("ok"), text(pass), Value::Int(age)]
    };
    assert_eq!(step("", 0).await, left("revive", 500));
    assert_eq!(step("revive", 500).await, left("start", 500));
    // Both tasks have been visited, and neither could start then.
    assert!(db.complete(&runner.claim, &json!(0)).await.unwrap());
    clock.advance(Duration::from_secs(10));
    assert!(db.request_work("other").await.unwrap().is_none());
    assert_eq!(step("start", 500).await, left("", 0));

    assert_eq!(db.get_job(&job).await.unwrap().state, JobState::Running);
    for name in ["hard", "after", "late"] {
        assert_eq!(db.get_task(&job, name).await.unwrap().state, TaskState::Ready, "{name}");
    }
    assert_eq!(db.audit().await.unwrap(), []);
}
