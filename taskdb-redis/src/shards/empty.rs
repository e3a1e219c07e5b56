//! Which shards had no work a moment ago, so that claims begin with one that may have some.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a shard without work is asked last. Then one claim begins with it, and the others
/// do when that has found some: work that arrives in it waits no longer than this, even while
/// others have enough for all, and a crowd does not ask for it at once.
const PAUSE: Duration = Duration::from_millis(20);
/// How many worker types are remembered.
const TYPES: usize = 64;

/// By worker type, when each shard answered that it has no work. It only saves calls: all
/// shards are asked before a claim goes without.
#[derive(Debug, Default)]
pub(crate) struct Empty(Mutex<HashMap<String, Vec<Option<Instant>>>>);

impl Empty {
    /// The shards from `first` on, those that had nothing a moment ago last, and at the front one
    /// that it is time to ask again.
    pub(crate) fn order(&self, worker_type: &str, shards: usize, first: usize) -> Vec<usize> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order: Vec<_> = (0..shards).map(|n| (first + n) % shards).collect();
        let Some(times) = seen.get_mut(worker_type) else { return order };
        let now = Instant::now();
        let again = times.iter().position(|at| at.is_some_and(|at| now - at >= PAUSE));
        if let Some(again) = again {
            times[again] = Some(now);
        }
        order.sort_by_key(|shard| match times[*shard] {
            _ if again == Some(*shard) => 0,
            None => 1,
            Some(_) => 2,
        });
        order
    }

    /// Remembers whether a shard had less work than was asked for.
    pub(crate) fn note(&self, worker_type: &str, shards: usize, shard: usize, empty: bool) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = seen.get_mut(worker_type) else {
            if empty {
                if seen.len() >= TYPES {
                    seen.clear();
                }
                let mut times = vec![None; shards];
                times[shard] = Some(Instant::now());
                seen.insert(worker_type.to_owned(), times);
            }
            return;
        };
        times[shard] = empty.then(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_shard_without_work_is_asked_last_for_a_moment() {
        let empty = Empty::default();
        assert_eq!(empty.order("cpu", 3, 1), [1, 2, 0]);
        empty.note("cpu", 3, 1, true);
        assert_eq!(empty.order("cpu", 3, 1), [2, 0, 1]);
        assert_eq!(empty.order("gpu", 3, 1), [1, 2, 0]);
        tokio::time::advance(PAUSE).await;
        assert_eq!(empty.order("cpu", 3, 2), [1, 2, 0], "one claim begins with it");
        assert_eq!(empty.order("cpu", 3, 1), [2, 0, 1], "the others do not");
        empty.note("cpu", 3, 1, false);
        assert_eq!(empty.order("cpu", 3, 1), [1, 2, 0]);
        empty.note("cpu", 3, 2, true);
        empty.note("cpu", 3, 2, false);
        assert_eq!(empty.order("cpu", 3, 2), [2, 0, 1]);
    }

    #[test]
    fn it_forgets_rather_than_grow() {
        let empty = Empty::default();
        for n in 0..10 * TYPES {
            empty.note(&n.to_string(), 2, 0, true);
        }
        assert!(empty.0.lock().unwrap().len() <= TYPES);
    }
}
