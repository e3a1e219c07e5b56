//! A job that is cancelled elsewhere while a worker is at it.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use taskdb::{JobState, TaskDb, TaskState};
use uuid::Uuid;

use crate::child::{Child, SLOTS, note};
use crate::mix;
use crate::place::{Place, Streams, USER};

/// How soon a cancel has to be felt. Renewals alone would take up to twenty seconds.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_frees_the_slots_of_a_worker_at_once() {
    for place in [Place::sqlite(), Place::redis(), Place::postgres()] {
        let db = place.connect().await;
        let streams = Streams::of(&db).await;
        let child = Child::with_lease(&place.url(), Duration::ZERO, Duration::from_secs(60));
        child.ready().await;
        let long = job(&db, &streams, 60_000).await;
        let tasks = (1..SLOTS).map(|number| mix::slow(format!("t{number}"), streams, 60_000));
        db.create_tasks(&long, tasks).await.expect("tasks");
        let running = async || {
            let state = Some(TaskState::Running);
            db.list_tasks(&long, state, None, 100).await.expect("tasks").len()
        };
        while running().await < SLOTS {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let quick = job(&db, &streams, 0).await;
        db.cancel_job(&long).await.expect("a cancel");
        let cancelled = Instant::now();
        while db.get_job(&quick).await.expect("a job").state != JobState::Done {
            assert!(cancelled.elapsed() < SOON, "{}: no slot comes free", place.url());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        note(&format!("{:?} from the cancel until a slot had done more", cancelled.elapsed()));
        child.signal(Signal::TERM);
        assert!(child.ended().await.0.success());
    }
}

async fn job(db: &TaskDb, streams: &Streams, millis: u64) -> Uuid {
    let definition = mix::slow_definition(millis);
    db.create_job(&streams.cpu, &definition, 0, 600, USER).await.expect("a job")
}
