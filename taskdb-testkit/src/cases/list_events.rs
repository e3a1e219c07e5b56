//! Cases of `list_events`, of subscriptions and of the history of a task.

use std::collections::HashMap;

use taskdb_core::{Backoff, EventKind, EventLevel, EventPolicy, EventPosition};

use super::support::*;

cases!(list_events:
    by_default_jobs_and_what_goes_wrong,
    every_transition_on_request,
    nothing_when_it_is_off,
    an_end_tells_of_attempt_and_worker,
    cancellation_reaches_the_log,
    deletions_of_every_kind_are_told,
    a_replay_is_told_of_its_job_and_its_tasks,
    new_tasks_in_a_done_job_are_told,
    what_a_schedule_makes_is_created_too,
    a_repeated_call_is_told_once,
    pages_follow_each_other,
    filters_pick,
    the_end_is_what_has_not_happened_yet,
    another_stores_position_is_refused,
    other_namespaces_are_not_listed,
    attempts_are_listed,
    a_subscriber_misses_nothing,
);

/// What happened, in few words: `init retried lost`, `job done`.
fn words(event: &Event) -> String {
    let subject = event.task_id.as_deref().unwrap_or("job");
    match &event.detail {
        Some(detail) => format!("{subject} {} {detail}", event.kind),
        None => format!("{subject} {}", event.kind),
    }
}

impl World {
    /// The first `count` events of a job, and that there are no more.
    async fn log(&self, job: &Uuid, count: usize) -> Vec<Event> {
        let filter = EventFilter { job_id: Some(*job), ..EventFilter::default() };
        self.happened(filter, count).await
    }

    /// Asserts what the log tells of a job, in any order.
    async fn tells(&self, job: &Uuid, expected: &[&str]) {
        let mut told: Vec<_> = self.log(job, expected.len()).await.iter().map(words).collect();
        let mut expected = expected.to_vec();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected);
    }

    async fn level(&self, level: EventLevel) {
        self.db.set_events(EventPolicy { level, ..EventPolicy::default() }).await.unwrap();
    }
}

async fn by_default_jobs_and_what_goes_wrong(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("a", stream).optional()).await;
    assert!(w.db.give_up(&init.claim).await.unwrap());
    w.run(&["init"]).await;
    let a = w.take("a").await;
    w.fail(&a, "no luck").await;
    let expected = ["job created", "init retried given up", "a failed no luck", "job done"];
    w.tells(&job, &expected).await;
}

async fn every_transition_on_request(w: World) {
    w.level(EventLevel::All).await;
    let (stream, job) = w.fresh().await;
    w.add(&job, task("a", stream).after(["init"])).await;
    let init = w.take("init").await;
    assert!(w.db.progress(&init.claim, 0.25).await.unwrap());
    w.finish(&init).await;
    w.run(&["a"]).await;
    let told: Vec<_> = w.log(&job, 11).await.iter().map(words).collect();
    let expected = [
        "job created", "init created", "init ready", "a created", "init claimed",
        "init progress 0.25", "init done", "a ready", "a claimed", "a done", "job done",
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (place, word) in expected.iter().enumerate() {
        let at = told.iter().position(|told| told == word);
        let at = at.unwrap_or_else(|| panic!("`{word}` is missing: {told:?}"));
        // Only the events of one call may change places.
        assert!(at.abs_diff(place) <= 2, "{told:?}");
    }
}

async fn nothing_when_it_is_off(w: World) {
    w.level(EventLevel::Off).await;
    let (_, job, init) = w.started().await;
    w.fail(&init, "no luck").await;
    w.level(EventLevel::Essential).await;
    w.db.retry_job(&job).await.unwrap();
    w.tells(&job, &["job retried replayed", "init retried replayed"]).await;
}

async fn an_end_tells_of_attempt_and_worker(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    let now = w.clock.now();
    let other = w.db.as_worker("other");
    let claimed = other.request_work("cpu").await.unwrap().expect("it is ready again");
    w.clock.advance(secs(61));
    assert_eq!(w.db.requeue_tasks(9).await.unwrap(), 1);
    let log = w.log(&job, 3).await;
    let ends: Vec<_> = log.iter().filter(|event| event.task_id.is_some()).collect();
    assert_eq!((ends[0].attempt, ends[0].at), (Some(1), now));
    assert_eq!((ends[1].attempt, ends[1].at), (Some(2), w.clock.now()));
    assert_eq!(ends[0].worker_id.as_deref(), Some(w.db.worker_id()));
    assert_eq!(ends[1].worker_id.as_deref(), Some("other"));
    assert_eq!(ends[1].detail.as_deref(), Some("lost"));
    assert_eq!(claimed.claim.attempt, 2);
}

async fn cancellation_reaches_the_log(w: World) {
    let (stream, job, _) = w.started().await;
    w.add(&job, task("a", stream).optional()).await;
    w.add(&job, task("b", stream).after(["a"]).optional()).await;
    w.db.cancel_task(&job, "a").await.unwrap();
    w.db.cancel_job(&job).await.unwrap();
    let expected =
        ["job created", "a cancelled", "b cancelled", "init cancelled", "job cancelled"];
    w.tells(&job, &expected).await;
    let log = w.log(&job, 5).await;
    let init = log.iter().find(|event| event.task_id.as_deref() == Some("init")).unwrap();
    assert_eq!(init.worker_id.as_deref(), Some(w.db.worker_id()));
    let late = w.job(stream).await;
    let init = w.take("init").await;
    w.db.update_task_failed(&late, "init", "first").await.unwrap();
    lost!(w.db.give_up(&init.claim).await, Finished);
    w.tells(&late, &["job created", "init failed first", "job failed first"]).await;
}

async fn deletions_of_every_kind_are_told(w: World) {
    let stream = w.stream().await;
    let jobs = [w.job(stream).await, w.job(stream).await, w.job(stream).await];
    w.db.delete_job(&jobs[0]).await.unwrap();
    w.run(&["init"]).await;
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 1);
    w.run(&["init"]).await;
    let none = taskdb_core::Keep { age: None, count: Some(0) };
    let retention = taskdb_core::Retention { done: none, ..taskdb_core::Retention::OFF };
    w.db.purge(&retention).await.unwrap();
    w.tells(&jobs[0], &["job created", "job deleted"]).await;
    for job in &jobs[1..] {
        w.tells(job, &["job created", "job done", "job deleted"]).await;
    }
}

async fn a_replay_is_told_of_its_job_and_its_tasks(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("a", stream)).await;
    w.fail(&init, "no luck").await;
    w.db.retry_task(&job, "init").await.unwrap();
    let expected = [
        "job created", "init failed no luck", "job failed no luck", "job retried replayed",
        "init retried replayed",
    ];
    w.tells(&job, &expected).await;
}

async fn new_tasks_in_a_done_job_are_told(w: World) {
    let (stream, job) = w.fresh().await;
    w.run(&["init"]).await;
    w.add(&job, task("a", stream)).await;
    w.add(&job, task("b", stream)).await;
    w.tells(&job, &["job created", "job done", "job retried new tasks"]).await;
}

async fn what_a_schedule_makes_is_created_too(w: World) {
    let stream = w.stream().await;
    let schedule = taskdb_core::Schedule::new("tick", "* * * * *", new_job(stream));
    w.db.put_schedule(&schedule).await.unwrap();
    w.clock.advance(secs(61));
    w.db.fire_schedules().await.unwrap();
    let jobs = w.db.list_jobs(taskdb_core::JobFilter::default(), None, 9).await.unwrap();
    w.tells(&jobs[0].job_id, &["job created"]).await;
}

async fn a_repeated_call_is_told_once(w: World) {
    w.level(EventLevel::All).await;
    let (stream, job, init) = w.started().await;
    let child = || task("a", stream);
    for _ in 0..2 {
        w.add(&job, child()).await;
        w.finish(&init).await;
    }
    let expected = [
        "job created", "init created", "init ready", "init claimed", "a created", "a ready",
        "init done",
    ];
    w.tells(&job, &expected).await;
}

async fn pages_follow_each_other(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for _ in 0..10 {
        jobs.push(w.job(stream).await);
    }
    for job in &jobs {
        w.log(job, 1).await;
    }
    let (mut from, mut told, mut pages) = (EventsFrom::Start, Vec::new(), 0);
    loop {
        let page = w.db.list_events(from, EventFilter::default(), 3).await.unwrap();
        assert!(page.events.len() <= 3);
        told.extend(page.events.into_iter().map(|event| event.job_id));
        from = EventsFrom::After(page.next);
        pages += 1;
        if !page.more {
            break;
        }
    }
    told.sort_unstable();
    jobs.sort_unstable();
    assert!(pages >= 4 && told == jobs, "{pages} pages of {told:?}");
    let page = w.db.list_events(from, EventFilter::default(), 3).await.unwrap();
    assert!(page.events.is_empty() && !page.more);
    expect_err!(
        w.db.list_events(EventsFrom::Start, EventFilter::default(), 0).await,
        TaskDbErr::InvalidArgument { argument: "limit", .. }
    );
}

async fn filters_pick(w: World) {
    w.level(EventLevel::All).await;
    let (stream, one) = w.fresh().await;
    w.clock.advance(secs(1));
    let later = w.clock.now();
    let two = w.job(stream).await;
    w.log(&one, 3).await;
    w.log(&two, 3).await;
    let count = async |filter: EventFilter| {
        let page = w.db.list_events(EventsFrom::Start, filter, 100).await.unwrap();
        page.events.len()
    };
    let all = EventFilter::default();
    assert_eq!(count(all.clone()).await, 6);
    assert_eq!(count(EventFilter { job_id: Some(one), ..all.clone() }).await, 3);
    assert_eq!(count(EventFilter { task_id: Some("init".into()), ..all.clone() }).await, 4);
    assert_eq!(count(EventFilter { kinds: vec![EventKind::Created], ..all.clone() }).await, 4);
    assert_eq!(count(EventFilter { since: Some(later), ..all.clone() }).await, 3);
    assert_eq!(count(EventFilter { until: Some(later), ..all.clone() }).await, 3);
    let (job_id, kinds) = (Some(two), vec![EventKind::Created, EventKind::Done]);
    let both = EventFilter { job_id, kinds, since: Some(later), ..all };
    assert_eq!(count(both).await, 2);
}

async fn the_end_is_what_has_not_happened_yet(w: World) {
    let (stream, one) = w.fresh().await;
    w.log(&one, 1).await;
    let end = w.db.list_events(EventsFrom::End, EventFilter::default(), 9).await.unwrap();
    assert!(end.events.is_empty());
    let two = w.job(stream).await;
    w.log(&two, 1).await;
    let from = EventsFrom::After(end.next);
    let page = w.other.list_events(from, EventFilter::default(), 9).await.unwrap();
    let told: Vec<_> = page.events.iter().map(|event| event.job_id).collect();
    assert_eq!(told, [two]);
}

async fn another_stores_position_is_refused(w: World) {
    for text in ["", "elsewhere", "-1", "99999999999999999999", "1:2:3:4:5:6:7:8:9"] {
        let from = EventsFrom::After(EventPosition::new(text));
        let call = w.db.list_events(from, EventFilter::default(), 9).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "position", .. });
    }
}

async fn other_namespaces_are_not_listed(w: World) {
    let (_, job) = w.fresh().await;
    w.log(&job, 1).await;
    let neighbour = w.neighbour().await;
    let page = neighbour.db.list_events(EventsFrom::Start, EventFilter::default(), 9).await;
    assert_eq!(page.unwrap().events, []);
}

async fn attempts_are_listed(w: World) {
    let stream = w.stream().await;
    let job = new_job(stream).backoff(Backoff::fixed(secs(1)));
    let job = w.db.create_job_with(job).await.unwrap();
    for _ in 0..2 {
        let init = w.take("init").await;
        assert!(w.db.give_up(&init.claim).await.unwrap());
        w.clock.advance(secs(1));
    }
    let init = w.take("init").await;
    w.fail(&init, "no luck").await;
    w.log(&job, 5).await;
    let attempts = w.db.list_attempts(&job, "init").await.unwrap();
    let told: Vec<_> = attempts.iter().map(|end| (end.attempt, words(end))).collect();
    let given_up = || "init retried given up".to_owned();
    let failed = "init failed no luck".to_owned();
    assert_eq!(told, [(Some(1), given_up()), (Some(2), given_up()), (Some(3), failed)]);
}

async fn a_subscriber_misses_nothing(w: World) {
    const WRITERS: usize = 8;
    const JOBS: usize = 12;
    let stream = w.stream().await;
    let mut events = w.other.subscribe(EventsFrom::Start, EventFilter::default());
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let db = if number % 2 == 0 { w.db.clone() } else { w.other.clone() };
            tokio::spawn(async move {
                for _ in 0..JOBS {
                    let job = db.create_job_with(new_job(stream)).await.unwrap();
                    db.update_task_failed(&job, "init", "no luck").await.unwrap();
                    db.delete_job(&job).await.unwrap();
                }
            })
        })
        .collect();
    let mut told = HashMap::<Uuid, Vec<String>>::new();
    for read in 0..WRITERS * JOBS * 4 {
        // A subscription that is taken up again where it was misses nothing either.
        if let (true, Some(position)) = (read % 50 == 49, events.position()) {
            let from = EventsFrom::After(position.clone());
            let mut again = w.db.subscribe(from, EventFilter::default());
            let next = tokio::time::timeout(PATIENCE, again.next()).await;
            assert!(next.is_ok(), "nothing came after {read} events");
        }
        let next = tokio::time::timeout(PATIENCE, events.next()).await;
        let event = next.unwrap_or_else(|_| panic!("only {read} events came")).unwrap();
        told.entry(event.job_id).or_default().push(words(&event));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(told.len(), WRITERS * JOBS);
    for story in told.values() {
        assert_eq!((story[0].as_str(), story[3].as_str()), ("job created", "job deleted"));
        assert_eq!(story.len(), 4, "{story:?}");
    }
}
