//! Cases of `describe`.

use taskdb_core::store::Gate;

use super::support::*;

cases!(describe:
    the_store_says_what_it_is,
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

async fn its_time_is_that_of_the_clock(w: World) {
    let before = w.db.describe().await.unwrap().now;
    assert_eq!(before, w.clock.now());
    w.clock.advance(secs(90));
    assert_eq!(w.other.describe().await.unwrap().now.since(before), secs(90));
    w.clock.step_back(secs(30));
    assert_eq!(w.db.describe().await.unwrap().now.since(before), secs(60));
}
