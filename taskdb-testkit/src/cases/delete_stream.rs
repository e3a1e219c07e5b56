//! Cases of `delete_stream`.

use taskdb_core::record::Record;

use super::support::*;

cases!(delete_stream:
    an_unused_stream_is_gone,
    an_unknown_stream_is_ok,
    the_next_oldest_takes_its_place,
    unfinished_tasks_prevent_it,
    cancelled_tasks_do_not_prevent_it,
    a_running_task_of_a_failed_job_prevents_it,
    finished_tasks_stay_readable,
    its_record_goes_with_the_last_task_that_names_it,
);

async fn an_unused_stream_is_gone(w: World) {
    let id = w.stream().await;
    w.db.delete_stream(&id).await.unwrap();
    assert!(w.other.list_streams(None, 10).await.unwrap().is_empty());
    assert!(w.db.export(None, 10).await.unwrap().records.is_empty());
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), None);
    expect_err!(w.db.stream_info(&id).await, TaskDbErr::NotFound { entity: Entity::Stream(_) });
    let call = w.db.create_job_with(new_job(id)).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == id);
    let call = w.db.pause_stream(&id).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(_) });
}

async fn an_unknown_stream_is_ok(w: World) {
    let id = w.stream().await;
    w.db.delete_stream(&Uuid::new_v4()).await.unwrap();
    assert_eq!(w.db.list_streams(None, 10).await.unwrap().len(), 1);
    w.db.delete_stream(&id).await.unwrap();
    w.other.delete_stream(&id).await.unwrap();
}

async fn the_next_oldest_takes_its_place(w: World) {
    let (first, second) = (w.stream().await, w.stream().await);
    w.db.delete_stream(&first).await.unwrap();
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), Some(second));
}

async fn unfinished_tasks_prevent_it(w: World) {
    let (stream, job) = w.fresh().await;
    let elsewhere = w.lane("gpu", 0, 1.0, USER).await;
    w.add(&job, task("later", elsewhere).after(["init"])).await;
    for lane in [stream, elsewhere] {
        let call = w.db.delete_stream(&lane).await;
        expect_err!(call, TaskDbErr::InvalidState { entity: Entity::Stream(s), .. } if s == lane);
    }
    let init = w.take("init").await;
    expect_err!(w.db.delete_stream(&stream).await, TaskDbErr::InvalidState { .. });
    w.finish(&init).await;
    w.db.delete_stream(&stream).await.unwrap();
    expect_err!(w.db.delete_stream(&elsewhere).await, TaskDbErr::InvalidState { .. });
    assert!(w.db.update_task_done(&job, "later", json!(1)).await.unwrap());
    w.db.delete_stream(&elsewhere).await.unwrap();
}

async fn cancelled_tasks_do_not_prevent_it(w: World) {
    let (stream, job) = w.fresh().await;
    w.add(&job, task("later", stream).after(["init"])).await;
    w.db.cancel_job(&job).await.unwrap();
    w.db.delete_stream(&stream).await.unwrap();
    assert_eq!(w.state(&job, "later").await, TaskState::Cancelled);
}

async fn a_running_task_of_a_failed_job_prevents_it(w: World) {
    let (stream, _job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    expect_err!(w.db.delete_stream(&stream).await, TaskDbErr::InvalidState { .. });
    w.finish(&b).await;
    w.db.delete_stream(&stream).await.unwrap();
}

async fn finished_tasks_stay_readable(w: World) {
    let (stream, job, init) = w.started().await;
    w.finish(&init).await;
    w.db.delete_stream(&stream).await.unwrap();
    assert_eq!(w.state(&job, "init").await, TaskState::Done);
    assert_eq!(w.info(&job, "init").await.stream_id, stream);
    let records = w.db.export(None, 100).await.unwrap().records;
    let Some(Record::Stream(record)) = records.first() else { panic!("{records:?}") };
    assert!(record.deleted && record.stream_id == stream);
    let call = w.db.create_task_with(&job, task("more", stream)).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(_) });
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn its_record_goes_with_the_last_task_that_names_it(w: World) {
    let (stream, first, init) = w.started().await;
    w.finish(&init).await;
    let second = w.job(stream).await;
    w.run(&["init"]).await;
    w.db.delete_stream(&stream).await.unwrap();
    for (job, left) in [(first, 3), (second, 0)] {
        w.db.delete_job(&job).await.unwrap();
        // What goes in steps is gone after a few calls that carry it on.
        for _ in 0..20 {
            w.db.requeue_tasks(1).await.unwrap();
        }
        let records = w.db.export(None, 10).await.unwrap().records;
        assert_eq!(records.len(), left, "{records:?}");
    }
}
