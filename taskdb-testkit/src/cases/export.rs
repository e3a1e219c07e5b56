//! Cases of `export`.

use taskdb_core::record::Record;

use super::support::*;

cases!(export:
    an_empty_namespace_has_no_records,
    pages_add_up_to_the_whole,
    own_states_are_exported;
    ordered:
    the_order_is_streams_jobs_tasks_outputs,
);

async fn an_empty_namespace_has_no_records(w: World) {
    let page = w.db.export(None, 10).await.unwrap();
    assert!(page.records.is_empty() && page.next.is_none());
}

/// What a record is, for comparing orders.
fn label(record: &Record) -> String {
    match record {
        Record::Stream(stream) => format!("stream {}", stream.age),
        Record::Job(job) => format!("job {}", job.job_id),
        Record::Task(task) => format!("task {} {}", task.job_id, task.task_id),
        Record::KeptOutput(kept) => format!("kept {}", kept.job_id),
        Record::Schedule(schedule) => format!("schedule {}", schedule.name),
        other => panic!("{other:?}"),
    }
}

async fn the_order_is_streams_jobs_tasks_outputs(w: World) {
    let (stream, gone, init) = w.started().await;
    w.finish(&init).await;
    let (first, second) = (w.job(stream).await, w.job(stream).await);
    w.stream().await;
    w.add(&first, task("z", stream)).await;
    w.add(&second, task("y", stream)).await;
    w.add(&first, task("a", stream)).await;
    w.db.delete_job_with_ttl(&gone, 60).await.unwrap();
    let records = w.other.export(None, 100).await.unwrap().records;
    let labels: Vec<_> = records.iter().map(label).collect();
    let ages: Vec<_> = w.db.list_streams(None, 9).await.unwrap().iter().map(|s| s.age).collect();
    let expected = [
        format!("stream {}", ages[0]),
        format!("stream {}", ages[1]),
        format!("job {first}"),
        format!("task {first} init"),
        format!("task {first} z"),
        format!("task {first} a"),
        format!("job {second}"),
        format!("task {second} init"),
        format!("task {second} y"),
        format!("kept {gone}"),
    ];
    assert_eq!(labels, expected);
}

async fn pages_add_up_to_the_whole(w: World) {
    for _ in 0..3 {
        let (stream, job) = w.fresh().await;
        w.add(&job, task("a", stream)).await;
        w.add(&job, task("b", stream).after(["a"])).await;
    }
    let whole = w.db.export(None, 1_000).await.unwrap();
    assert_eq!((whole.records.len(), whole.next), (15, None));
    for limit in [1, 2, 4, 7] {
        let (mut records, mut cursor) = (Vec::new(), None);
        loop {
            let page = w.db.export(cursor, limit).await.unwrap();
            records.extend(page.records);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(records, whole.records, "in pages of {limit}");
    }
}

async fn own_states_are_exported(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    w.db.cancel_job(&job).await.unwrap();
    let records = w.db.export(None, 100).await.unwrap().records;
    let states: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Task(task) => Some(task.state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [TaskState::Done, TaskState::Ready, TaskState::Pending]);
    assert_eq!(w.state(&job, "b").await, TaskState::Cancelled);
}
