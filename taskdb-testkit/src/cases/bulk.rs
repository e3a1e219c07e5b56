//! Cases of calls for many jobs, and for the whole graph of one.

use std::collections::HashSet;

use taskdb_core::{JobFilter, JobInfo};

use super::support::*;

cases!(bulk:
    failed_jobs_are_replayed_by_filter,
    running_jobs_are_cancelled_by_filter,
    finished_jobs_are_deleted_by_filter,
    more_jobs_than_a_page,
    a_graph_comes_in_one_call,
);

fn batch(n: u32) -> JobFilter {
    JobFilter::default().label("batch", n.to_string())
}

impl World {
    /// Jobs with the label `batch`, as many as asked for.
    async fn batch_of(&self, stream: Uuid, n: u32, count: usize) -> Vec<Uuid> {
        let mut jobs = Vec::new();
        for _ in 0..count {
            let job = new_job(stream).label("batch", n.to_string());
            jobs.push(self.db.create_job_with(job).await.unwrap());
        }
        jobs
    }

    async fn in_state(&self, state: JobState) -> usize {
        self.db.list_jobs(JobFilter::default().state(state), None, 5_000).await.unwrap().len()
    }
}

async fn failed_jobs_are_replayed_by_filter(w: World) {
    let stream = w.stream().await;
    let (one, two) = (w.batch_of(stream, 1, 3).await, w.batch_of(stream, 2, 2).await);
    for job in one.iter().chain(&two) {
        assert!(w.db.update_task_failed(job, "init", "no luck").await.unwrap());
    }
    w.db.cancel_job(&w.job(stream).await).await.unwrap();
    // One of them cannot be replayed: its stream has gone.
    let gone = w.lane("gone", 0, 1.0, USER).await;
    let stuck = w.batch_of(gone, 1, 1).await;
    assert!(w.db.update_task_failed(&stuck[0], "init", "no luck").await.unwrap());
    w.db.delete_stream(&gone).await.unwrap();
    let changed = w.db.retry_jobs(&batch(1).state(JobState::Failed)).await.unwrap();
    let refused: Vec<_> = changed.refused.iter().map(|(job, _)| *job).collect();
    assert_eq!((changed.changed, refused), (3, stuck));
    for job in &one {
        assert_eq!(w.job_state(job).await, JobState::Running);
    }
    assert_eq!(w.in_state(JobState::Failed).await, 3);
    let all = w.db.retry_jobs(&JobFilter::default()).await.unwrap();
    assert_eq!((all.changed, all.refused.len()), (3, 1));
    assert_eq!(w.in_state(JobState::Running).await, 6);
}

async fn running_jobs_are_cancelled_by_filter(w: World) {
    let stream = w.stream().await;
    let (one, _) = (w.batch_of(stream, 1, 3).await, w.batch_of(stream, 2, 2).await);
    assert!(w.db.update_task_done(&one[0], "init", json!(1)).await.unwrap());
    let changed = w.db.cancel_jobs(&batch(1)).await.unwrap();
    assert_eq!((changed.changed, changed.refused.len()), (2, 0));
    assert_eq!(w.in_state(JobState::Cancelled).await, 2);
    assert_eq!(w.in_state(JobState::Running).await, 2);
}

async fn finished_jobs_are_deleted_by_filter(w: World) {
    let stream = w.stream().await;
    let jobs = w.batch_of(stream, 1, 4).await;
    for job in &jobs[..3] {
        assert!(w.db.update_task_done(job, "init", json!(1)).await.unwrap());
    }
    w.db.keep_job(&jobs[0], true).await.unwrap();
    assert_eq!(w.db.delete_jobs(&batch(1)).await.unwrap().changed, 2);
    let left: Vec<JobInfo> = w.db.list_jobs(batch(1), None, 9).await.unwrap();
    // Their order is that of their ages, which is exact within a shard.
    let left: HashSet<_> = left.iter().map(|job| job.job_id).collect();
    assert_eq!(left, HashSet::from([jobs[0], jobs[3]]));
    let running = batch(1).state(JobState::Running);
    assert_eq!(w.db.delete_jobs(&running).await.unwrap().changed, 1);
}

async fn more_jobs_than_a_page(w: World) {
    let stream = w.stream().await;
    w.batch_of(stream, 1, 620).await;
    assert_eq!(w.db.cancel_jobs(&JobFilter::default()).await.unwrap().changed, 620);
    assert_eq!(w.in_state(JobState::Cancelled).await, 620);
    assert_eq!(w.db.retry_jobs(&JobFilter::default()).await.unwrap().changed, 620);
    assert_eq!(w.in_state(JobState::Running).await, 620);
}

async fn a_graph_comes_in_one_call(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = (0..600).map(|n| task(&format!("t{n}"), stream).after(["init"]));
    w.db.create_tasks(&job, tasks).await.unwrap();
    w.add(&job, task("last", stream).after(["t0", "t599"])).await;
    let graph = w.db.get_job_graph(&job).await.unwrap();
    assert_eq!((graph.job.job_id, graph.job.tasks), (job, 602));
    assert_eq!((graph.tasks.len(), graph.tasks[0].task_id.as_str()), (602, "init"));
    let last = &graph.tasks[601];
    assert_eq!((last.task_id.as_str(), last.state), ("last", TaskState::Pending));
    assert_eq!(last.prerequisites, ["t0", "t599"]);
    let unknown = w.db.get_job_graph(&Uuid::nil()).await;
    assert!(unknown.unwrap_err().is_not_found());
}
