//! Cases of `describe`.

use taskdb_core::store::Gate;

use super::support::*;

/// How many bytes more a store takes for some megabytes.
const GROWTH: u64 = 1_000_000;
/// How often some megabytes are written before a store is said not to grow.
const ROUNDS: usize = 8;

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

/// The room that the store takes, if it can tell: those of this repository must.
async fn room(w: &World) -> Option<u64> {
    let info = w.db.describe().await.unwrap();
    assert!(info.size.limit.is_none_or(|limit| limit > 0), "{:?}", info.size);
    let tells = ["sqlite", "redis", "postgres"].contains(&info.backend);
    assert!(info.size.bytes.is_some() || !tells, "{} does not tell", info.backend);
    info.size.bytes
}

async fn what_it_holds_takes_room(w: World) {
    let Some(mut least) = room(&w).await else { return };
    let stream = w.db.create_stream("w", 1, 1.0, "alice").await.unwrap();
    for _ in 0..ROUNDS {
        // Two and a half megabytes, of which a store that compresses keeps half.
        for _ in 0..4 {
            let large: String = (0..20_000).map(|_| Uuid::new_v4().simple().to_string()).collect();
            w.db.create_job(&stream, &json!(large), 0, 60, "alice").await.unwrap();
        }
        let now = room(&w).await.expect("it could tell before");
        if now > least + GROWTH {
            return;
        }
        // Others may have given up room meanwhile; and of several servers the fullest is told
        // of, which may not be the one that got these.
        least = least.min(now);
    }
    panic!("it never takes {GROWTH} bytes more than {least}");
}

async fn its_time_is_that_of_the_clock(w: World) {
    let before = w.db.describe().await.unwrap().now;
    assert_eq!(before, w.clock.now());
    w.clock.advance(secs(90));
    assert_eq!(w.other.describe().await.unwrap().now.since(before), secs(90));
    w.clock.step_back(secs(30));
    assert_eq!(w.db.describe().await.unwrap().now.since(before), secs(60));
}
