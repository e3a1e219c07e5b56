//! A worker that is told to stop under load: nothing it had waits for a timeout, and another
//! one has it at once.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use taskdb::TaskState;

use crate::child::{Child, SLOTS, note};
use crate::mix;
use crate::place::{Place, Streams, USER};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_told_to_stop_leaves_nothing_to_its_timeout() {
    for place in [Place::sqlite(), Place::redis(), Place::postgres()] {
        let db = place.connect().await;
        let streams = Streams::of(&db).await;
        let quick = mix::slow_definition(1);
        let job = db.create_job(&streams.cpu, &quick, 0, 600, USER).await.expect("a job");
        // Without a lease cut short by a test, a task that is not given back would wait.
        let tasks = (0..400).map(|number| {
            let millis = if number % 20 == 19 { 30_000 } else { 4 };
            mix::slow(format!("t{number}"), streams, millis)
        });
        db.create_tasks(&job, tasks).await.expect("tasks");
        let [first, second] =
            [(); 2].map(|()| Child::spawn(&place.url(), Duration::from_millis(100)));
        first.ready().await;
        second.ready().await;
        let tasks =
            async |state| db.list_tasks(&job, Some(state), None, 1_000).await.expect("tasks");
        while tasks(TaskState::Done).await.len() < 30 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.signal(Signal::TERM);
        let told = Instant::now();
        assert!(first.ended().await.0.success());
        assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
        // Only one process is left to hold anything.
        let held = tasks(TaskState::Running).await;
        assert!(held.len() <= SLOTS, "{}: {held:?}", place.url());
        let workers: std::collections::HashSet<_> =
            held.iter().map(|task| &task.worker_id).collect();
        assert!(workers.len() <= 1, "{}: {workers:?}", place.url());
        second.signal(Signal::TERM);
        assert!(second.ended().await.0.success());
        assert_eq!(tasks(TaskState::Running).await, []);
        let all = db.list_tasks(&job, None, None, 1_000).await.expect("tasks");
        assert!(all.iter().all(|task| task.losses == 0 && task.retries == 0), "{}", place.url());
        assert_eq!(db.audit().await.expect("an audit"), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stopped_worker_had_is_with_another_within_a_second() {
    for place in [Place::sqlite(), Place::redis(), Place::postgres()] {
        let db = place.connect().await;
        let streams = Streams::of(&db).await;
        let first = Child::spawn(&place.url(), Duration::ZERO);
        first.ready().await;
        let long = mix::slow_definition(60_000);
        let job = db.create_job(&streams.cpu, &long, 3, 600, USER).await.expect("a job");
        let task = async || db.get_task(&job, "init").await.expect("a task");
        while task().await.state != TaskState::Running {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let second = Child::spawn(&place.url(), Duration::ZERO);
        second.ready().await;
        first.signal(Signal::TERM);
        let told = Instant::now();
        while task().await.attempt == 1 {
            assert!(told.elapsed() < Duration::from_secs(20), "nobody takes the task");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = told.elapsed();
        note(&format!("{took:?} from the signal until another one had the task"));
        assert!(took < Duration::from_secs(1), "{}: {took:?}", place.url());
        let task = task().await;
        assert_eq!((task.retries, task.losses), (0, 0), "{}", place.url());
        assert!(first.ended().await.0.success());
        second.signal(Signal::TERM);
        assert!(second.ended().await.0.success());
    }
}
