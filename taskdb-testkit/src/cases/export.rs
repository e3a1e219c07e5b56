//! Cases of `export`.

use taskdb_core::record::Record;
use taskdb_core::request::{Export, Part};

use super::support::*;

cases!(export:
    an_empty_namespace_has_no_records,
    pages_add_up_to_the_whole,
    own_states_are_exported,
    named_jobs_come_alone_in_their_order,
    streams_and_kept_outputs_can_be_read_alone,
    a_page_ends_when_it_has_grown_large;
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

async fn named_jobs_come_alone_in_their_order(w: World) {
    let mut jobs = Vec::new();
    for _ in 0..4 {
        let (stream, job) = w.fresh().await;
        w.add(&job, task("a", stream)).await;
        w.add(&job, task("b", stream).after(["a"])).await;
        jobs.push(job);
    }
    w.db.delete_job(&jobs[1]).await.unwrap();
    let named = vec![jobs[3], jobs[1], Uuid::new_v4(), jobs[0]];
    let whole = |job: &Uuid| {
        ["init", "a", "b"].map(|name| format!("task {job} {name}")).into_iter().collect::<Vec<_>>()
    };
    let mut expected = vec![format!("job {}", jobs[3])];
    expected.extend(whole(&jobs[3]));
    expected.push(format!("job {}", jobs[0]));
    expected.extend(whole(&jobs[0]));
    for limit in [1, 2, 3, 100] {
        let (mut records, mut cursor) = (Vec::new(), None);
        loop {
            let part = Part::Jobs(named.clone());
            let request = Export { cursor, limit, part, derived: false };
            let page = w.db.store().export(request).await.unwrap();
            records.extend(page.records.iter().map(label));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(records, expected, "in pages of {limit}");
    }
    let request = Export { limit: 9, part: Part::Jobs(Vec::new()), ..Export::default() };
    let none = w.db.store().export(request).await.unwrap();
    assert!(none.records.is_empty() && none.next.is_none());
}

async fn a_page_ends_when_it_has_grown_large(w: World) {
    let (stream, job) = w.fresh().await;
    let payload = "x".repeat(900_000);
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        let big = NewTask::new(name, stream, json!(payload));
        w.add(&job, big).await;
    }
    let (mut names, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = w.db.export(cursor, 1_000).await.unwrap();
        let mut bytes = 0;
        for record in &page.records {
            if let Record::Task(task) = record {
                bytes += task.definition.bytes();
                names.push(task.task_id.clone());
            }
        }
        assert!(bytes <= Export::PAGE_BYTES + 1_000_000, "{bytes} bytes");
        (cursor, pages) = (page.next, pages + 1);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["init", "a", "b", "c", "d", "e", "f", "g", "h", "i"]);
    assert!(pages >= 2, "{pages} pages");
}

async fn streams_and_kept_outputs_can_be_read_alone(w: World) {
    let (stream, job) = w.fresh().await;
    w.stream().await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let job = w.job(stream).await;
        assert!(w.db.update_task_done(&job, "init", json!("kept")).await.unwrap());
        w.db.delete_job_with_ttl(&job, 60).await.unwrap();
        kept.push(format!("kept {job}"));
    }
    let whole = w.db.export(None, 1_000).await.unwrap().records;
    for (part, first) in [(Part::Streams, "stream"), (Part::Rest, "kept")] {
        let expected = whole.iter().filter(|record| label(record).starts_with(first));
        let expected: Vec<_> = expected.cloned().collect();
        assert!(expected.len() >= 2);
        for limit in [1, 2, 100] {
            let (mut records, mut cursor) = (Vec::new(), None);
            loop {
                let request = Export { cursor, limit, part: part.clone(), derived: false };
                let page = w.db.store().export(request).await.unwrap();
                records.extend(page.records);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(records, expected, "in pages of {limit}");
        }
    }
    w.db.delete_job(&job).await.unwrap();
}
