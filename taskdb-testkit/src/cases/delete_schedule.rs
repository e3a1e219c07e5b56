//! Cases of `delete_schedule`.

use taskdb_core::Schedule;

use super::support::*;

cases!(delete_schedule:
    a_deleted_schedule_ticks_no_more,
    an_unknown_one_is_fine,
    its_name_is_free_again,
);

async fn put(w: &World, name: &str) {
    let schedule = Schedule::new(name, "* * * * *", new_job(w.stream().await));
    w.db.put_schedule(&schedule).await.unwrap();
}

async fn a_deleted_schedule_ticks_no_more(w: World) {
    put(&w, "gone").await;
    put(&w, "stays").await;
    w.other.delete_schedule("gone").await.unwrap();
    w.clock.advance(secs(60));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 1);
    let listed = w.db.list_schedules(None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["stays"]);
}

async fn an_unknown_one_is_fine(w: World) {
    w.db.delete_schedule("nothing").await.unwrap();
}

async fn its_name_is_free_again(w: World) {
    put(&w, "s").await;
    w.db.delete_schedule("s").await.unwrap();
    put(&w, "s").await;
    assert_eq!(w.db.list_schedules(None, 10).await.unwrap()[0].revision, 1);
}
