//! Cases of `describe`.

use taskdb_core::store::Gate;

use super::support::*;

cases!(describe:
    the_store_says_what_it_is,
    what_it_holds_takes_room,
    its_time_is_that_of_the_clock,
);

async fn the_store_says_what_it_is(w: World) {
    let info = w.db.describe().await.unwrap();
    assert!(!info.backend.is_empty() && !info.version.is_empty(), "{info:?}");
    assert!(info.min_reader <= info.format, "{info:?}");
    assert_eq!(info.gate, Gate::Open);
    let other = w.other.describe().await.unwrap();
    assert_eq!((other.backend, other.format), (info.backend, info.format));
}

async fn what_it_holds_takes_room(w: World) {
    if w.db.describe().await.unwrap().size.bytes.is_none() {
        return;
    }
    let stream = w.db.create_stream("w", 1, 1.0, "alice").await.unwrap();
    // Servers that compress make little of these.
    let large: String = (0..20_000).map(|_| Uuid::new_v4().simple().to_string()).collect();
    for _ in 0..4 {
        w.db.create_job(&stream, &json!(large), 0, 60, "alice").await.unwrap();
    }
    let size = w.db.describe().await.unwrap().size;
    assert!(size.bytes.is_some_and(|bytes| bytes > 1_000_000), "{size:?}");
    assert!(size.limit.is_none_or(|limit| limit > 0), "{size:?}");
}

async fn its_time_is_that_of_the_clock(w: World) {
    let before = w.db.describe().await.unwrap().now;
    assert_eq!(before, w.clock.now());
    w.clock.advance(secs(90));
    assert_eq!(w.other.describe().await.unwrap().now.since(before), secs(90));
    w.clock.step_back(secs(30));
    assert_eq!(w.db.describe().await.unwrap().now.since(before), secs(60));
}
