//! Cases of `list_schedules`.

use taskdb_core::Schedule;
use taskdb_core::request::ListSchedules;

use super::support::*;

cases!(list_schedules:
    pages_follow_the_name,
    those_whose_tick_has_come_can_be_picked,
    other_namespaces_are_not_listed,
    a_limit_of_none_is_refused,
);

async fn put(w: &World, name: &str, cron: &str) {
    let schedule = Schedule::new(name, cron, new_job(w.stream().await));
    w.db.put_schedule(&schedule).await.unwrap();
}

async fn pages_follow_the_name(w: World) {
    let names = ["Z", "a", "a b", "a:1", "b", "ö"];
    for name in names.into_iter().rev() {
        put(&w, name, "* * * * *").await;
    }
    let (mut listed, mut after) = (Vec::<String>::new(), None);
    loop {
        let page = w.other.list_schedules(after.as_deref(), 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.name.clone());
        listed.extend(page.into_iter().map(|schedule| schedule.name));
    }
    assert_eq!(listed, names);
}

async fn those_whose_tick_has_come_can_be_picked(w: World) {
    for (name, cron) in [("a", "* * * * *"), ("b", "0 0 1 1 *"), ("c", "* * * * *")] {
        put(&w, name, cron).await;
    }
    let due = async |after: Option<&str>| {
        let after = after.map(str::to_owned);
        let request = ListSchedules { due: true, after, limit: 10 };
        let listed = w.db.store().list_schedules(request).await.unwrap();
        listed.into_iter().map(|schedule| schedule.name).collect::<Vec<_>>()
    };
    assert_eq!(due(None).await, [""; 0]);
    w.clock.advance(secs(60));
    assert_eq!(due(None).await, ["a", "c"]);
    assert_eq!(due(Some("a")).await, ["c"]);
}

async fn other_namespaces_are_not_listed(w: World) {
    put(&w, "s", "* * * * *").await;
    w.clock.advance(secs(60));
    let neighbour = w.neighbour().await;
    assert_eq!(neighbour.db.list_schedules(None, 9).await.unwrap(), []);
    assert_eq!(neighbour.db.fire_schedules().await.unwrap(), 0);
}

async fn a_limit_of_none_is_refused(w: World) {
    let call = w.db.list_schedules(None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
}
