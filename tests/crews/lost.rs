//! A worker that is killed: another one has its task within the lease and a second.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use taskdb::TaskState;

use crate::child::{Child, lease, note};
use crate::mix;
use crate::place::{Place, Streams, USER};

/// How long it may take before the test gives up.
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_task_of_a_killed_worker_is_soon_with_another() {
    for place in [Place::sqlite(), Place::redis(), Place::postgres()] {
        let db = place.connect().await;
        let streams = Streams::of(&db).await;
        let first = Child::spawn(&place.url(), Duration::ZERO);
        first.ready().await;
        let definition = mix::slow_definition(60_000);
        let job = db.create_job(&streams.cpu, &definition, 3, 600, USER).await.expect("a job");
        let task = async || db.get_task(&job, "init").await.expect("a task");
        while task().await.state != TaskState::Running {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let second = Child::spawn(&place.url(), Duration::ZERO);
        second.ready().await;
        first.signal(Signal::KILL);
        let killed = Instant::now();
        while task().await.attempt == 1 {
            assert!(killed.elapsed() < lease() * 2 + LIMIT, "nobody takes the task");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = killed.elapsed();
        note(&format!("{:?} of lease, {took:?} until another one had it", lease()));
        assert!(took < lease() + Duration::from_secs(1), "{}: {took:?}", place.url());
        second.signal(Signal::TERM);
        assert!(second.ended().await.0.success());
        assert_eq!(task().await.state, TaskState::Ready, "given back");
    }
}
