//! Cases of `import`; whole copies are in `portable`.

use taskdb_core::record::{EventRecord, JobRecord, Record, TaskRecord};
use taskdb_core::request::Export;
use taskdb_core::store::RepairReport;
use taskdb_core::{Backoff, EventKind, EventLevel, EventPolicy, JobFilter};

use super::support::*;

cases!(import:
    records_can_be_repeated,
    a_record_that_is_there_is_left_alone,
    a_record_without_its_owner_is_refused,
    a_task_with_the_age_of_another_is_refused,
    a_job_with_the_age_of_another_is_refused,
    the_age_of_a_record_that_is_left_alone_is_free,
    ages_go_on_after_the_imported_ones,
    deleted_streams_make_room,
    whole_jobs_arrive_as_single_records_do,
    a_page_of_whole_jobs_leaves_alone_what_is_there,
    events_arrive_in_their_order,
    an_event_beyond_what_is_counted_is_refused,
);

async fn records(w: &World) -> Vec<Record> {
    let page = w.db.export(None, 1_000).await.unwrap();
    assert!(page.next.is_none());
    page.records
}

async fn records_can_be_repeated(w: World) {
    w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    let all = records(&w).await;
    let copy = w.neighbour().await;
    for _ in 0..2 {
        copy.db.import(all.clone()).await.unwrap();
        assert_eq!(records(&copy).await, all);
    }
    copy.assert_sound().await;
}

async fn a_record_that_is_there_is_left_alone(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    let before = records(&w).await;
    w.run(&["a", "b"]).await;
    let after = records(&w).await;
    w.db.import(before).await.unwrap();
    assert_eq!(records(&w).await, after);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_record_without_its_owner_is_refused(w: World) {
    w.fresh().await;
    let all = records(&w).await;
    let copy = w.neighbour().await;
    for part in [&all[1..2], &all[1..], &all[2..]] {
        let call = copy.db.import(part.to_vec()).await;
        if part.len() == 1 && call.is_ok() {
            // A job alone names nothing; its task is what needs a stream.
            continue;
        }
        expect_err!(call, TaskDbErr::InvalidArgument { .. });
    }
    copy.db.import(all.clone()).await.unwrap();
    assert_eq!(records(&copy).await, all);
    copy.assert_sound().await;
}

async fn a_task_with_the_age_of_another_is_refused(w: World) {
    refused_beside_its_twin(w, |record| match record {
        Record::Task(task) if task.task_id == "a" => {
            let task_id = "b".to_owned();
            Some(Record::Task(Box::new(TaskRecord { task_id, ..(**task).clone() })))
        }
        _ => None,
    })
    .await;
}

async fn a_job_with_the_age_of_another_is_refused(w: World) {
    refused_beside_its_twin(w, |record| match record {
        Record::Job(job) => {
            Some(Record::Job(JobRecord { job_id: Uuid::new_v4(), ..job.clone() }))
        }
        _ => None,
    })
    .await;
}

/// Imports what `twin` makes of a record with that record and after it.
async fn refused_beside_its_twin(w: World, twin: fn(&Record) -> Option<Record>) {
    w.graph(|s| vec![task("a", s)]).await;
    let all = records(&w).await;
    let twin = all.iter().find_map(twin).unwrap();
    let copy = w.neighbour().await;
    let both = [all.clone(), vec![twin.clone()]].concat();
    expect_err!(copy.db.import(both).await, TaskDbErr::InvalidArgument { .. });
    assert_eq!(records(&copy).await, []);
    copy.db.import(all.clone()).await.unwrap();
    expect_err!(copy.db.import(vec![twin]).await, TaskDbErr::InvalidArgument { .. });
    assert_eq!(records(&copy).await, all);
    copy.assert_sound().await;
}

async fn the_age_of_a_record_that_is_left_alone_is_free(w: World) {
    w.fresh().await;
    w.run(&["init"]).await;
    let all = records(&w).await;
    let copy = w.neighbour().await;
    copy.db.import(all.clone()).await.unwrap();
    let job_id = Uuid::new_v4();
    let mut page = Vec::new();
    for record in all {
        match record {
            Record::Job(job) => {
                let age = job.age + 1_000;
                page.push(Record::Job(JobRecord { age, ..job.clone() }));
                page.push(Record::Job(JobRecord { job_id, age, ..job }));
            }
            Record::Task(task) => page.push(Record::Task(Box::new(TaskRecord { job_id, ..*task }))),
            other => page.push(other),
        }
    }
    copy.db.import(page).await.unwrap();
    assert_eq!(copy.job_state(&job_id).await, JobState::Done);
    assert_eq!(copy.db.list_jobs(JobFilter::default(), None, 9).await.unwrap().len(), 2);
    copy.assert_sound().await;
}

async fn deleted_streams_make_room(w: World) {
    let copy = w.neighbour().await;
    for _ in 0..3 {
        let (stream, job, init) = copy.started().await;
        copy.finish(&init).await;
        copy.db.delete_job(&job).await.unwrap();
        copy.db.delete_stream(&stream).await.unwrap();
    }
    copy.db.requeue_tasks(1).await.unwrap();
    let (stream, job) = w.fresh().await;
    w.run(&["init"]).await;
    let all = records(&w).await;
    copy.db.import(all.clone()).await.unwrap();
    assert_eq!(copy.db.get_stream(USER, "cpu").await.unwrap(), Some(stream));
    assert_eq!(copy.job_state(&job).await, JobState::Done);
    // A task names this one, so the record finds it there, deleted.
    copy.db.delete_stream(&stream).await.unwrap();
    copy.db.import(all).await.unwrap();
    assert_eq!(copy.db.get_stream(USER, "cpu").await.unwrap(), None);
    copy.assert_sound().await;
}

async fn ages_go_on_after_the_imported_ones(w: World) {
    let (stream, job) = w.fresh().await;
    let copy = w.neighbour().await;
    copy.db.import(records(&w).await).await.unwrap();
    let (young_stream, young) = copy.fresh().await;
    let streams = copy.db.list_streams(None, 9).await.unwrap();
    let ids: Vec<_> = streams.iter().map(|s| s.stream_id).collect();
    assert_eq!(ids, [stream, young_stream]);
    assert!(copy.db.get_job(&young).await.unwrap().age > copy.db.get_job(&job).await.unwrap().age);
    copy.add(&job, task("a", stream)).await;
    assert_eq!(copy.info(&job, "a").await.age, 1);
    copy.assert_sound().await;
}

/// Everything with what the store has derived for it.
async fn derived(w: &World) -> Vec<Record> {
    let request = Export { limit: 1_000, derived: true, ..Export::default() };
    let page = w.db.store().export(request).await.unwrap();
    assert!(page.next.is_none());
    page.records
}

/// Jobs none of whose tasks is being worked on or waits for its time, in many states.
async fn settled_jobs(w: &World) -> [Uuid; 2] {
    let tasks = |s| {
        let end = task("end", s).after(["try", "gone"]).run_if(RunIf::AllSettled);
        let run = task("run", s).backoff(Backoff::fixed(secs(9)).jitter(50)).max_losses(3);
        vec![task("try", s).optional(), task("gone", s).after(["try"]), run, end]
    };
    let (stream, mixed) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    let again = w.claim().await;
    w.db.release(&again.claim).await.unwrap();
    let failed = w.job_of(stream, Priority::High).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken").await.unwrap());
    let cancelled = w.job(stream).await;
    w.add(&cancelled, task("a", stream).after(["init"])).await;
    w.db.cancel_job(&cancelled).await.unwrap();
    let low = new_job(stream).priority(Priority::Low).expires_in(secs(60)).max_losses(0);
    let done = w.db.create_job_with(low.name("low: {1}").label("a:b", "\u{1f600}")).await.unwrap();
    assert!(w.db.update_task_done(&done, "init", json!({"x": 0.1 + 0.2})).await.unwrap());
    w.db.keep_job(&done, true).await.unwrap();
    w.db.create_job_with(new_job(stream).key_for("once", secs(3_600))).await.unwrap();
    let other = w.lane("cpu", 3, 2.0, "bob").await;
    let fan: Vec<_> = (0..300).map(|n| task(&format!("leaf-{n}"), other).after(["init"])).collect();
    let wide = w.job(other).await;
    w.db.create_tasks(&wide, fan).await.unwrap();
    [mixed, failed]
}

async fn whole_jobs_arrive_as_single_records_do(w: World) {
    let [_, failed] = settled_jobs(&w).await;
    let (all, expected) = (records(&w).await, derived(&w).await);
    let (streams, jobs) = all.split_at(2);
    assert!(matches!(streams[1], Record::Stream(_)) && matches!(jobs[0], Record::Job(_)));
    let whole = w.neighbour().await;
    let single = whole.neighbour().await;
    for copy in [&whole, &single] {
        copy.db.import(streams.to_vec()).await.unwrap();
    }
    whole.db.import(jobs.to_vec()).await.unwrap();
    for record in jobs {
        single.db.import(vec![record.clone()]).await.unwrap();
    }
    assert_eq!(derived(&whole).await, expected);
    assert_eq!(derived(&single).await, expected);
    for copy in [&w, &whole, &single] {
        copy.assert_sound().await;
        assert_eq!(copy.db.repair().await.unwrap(), RepairReport::default());
    }
    // They have the same future, and who waits for it hears of it.
    let mut order = Vec::new();
    for store in [&w, &whole, &single] {
        store.db.retry_job(&failed).await.unwrap();
        let mut seen = Vec::new();
        while let Some(task) = store.db.request_work("cpu").await.unwrap() {
            store.finish(&task).await;
            seen.push((task.job_id, task.task_id, task.claim.attempt));
        }
        assert!(seen.len() > 300);
        // Between jobs, order holds within a shard.
        seen.sort_by_key(|(job, _, _)| *job);
        store.assert_sound().await;
        order.push(seen);
    }
    assert_eq!(order[0], order[1]);
    assert_eq!(order[0], order[2]);
}

async fn a_page_of_whole_jobs_leaves_alone_what_is_there(w: World) {
    let [job, _] = settled_jobs(&w).await;
    let all = records(&w).await;
    let jobs: Vec<_> = all.iter().filter(|r| !matches!(r, Record::Stream(_))).cloned().collect();
    let copy = w.neighbour().await;
    copy.db.import(all.clone()).await.unwrap();
    let before = derived(&copy).await;
    copy.db.import(jobs.clone()).await.unwrap();
    assert_eq!(derived(&copy).await, before);
    // One job is missing, the others have gone on.
    copy.db.delete_job(&job).await.unwrap();
    let ready = copy.claim().await;
    copy.finish(&ready).await;
    copy.db.import(jobs.clone()).await.unwrap();
    assert_eq!(copy.state(&ready.job_id, &ready.task_id).await, TaskState::Done);
    assert!(copy.db.get_job(&job).await.is_ok());
    copy.assert_sound().await;
    // The number of a job that is there cannot be given to another.
    let foreign = copy.neighbour().await;
    foreign.fresh().await;
    expect_err!(foreign.db.import(jobs).await, TaskDbErr::InvalidArgument { .. });
    foreign.assert_sound().await;
}

/// Events as records, numbered from one on.
fn numbered(events: &[Event], first: u64) -> Vec<Record> {
    let record = |(number, event): (u64, &Event)| {
        Record::Event(EventRecord { event: event.clone(), number })
    };
    (first..).zip(events).map(record).collect()
}

async fn events_arrive_in_their_order(w: World) {
    let level = EventLevel::All;
    w.db.set_events(EventPolicy { level, ..EventPolicy::default() }).await.unwrap();
    let (_, job) = w.graph(|s| vec![task("a", s), task("\u{1f600} b", s).after(["a"])]).await;
    let a = w.take("a").await;
    assert!(w.db.progress(&a.claim, 0.1).await.unwrap());
    assert!(w.db.give_up(&a.claim).await.unwrap());
    w.clock.advance(secs(1));
    w.db.cancel_job(&job).await.unwrap();
    w.db.retry_job(&job).await.unwrap();
    let failed = w.job(w.stream().await).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken\0 \u{1f600}").await.unwrap());
    let gone = w.fresh().await.1;
    w.db.delete_job(&gone).await.unwrap();
    let filter = EventFilter { kinds: vec![EventKind::Deleted], ..EventFilter::default() };
    w.happened(filter, 1).await;
    let told = w.happened(EventFilter::default(), 20).await;
    assert!(told.len() >= 20, "{told:?}");

    let to = w.neighbour().await;
    to.db.import(records(&w).await).await.unwrap();
    let (some, more) = told.split_at(12);
    for page in [numbered(some, 5), numbered(some, 5), numbered(more, 1_017), numbered(some, 5)] {
        to.db.import(page).await.unwrap();
    }
    let of = |job| EventFilter { job_id: Some(job), ..EventFilter::default() };
    let arrived = to.happened(EventFilter::default(), told.len()).await;
    assert_eq!(arrived.len(), told.len());
    for job in [job, failed, gone] {
        assert_eq!(to.happened(of(job), 0).await, w.happened(of(job), 0).await);
    }
    // What happens to a job then comes behind, and what is repeated still changes nothing.
    to.db.cancel_job(&job).await.unwrap();
    to.db.import(numbered(more, 1_017)).await.unwrap();
    let after = to.happened(EventFilter::default(), told.len() + 1).await;
    assert_eq!(after.len(), told.len() + 1);
    let (of_job, before) = (to.happened(of(job), 0).await, w.happened(of(job), 0).await);
    assert_eq!(of_job[..before.len()], before);
    assert_eq!(of_job.last().map(|event| event.kind), Some(EventKind::Cancelled));
}

async fn an_event_beyond_what_is_counted_is_refused(w: World) {
    let (_, job) = w.fresh().await;
    let told = w.happened(EventFilter { job_id: Some(job), ..EventFilter::default() }, 1).await;
    let to = w.neighbour().await;
    for number in [0, EventRecord::MAX_NUMBER + 1] {
        let call = to.db.import(numbered(&told, number)).await;
        expect_err!(call, TaskDbErr::Batch { index: 0, .. });
    }
    to.db.import(numbered(&told, EventRecord::MAX_NUMBER)).await.unwrap();
    assert_eq!(to.happened(EventFilter::default(), 1).await, told);
}
