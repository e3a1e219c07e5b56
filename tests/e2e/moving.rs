//! Running work moves from one container to another: verified, and finished there.

use std::sync::Arc;

use serde_json::json;
use taskdb::store::Gate;
use taskdb::{INIT_TASK, JobState, NewTask, TaskDb};
use taskdb_migrate::{CopyOptions, Silent, StoreSource, Target, copy};
use uuid::Uuid;

use crate::servers::{Kind, Servers};

const JOBS: usize = 20;

pub(crate) async fn run(servers: Arc<Servers>, kind: Kind) {
    let to = if kind == Kind::Postgres { Kind::Redis } else { Kind::Postgres };
    let (old, new) = (servers.open(kind).await, servers.open(to).await);
    let jobs = begin(&old).await;
    let source = Arc::new(StoreSource::new("the old store", old.clone()));
    let target = Target::new("the new store", new.clone());
    let report = copy(source, &target, &CopyOptions::default(), &Silent).await.expect("a copy");
    assert_eq!(usize::try_from(report.counts.jobs).ok(), Some(JOBS));
    assert_eq!(old.describe().await.expect("a description").gate, Gate::ReadOnly);
    while let Some(task) = new.request_work("cpu").await.expect("work") {
        assert!(new.complete(&task.claim, &json!(task.task_id)).await.expect("an answer"));
    }
    for job in jobs {
        assert_eq!(new.get_job_state(&job, "alice").await.expect("a state"), JobState::Done);
        let last: String = new.get_task_output(&job, "last").await.expect("an output");
        assert_eq!(last, "last");
    }
    assert_eq!(new.audit().await.expect("an audit"), []);
}

/// Jobs in the middle of their work: some begun, some claimed, some with a result.
async fn begin(db: &TaskDb) -> Vec<Uuid> {
    let cpu = db.create_stream("cpu", 2, 1.0, "alice").await.expect("a stream");
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let job = db.create_job(&cpu, &json!(number), 3, 300, "alice").await.expect("a job");
        let parts =
            ["left", "right"].map(|part| NewTask::new(part, cpu, json!(part)).after([INIT_TASK]));
        let last = NewTask::new("last", cpu, json!("last")).after(["left", "right"]);
        db.create_tasks(&job, parts.into_iter().chain([last])).await.expect("tasks");
        jobs.push(job);
    }
    for task in db.request_work_batch("cpu", JOBS / 2, None).await.expect("work") {
        db.complete(&task.claim, &json!("begun")).await.expect("an answer");
    }
    // What is claimed at the time of the move is ready in the new store.
    db.request_work_batch("cpu", JOBS / 4, None).await.expect("work");
    jobs
}
