//! Cases of `list_streams` and `stream_info`.

use super::support::*;

cases!(list_streams:
    pages_follow_the_age,
    counts_are_true_at_every_step,
    ready_is_counted_by_class,
    a_stopped_job_counts_only_what_runs,
    since_when_the_first_in_line_is_ready,
    an_unknown_stream_is_not_found,
    a_limit_of_nothing_is_refused,
);

async fn pages_follow_the_age(w: World) {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(w.stream().await);
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = w.other.list_streams(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.age);
        assert!(page.len() <= 2);
        listed.extend(page.iter().map(|s| s.stream_id));
    }
    assert_eq!(listed, made);
}

async fn counts_are_true_at_every_step(w: World) {
    let (stream, job) = w.fresh().await;
    let counts = async || {
        let info = w.db.stream_info(&stream).await.unwrap();
        (info.pending, info.ready.iter().sum::<u64>(), info.running)
    };
    assert_eq!(counts().await, (0, 1, 0));
    w.add(&job, task("a", stream).after(["init"])).await;
    w.add(&job, task("b", stream).delay(secs(10))).await;
    assert_eq!(counts().await, (2, 1, 0));
    let init = w.claim().await;
    assert_eq!(counts().await, (2, 0, 1));
    w.finish(&init).await;
    assert_eq!(counts().await, (1, 1, 0));
    w.clock.advance(secs(10));
    let a = w.take("a").await;
    assert_eq!(counts().await, (0, 1, 1));
    assert!(w.db.release(&a.claim).await.unwrap());
    assert_eq!(counts().await, (0, 2, 0));
    w.run(&["a", "b"]).await;
    assert_eq!(counts().await, (0, 0, 0));
}

async fn ready_is_counted_by_class(w: World) {
    let stream = w.stream().await;
    for priority in [Priority::Low, Priority::High, Priority::Low] {
        w.job_of(stream, priority).await;
    }
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [1, 0, 2]);
}

async fn a_stopped_job_counts_only_what_runs(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s), task("d", s).after(["c"])];
    let (stream, job) = w.graph(tasks).await;
    let (a, _b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready, info.running), (0, [0; 3], 1));
    w.db.retry_job(&job).await.unwrap();
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready, info.running), (1, [0, 2, 0], 1));
    w.db.cancel_job(&job).await.unwrap();
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready, info.running), (0, [0; 3], 0));
}

async fn since_when_the_first_in_line_is_ready(w: World) {
    let (stream, job) = w.fresh().await;
    let since = async || w.db.stream_info(&stream).await.unwrap().ready_since;
    let start = w.clock.now();
    w.add(&job, task("a", stream).after(["init"])).await;
    w.add(&job, task("b", stream)).await;
    assert_eq!(since().await, Some(start));
    w.clock.advance(secs(10));
    let init = w.claim().await;
    assert_eq!(since().await, Some(start), "b");
    let b = w.take("b").await;
    assert_eq!(since().await, None);
    w.finish(&init).await;
    assert_eq!(since().await, Some(start.after(secs(10))), "a is ready since `init` is done");
    w.clock.advance(secs(10));
    w.take("a").await;
    assert_eq!(since().await, None);
    assert!(w.db.release(&b.claim).await.unwrap());
    assert_eq!(since().await, Some(start.after(secs(20))));
}

async fn an_unknown_stream_is_not_found(w: World) {
    w.stream().await;
    let id = Uuid::new_v4();
    let call = w.db.stream_info(&id).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == id);
}

async fn a_limit_of_nothing_is_refused(w: World) {
    let call = w.db.list_streams(None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
}
