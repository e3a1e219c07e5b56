//! Cases of `update_job`.

use super::support::*;

cases!(update_job:
    what_is_not_named_stays,
    an_unknown_job_is_not_found;
    ordered:
    a_raised_class_is_served_first,
    a_lowered_class_waits,
    running_tasks_and_later_ones_follow,
    a_stopped_job_comes_back_in_its_new_class,
);

async fn class(w: &World, job: &Uuid) -> Priority {
    w.other.get_job(job).await.unwrap().priority
}

async fn ready(w: &World, stream: &Uuid) -> [u64; 3] {
    w.other.stream_info(stream).await.unwrap().ready
}

async fn a_raised_class_is_served_first(w: World) {
    let stream = w.stream().await;
    let (first, second) = (w.job(stream).await, w.job(stream).await);
    w.add(&second, task("more", stream)).await;
    assert_eq!(ready(&w, &stream).await, [0, 3, 0]);
    w.db.set_priority(&second, Priority::High).await.unwrap();
    assert_eq!(class(&w, &second).await, Priority::High);
    assert_eq!(ready(&w, &stream).await, [2, 1, 0]);
    for job in [second, second, first] {
        assert_eq!(w.claim().await.job_id, job);
    }
    w.idle().await;
}

async fn a_lowered_class_waits(w: World) {
    let (cpu, gpu) = (w.stream().await, w.lane("gpu", 0, 1.0, USER).await);
    let first = w.job_of(cpu, Priority::High).await;
    w.add(&first, task("render", gpu)).await;
    let second = w.job(cpu).await;
    w.db.set_priority(&first, Priority::Low).await.unwrap();
    assert_eq!((ready(&w, &cpu).await, ready(&w, &gpu).await), ([0, 1, 1], [0, 0, 1]));
    assert_eq!(w.claim().await.job_id, second);
    let last = w.claim().await;
    assert_eq!((last.job_id, last.priority), (first, Priority::Low));
    let counts = w.db.get_task_state_counts().await.unwrap();
    let low = counts.iter().filter(|count| count.priority == Priority::Low);
    assert_eq!(low.map(|count| count.count).sum::<u64>(), 2);
}

async fn running_tasks_and_later_ones_follow(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    w.db.set_priority(&job, Priority::High).await.unwrap();
    let other = w.job(stream).await;
    assert_eq!(w.running(&stream).await, 1);
    w.finish(&init).await;
    assert_eq!(w.take("next").await.priority, Priority::High);
    assert_eq!(w.claim().await.job_id, other);
}

async fn a_stopped_job_comes_back_in_its_new_class(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.cancel_job(&job).await.unwrap();
    w.db.set_priority(&job, Priority::Low).await.unwrap();
    assert_eq!(ready(&w, &stream).await, [0, 0, 0]);
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(ready(&w, &stream).await, [0, 0, 1]);
    let other = w.job(stream).await;
    assert_eq!(w.claim().await.job_id, other);
    assert_eq!(w.claim().await.job_id, job);
}

async fn what_is_not_named_stays(w: World) {
    let stream = w.stream().await;
    let job = w.job_of(stream, Priority::High).await;
    w.db.keep_job(&job, true).await.unwrap();
    w.db.set_priority(&job, Priority::Low).await.unwrap();
    w.db.set_priority(&job, Priority::Low).await.unwrap();
    assert!(w.other.get_job(&job).await.unwrap().keep);
    w.db.keep_job(&job, false).await.unwrap();
    let info = w.other.get_job(&job).await.unwrap();
    assert_eq!((info.priority, info.keep), (Priority::Low, false));
}

async fn an_unknown_job_is_not_found(w: World) {
    let id = Uuid::new_v4();
    for call in [w.db.set_priority(&id, Priority::Low).await, w.db.keep_job(&id, true).await] {
        expect_err!(call, TaskDbErr::NotFound { entity: Entity::Job(job) } if job == id);
    }
}
