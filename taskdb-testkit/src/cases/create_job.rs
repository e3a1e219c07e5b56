//! Cases of `create_job`.

use super::support::*;

cases!(create_job:
    the_job_runs_and_init_is_ready,
    init_is_handed_out_as_given,
    the_class_is_medium_unless_given,
    a_delayed_init_waits_for_its_time,
    a_start_in_the_past_is_now,
    the_same_id_and_content_is_the_same_job,
    an_id_with_other_content_is_refused,
    a_key_returns_the_first_job,
    a_key_with_another_definition_names_the_first_job,
    a_key_belongs_to_its_user,
    a_key_is_free_after_delete_or_its_lifetime,
    an_unknown_stream_is_not_found,
    arguments_are_checked_in_order,
);

async fn the_job_runs_and_init_is_ready(w: World) {
    let (stream, job) = w.fresh().await;
    let info = w.other.get_job(&job).await.unwrap();
    assert_eq!((info.job_id, info.user_id.as_str(), info.state), (job, USER, JobState::Running));
    assert_eq!((info.tasks, info.unresolved, info.error), (1, 1, None));
    assert_eq!((info.created_at, info.started_at), (w.clock.now(), None));
    let init = w.other.get_task(&job, "init").await.unwrap();
    assert_eq!((init.state, init.age, init.attempt), (TaskState::Ready, 0, 0));
    assert_eq!((init.stream_id, init.max_retries, init.timeout_secs), (stream, 3, 60));
    assert_eq!((init.waiting_on, init.optional, init.worker_id), (0, false, None));
}

async fn init_is_handed_out_as_given(w: World) {
    let stream = w.stream().await;
    let def = json!({"b": [1, 2.5], "a": {}});
    let job = w.db.create_job(&stream, &def, 5, 77, "ann").await.unwrap();
    let init = w.take("init").await;
    assert_eq!((init.job_id, init.stream_id, init.task_def), (job, stream, def));
    assert_eq!((init.prereqs, init.max_retries, init.retries), (json!([]), 5, 0));
    assert_eq!((init.timeout_secs, init.priority), (77, Priority::Medium));
    assert_eq!(w.db.get_job_state(&job, "ann").await.unwrap(), JobState::Running);
}

async fn the_class_is_medium_unless_given(w: World) {
    let stream = w.stream().await;
    let def = json!(1);
    let medium = w.db.create_job(&stream, &def, 0, 60, USER).await.unwrap();
    assert_eq!(w.db.get_job(&medium).await.unwrap().priority, Priority::Medium);
    for priority in Priority::ALL {
        let call = w.db.create_job_with_priority(&stream, &def, 0, 60, USER, priority);
        let job = call.await.unwrap();
        assert_eq!(w.db.get_job(&job).await.unwrap().priority, priority);
    }
}

async fn a_delayed_init_waits_for_its_time(w: World) {
    let stream = w.stream().await;
    let after = w.db.create_job_with(new_job(stream).delay(secs(10))).await.unwrap();
    let due = w.clock.now().after(secs(5));
    let at = w.db.create_job_with(new_job(stream).start_at(due)).await.unwrap();
    let init = w.info(&at, "init").await;
    assert_eq!((init.state, init.start_at), (TaskState::Pending, Some(due)));
    w.idle().await;
    w.clock.advance(secs(5));
    assert_eq!(w.claim().await.job_id, at);
    w.idle().await;
    assert_eq!(w.state(&after, "init").await, TaskState::Pending);
    w.clock.advance(secs(5));
    assert_eq!(w.claim().await.job_id, after);
}

async fn a_start_in_the_past_is_now(w: World) {
    let stream = w.stream().await;
    let now = w.clock.now();
    for job in [new_job(stream).start_at(now), new_job(stream).delay(secs(0))] {
        let job = w.db.create_job_with(job).await.unwrap();
        let init = w.info(&job, "init").await;
        assert_eq!((init.state, init.start_at), (TaskState::Ready, None));
    }
}

async fn the_same_id_and_content_is_the_same_job(w: World) {
    let stream = w.stream().await;
    let id = Uuid::new_v4();
    assert_eq!(w.db.create_job_with(new_job(stream).id(id)).await.unwrap(), id);
    let init = w.take("init").await;
    assert_eq!(w.other.create_job_with(new_job(stream).id(id)).await.unwrap(), id);
    w.idle().await;
    w.finish(&init).await;
    assert_eq!(w.db.create_job_with(new_job(stream).id(id)).await.unwrap(), id);
    assert_eq!(w.job_state(&id).await, JobState::Done);
}

async fn an_id_with_other_content_is_refused(w: World) {
    let (stream, other) = (w.stream().await, w.stream().await);
    let id = w.db.create_job_with(new_job(stream).id(Uuid::new_v4())).await.unwrap();
    let different = [
        new_job(other),
        new_job(stream).retries(4),
        new_job(stream).timeout_secs(61),
        new_job(stream).priority(Priority::Low),
        NewJob::new("bob", stream, json!({ "n": 1 })).retries(3).timeout_secs(60),
        NewJob::new(USER, stream, json!({ "n": 2 })).retries(3).timeout_secs(60),
    ];
    for job in different {
        let call = w.db.create_job_with(job.id(id)).await;
        expect_err!(call, TaskDbErr::AlreadyExists { entity: Entity::Job(j), .. } if j == id);
    }
    assert_eq!(w.info(&id, "init").await.max_retries, 3);
}

async fn a_key_returns_the_first_job(w: World) {
    let stream = w.stream().await;
    let first = w.db.create_job_with(new_job(stream).key("k")).await.unwrap();
    let other = new_job(stream).key("k").retries(9).priority(Priority::Low);
    assert_eq!(w.other.create_job_with(other).await.unwrap(), first);
    w.run(&["init"]).await;
    assert_eq!(w.db.create_job_with(new_job(stream).key("k")).await.unwrap(), first);
    assert_eq!(w.job_state(&first).await, JobState::Done);
    w.idle().await;
    assert_ne!(w.db.create_job_with(new_job(stream).key("l")).await.unwrap(), first);
}

async fn a_key_with_another_definition_names_the_first_job(w: World) {
    let stream = w.stream().await;
    let first = w.db.create_job_with(new_job(stream).key("k")).await.unwrap();
    let call = w.db.create_job_with(NewJob::new(USER, stream, json!(2)).key("k")).await;
    expect_err!(call, TaskDbErr::AlreadyExists {
        entity: Entity::JobWithKey { job_id, key }, ..
    } if job_id == first && key == "k");
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 1);
}

async fn a_key_belongs_to_its_user(w: World) {
    let stream = w.stream().await;
    let ann = w.db.create_job_with(NewJob::new("ann", stream, json!(1)).key("k")).await.unwrap();
    let bob = w.db.create_job_with(NewJob::new("bob", stream, json!(2)).key("k")).await.unwrap();
    assert_ne!(ann, bob);
}

async fn a_key_is_free_after_delete_or_its_lifetime(w: World) {
    let stream = w.stream().await;
    let job = || new_job(stream).key_for("k", secs(10));
    let first = w.db.create_job_with(job()).await.unwrap();
    w.db.delete_job(&first).await.unwrap();
    let second = w.db.create_job_with(job()).await.unwrap();
    assert_ne!(first, second);
    w.clock.advance(secs(9));
    assert_eq!(w.db.create_job_with(job()).await.unwrap(), second);
    w.clock.advance(secs(1));
    let third = w.db.create_job_with(job()).await.unwrap();
    assert_ne!(second, third);
    assert_eq!(w.job_state(&second).await, JobState::Running);
}

async fn an_unknown_stream_is_not_found(w: World) {
    let stream = Uuid::new_v4();
    let call = w.db.create_job_with(new_job(stream)).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == stream);
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 0);
}

async fn arguments_are_checked_in_order(w: World) {
    let stream = Uuid::new_v4();
    let long = "x".repeat(256);
    let def = json!(1);
    for retries in [-1, 10_001] {
        let call = w.db.create_job(&stream, &def, retries, 60, &long).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "max_retries", .. });
    }
    for timeout in [-1, 2_592_001] {
        let call = w.db.create_job(&stream, &def, 0, timeout, &long).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "timeout_secs", .. });
    }
    let call = w.db.create_job(&stream, &def, 0, 60, &long).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "user_id", .. });
    let call = w.db.create_job(&stream, &def, 0, 60, "").await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "user_id", .. });
    let call = w.db.create_job_with(new_job(stream).key("")).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "key", .. });
    let stream = w.stream().await;
    w.db.create_job(&stream, &def, 10_000, 2_592_000, USER).await.unwrap();
}
