//! Cases of `create_stream`, with `get_or_create_stream` and `get_stream`.

use super::support::*;

cases!(create_stream:
    every_call_makes_another,
    values_are_kept_exactly,
    the_same_id_and_content_is_the_same_stream,
    an_id_with_other_content_is_refused,
    get_or_create_returns_the_oldest_as_it_is,
    get_or_create_makes_one_for_each_user_and_worker_type,
    get_or_create_passes_a_deleted_stream_by,
    get_stream_finds_the_oldest_or_none,
    names_with_separators_stay_apart,
    weights_outside_the_range_are_refused,
    arguments_are_checked_in_order,
);

async fn every_call_makes_another(w: World) {
    let first = w.stream().await;
    let second = w.stream().await;
    assert_ne!(first, second);
    let all = w.db.list_streams(None, 10).await.unwrap();
    let ids: Vec<_> = all.iter().map(|s| s.stream_id).collect();
    assert_eq!(ids, [first, second]);
    assert!(all[0].age < all[1].age);
}

async fn values_are_kept_exactly(w: World) {
    let id = w.lane("gpu", 7, 0.1, "ann").await;
    let info = w.other.stream_info(&id).await.unwrap();
    assert_eq!((info.worker_type.as_str(), info.user_id.as_str()), ("gpu", "ann"));
    assert_eq!((info.reserved, info.paused), (7, false));
    assert_eq!(info.be_mult, f64::from(0.1_f32));
    assert_eq!((info.pending, info.ready, info.running), (0, [0; 3], 0));
    for (reserved, weight) in [(0, 0.001), (1_000_000, 1e6)] {
        let id = w.lane("gpu", reserved, weight, "ann").await;
        let info = w.db.stream_info(&id).await.unwrap();
        assert_eq!((info.reserved, info.be_mult), (reserved, f64::from(weight)));
    }
}

async fn the_same_id_and_content_is_the_same_stream(w: World) {
    let id = Uuid::new_v4();
    for db in [&w.db, &w.other, &w.db] {
        assert_eq!(db.create_stream_as(id, "cpu", 2, 0.5, USER).await.unwrap(), id);
    }
    assert_eq!(w.db.list_streams(None, 10).await.unwrap().len(), 1);
}

async fn an_id_with_other_content_is_refused(w: World) {
    let id = w.db.create_stream_as(Uuid::new_v4(), "cpu", 2, 0.5, USER).await.unwrap();
    let others =
        [("gpu", 2, 0.5, USER), ("cpu", 3, 0.5, USER), ("cpu", 2, 0.6, USER), ("cpu", 2, 0.5, "x")];
    for (worker, reserved, weight, user) in others {
        let call = w.db.create_stream_as(id, worker, reserved, weight, user).await;
        expect_err!(call, TaskDbErr::AlreadyExists { entity: Entity::Stream(s), .. } if s == id);
    }
    let info = w.db.stream_info(&id).await.unwrap();
    assert_eq!((info.reserved, info.be_mult), (2, 0.5));
    assert_eq!(w.db.list_streams(None, 10).await.unwrap().len(), 1);
}

async fn get_or_create_returns_the_oldest_as_it_is(w: World) {
    let oldest = w.lane("cpu", 1, 2.0, USER).await;
    w.lane("cpu", 5, 5.0, USER).await;
    let found = w.db.get_or_create_stream("cpu", 9, 9.0, USER).await.unwrap();
    assert_eq!(found, oldest);
    let info = w.db.stream_info(&oldest).await.unwrap();
    assert_eq!((info.reserved, info.be_mult), (1, 2.0));
    assert_eq!(w.db.list_streams(None, 10).await.unwrap().len(), 2);
}

async fn get_or_create_makes_one_for_each_user_and_worker_type(w: World) {
    let first = w.db.get_or_create_stream("cpu", 3, 0.25, USER).await.unwrap();
    assert_eq!(w.other.get_or_create_stream("cpu", 0, 1.0, USER).await.unwrap(), first);
    let gpu = w.db.get_or_create_stream("gpu", 0, 1.0, USER).await.unwrap();
    let bob = w.db.get_or_create_stream("cpu", 0, 1.0, "bob").await.unwrap();
    assert!(first != gpu && first != bob && gpu != bob);
    let info = w.db.stream_info(&first).await.unwrap();
    assert_eq!((info.reserved, info.be_mult), (3, 0.25));
}

async fn get_or_create_passes_a_deleted_stream_by(w: World) {
    let first = w.stream().await;
    w.db.delete_stream(&first).await.unwrap();
    let second = w.db.get_or_create_stream("cpu", 0, 1.0, USER).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), Some(second));
}

async fn get_stream_finds_the_oldest_or_none(w: World) {
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), None);
    let first = w.stream().await;
    w.stream().await;
    assert_eq!(w.other.get_stream(USER, "cpu").await.unwrap(), Some(first));
    assert_eq!(w.db.get_stream(USER, "gpu").await.unwrap(), None);
    assert_eq!(w.db.get_stream("bob", "cpu").await.unwrap(), None);
}

async fn names_with_separators_stay_apart(w: World) {
    let pairs =
        [("a:b", "c"), ("a", "b:c"), ("a|b", "c"), ("a", "b|c"), ("a{}", "c"), ("a", "{}c")];
    let mut ids = Vec::new();
    for (user, worker) in pairs {
        ids.push(w.db.get_or_create_stream(worker, 0, 1.0, user).await.unwrap());
    }
    for ((user, worker), id) in pairs.into_iter().zip(&ids) {
        assert_eq!(w.db.get_stream(user, worker).await.unwrap(), Some(*id), "{user} {worker}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), pairs.len());
}

async fn weights_outside_the_range_are_refused(w: World) {
    for bad in [0.0, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.000_9, 1_000_001.0] {
        let call = w.db.create_stream("cpu", 0, bad, USER).await;
        expect_err!(call, TaskDbErr::InvalidBeMult { .. });
        let call = w.db.get_or_create_stream("cpu", 0, bad, USER).await;
        expect_err!(call, TaskDbErr::InvalidBeMult { .. });
    }
    assert!(w.db.list_streams(None, 10).await.unwrap().is_empty());
}

async fn arguments_are_checked_in_order(w: World) {
    let long = "x".repeat(256);
    for bad in [-1, 1_000_001] {
        let call = w.db.create_stream("cpu", bad, 0.0, &long).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "reserved", .. });
    }
    let call = w.db.create_stream("cpu", 0, 0.0, &long).await;
    expect_err!(call, TaskDbErr::InvalidBeMult { .. });
    let call = w.db.create_stream("cpu", 0, 1.0, &long).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "user_id", size: 256, limit: 255, .. });
    let call = w.db.create_stream("", 0, 1.0, USER).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "worker_type", .. });
    let call = w.db.create_stream("cpu", 0, 1.0, "a\nb").await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "user_id", .. });
    assert!(w.db.list_streams(None, 10).await.unwrap().is_empty());
}
