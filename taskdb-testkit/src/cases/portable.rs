//! Cases of a namespace carried to another one: the same reads, the same future.

use taskdb_core::Schedule;
use taskdb_core::record::Record;

use super::support::*;

cases!(portable:
    a_copy_reads_the_same,
    a_copy_in_small_pages_with_repeats,
    a_copy_runs_to_the_end,
    claims_and_keys_survive,
    records_survive_being_written_as_json,
    a_null_output_survives_being_written_as_json,
    namespaces_are_apart,
);

/// One of everything: states of tasks and jobs, streams, a kept output, a kept job, schedules.
async fn furnish(w: &World) -> Vec<Uuid> {
    let tasks = |s| {
        let end = task("end", s).after(["run", "try"]).run_if(RunIf::AllSettled);
        vec![
            task("try", s).optional(),
            task("gone", s).after(["try"]),
            task("run", s),
            end,
            task("late", s).delay(secs(30)),
        ]
    };
    let (stream, running) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    let failed = w.job_of(stream, Priority::High).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken").await.unwrap());
    let cancelled = w.job(stream).await;
    w.db.cancel_job(&cancelled).await.unwrap();
    let done = w.job(stream).await;
    assert!(w.db.update_task_done(&done, "init", json!({"x": 0.1 + 0.2})).await.unwrap());
    w.db.keep_job(&done, true).await.unwrap();
    for name in ["hourly", "twice"] {
        let schedule = Schedule::new(name, "0 * * * *", new_job(stream));
        w.db.put_schedule(&schedule).await.unwrap();
        w.db.put_schedule(&schedule.time_zone("Asia/Kolkata")).await.unwrap();
    }
    let kept = w.job(stream).await;
    assert!(w.db.update_task_done(&kept, "init", json!("kept")).await.unwrap());
    w.db.delete_job_with_ttl(&kept, 3_600).await.unwrap();
    let paused = w.lane("gpu", 2, 0.1, "bob").await;
    w.db.pause_stream(&paused).await.unwrap();
    vec![running, failed, cancelled, done, kept]
}

async fn copy(from: &World, to: &World, limit: usize, repeat: bool) {
    let mut cursor = None;
    loop {
        let page = from.db.export(cursor, limit).await.unwrap();
        to.db.import(page.records.clone()).await.unwrap();
        if repeat {
            to.other.import(page.records).await.unwrap();
        }
        cursor = page.next;
        if cursor.is_none() {
            return;
        }
    }
}

/// A task without the name of a worker that no longer holds it: records carry the
/// present claim only.
fn portable(mut task: TaskInfo) -> TaskInfo {
    if task.state != TaskState::Running {
        task.worker_id = None;
    }
    task
}

async fn assert_same(a: &World, b: &World, jobs: &[Uuid]) {
    let streams = a.db.list_streams(None, 99).await.unwrap();
    assert_eq!(streams, b.db.list_streams(None, 99).await.unwrap());
    for job in &jobs[..4] {
        assert_eq!(a.db.get_job(job).await.unwrap(), b.db.get_job(job).await.unwrap());
        let tasks = a.db.list_tasks(job, None, None, 99).await.unwrap();
        let copies = b.db.list_tasks(job, None, None, 99).await.unwrap();
        assert_eq!(tasks.len(), copies.len());
        for (task, copy) in tasks.into_iter().zip(copies) {
            assert_eq!(portable(task), portable(copy));
        }
    }
    let counts = a.db.get_task_state_counts().await.unwrap();
    assert_eq!(counts, b.db.get_task_state_counts().await.unwrap());
    let output: Value = b.db.get_task_output(&jobs[3], "init").await.unwrap();
    assert_eq!(output.to_string(), json!({"x": 0.1 + 0.2}).to_string());
    assert_eq!(b.db.get_task_output::<String>(&jobs[4], "init").await.unwrap(), "kept");
    let records = a.db.export(None, 999).await.unwrap().records;
    let copies = b.db.export(None, 999).await.unwrap().records;
    assert_eq!(records.len(), copies.len());
    for (record, copy) in records.iter().zip(&copies) {
        assert_eq!(record, copy);
    }
    b.assert_sound().await;
}

async fn a_copy_reads_the_same(w: World) {
    let jobs = furnish(&w).await;
    let to = w.neighbour().await;
    copy(&w, &to, 1_000, false).await;
    assert_same(&w, &to, &jobs).await;
}

async fn a_copy_in_small_pages_with_repeats(w: World) {
    let jobs = furnish(&w).await;
    let to = w.neighbour().await;
    copy(&w, &to, 1, true).await;
    copy(&w, &to, 3, false).await;
    assert_same(&w, &to, &jobs).await;
}

async fn a_copy_runs_to_the_end(w: World) {
    let jobs = furnish(&w).await;
    let to = w.neighbour().await;
    copy(&w, &to, 5, false).await;
    to.run(&["run", "end"]).await;
    to.idle().await;
    to.clock.advance(secs(30));
    to.run(&["late"]).await;
    assert_eq!(to.job_state(&jobs[0]).await, JobState::Done);
    for job in [jobs[1], jobs[2]] {
        to.db.retry_job(&job).await.unwrap();
        to.run(&["init"]).await;
        assert_eq!(to.job_state(&job).await, JobState::Done);
    }
    let stream = to.db.get_or_create_stream("gpu", 0, 1.0, "bob").await.unwrap();
    assert!(to.db.stream_info(&stream).await.unwrap().paused);
    to.assert_sound().await;
}

async fn claims_and_keys_survive(w: World) {
    let stream = w.stream().await;
    let job = w.db.create_job_with(new_job(stream).key("k")).await.unwrap();
    let lease = Some(secs(10));
    let init = w.db.request_work_as("cpu", Uuid::new_v4(), lease).await.unwrap().unwrap();
    let to = w.neighbour().await;
    copy(&w, &to, 10, false).await;
    assert_eq!(to.db.create_job_with(new_job(stream).key("k")).await.unwrap(), job);
    assert_eq!(to.info(&job, "init").await.deadline, Some(init.deadline));
    let again = to.db.request_work_as("cpu", init.claim.id, lease).await.unwrap().unwrap();
    assert_eq!(again.claim, init.claim);
    // Progress moves the timeout only, so the end of the lease has come along too.
    to.clock.advance(secs(5));
    assert!(to.db.progress(&init.claim, 0.5).await.unwrap());
    assert_eq!(to.info(&job, "init").await.deadline, Some(init.deadline));
    to.finish(&init).await;
    assert_eq!(to.job_state(&job).await, JobState::Done);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
    to.assert_sound().await;
}

async fn records_survive_being_written_as_json(w: World) {
    let jobs = furnish(&w).await;
    let records = w.db.export(None, 999).await.unwrap().records;
    let text = serde_json::to_string(&records).unwrap();
    let read: Vec<Record> = serde_json::from_str(&text).unwrap();
    for (record, copy) in records.iter().zip(&read) {
        assert_eq!(record, copy);
    }
    let to = w.neighbour().await;
    to.db.import(read).await.unwrap();
    assert_same(&w, &to, &jobs).await;
}

async fn a_null_output_survives_being_written_as_json(w: World) {
    let (_, job) = w.fresh().await;
    assert!(w.db.update_task_done(&job, "init", Value::Null).await.unwrap());
    let records = w.db.export(None, 9).await.unwrap().records;
    let text = serde_json::to_string(&records).unwrap();
    let to = w.neighbour().await;
    to.db.import(serde_json::from_str(&text).unwrap()).await.unwrap();
    to.assert_sound().await;
    assert_eq!(to.db.get_task_output::<Value>(&job, "init").await.unwrap(), Value::Null);
}

async fn namespaces_are_apart(w: World) {
    let to = w.neighbour().await;
    let (stream, job, init) = w.started().await;
    w.add(&job, task("a", stream)).await;
    to.idle().await;
    expect_err!(to.db.get_job(&job).await, TaskDbErr::NotFound { .. });
    expect_err!(to.db.stream_info(&stream).await, TaskDbErr::NotFound { .. });
    expect_err!(to.db.create_job_with(new_job(stream)).await, TaskDbErr::NotFound { .. });
    lost!(to.db.complete(&init.claim, &json!(1)).await, Deleted);
    assert_eq!(to.db.get_stream(USER, "cpu").await.unwrap(), None);
    assert_eq!(to.db.get_concurrent_jobs(USER).await.unwrap(), 0);
    assert!(to.db.get_task_state_counts().await.unwrap().is_empty());
    assert_eq!(to.db.release_worker(w.db.worker_id()).await.unwrap(), 0);
    to.clock.advance(secs(60));
    assert_eq!(to.db.requeue_tasks(9).await.unwrap(), 0);
    to.db.delete_job(&job).await.unwrap();
    to.db.delete_stream(&stream).await.unwrap();
    to.db.set_gate(taskdb_core::store::Gate::ReadOnly).await.unwrap();
    w.finish(&init).await;
    w.run(&["a"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}
