//! Cases of `put_schedule`.

use taskdb_core::Schedule;

use super::support::*;

cases!(put_schedule:
    a_schedule_is_kept_as_it_was_written,
    the_same_again_changes_nothing,
    another_body_replaces_it,
    what_nobody_understands_is_refused,
);

fn schedule(name: &str, cron: &str, stream: Uuid) -> Schedule {
    Schedule::new(name, cron, new_job(stream))
}

async fn a_schedule_is_kept_as_it_was_written(w: World) {
    let job = new_job(w.stream().await).priority(Priority::High);
    let written = Schedule::new("nightly: ä {1}", "30 2 * * *", job).time_zone("Europe/Berlin");
    w.db.put_schedule(&written).await.unwrap();
    let listed = w.other.list_schedules(None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(Schedule::read(&listed[0]).unwrap(), written);
    assert_eq!((listed[0].revision, listed[0].fired_at), (1, None));
    assert_eq!(listed[0].next_at, written.after(w.clock.now()).unwrap());
}

async fn the_same_again_changes_nothing(w: World) {
    let written = schedule("s", "*/10 * * * *", w.stream().await);
    w.db.put_schedule(&written).await.unwrap();
    let before = w.db.list_schedules(None, 10).await.unwrap();
    w.clock.advance(secs(3_600));
    w.other.put_schedule(&written).await.unwrap();
    assert_eq!(w.db.list_schedules(None, 10).await.unwrap(), before, "no tick was lost");
}

async fn another_body_replaces_it(w: World) {
    let stream = w.stream().await;
    w.db.put_schedule(&schedule("s", "*/10 * * * *", stream)).await.unwrap();
    w.clock.advance(secs(600));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 1);
    let fired = w.db.list_schedules(None, 10).await.unwrap()[0].fired_at;
    w.db.put_schedule(&schedule("s", "*/20 * * * *", stream)).await.unwrap();
    let listed = w.db.list_schedules(None, 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].revision, listed[0].fired_at), (1, 2, fired));
    assert!(fired.is_some() && listed[0].next_at > Some(w.clock.now()));
    w.db.put_schedule(&schedule("s", "*/20 * * * *", stream).paused()).await.unwrap();
    let listed = w.db.list_schedules(None, 10).await.unwrap();
    assert_eq!((listed[0].revision, listed[0].next_at), (3, None));
    w.clock.advance(secs(36_000));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 0);
}

async fn what_nobody_understands_is_refused(w: World) {
    let stream = w.stream().await;
    let call = w.db.put_schedule(&schedule("s", "61 * * * *", stream)).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "cron", .. });
    let call = w.db.put_schedule(&schedule("s", "* * * * *", stream).time_zone("Moon/Base")).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "time_zone", .. });
    let call = w.db.put_schedule(&schedule("", "* * * * *", stream)).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "schedule", .. });
    let job = new_job(stream).retries(-1);
    let call = w.db.put_schedule(&Schedule::new("s", "* * * * *", job)).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "max_retries", .. });
    assert_eq!(w.db.list_schedules(None, 10).await.unwrap(), []);
}
