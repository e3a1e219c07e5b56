//! Which shards had no work a moment ago, so that claims begin with one that may have some.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a shard without work is asked last. The next claim after that begins with it, and the
/// others do when it has found some: work that arrives there does not wait for those of other
/// shards to run out, and a crowd does not look for it at once.
const PAUSE: Duration = Duration::from_millis(20);
/// How many worker types are remembered.
const TYPES: usize = 64;

/// By worker type, when each shard answered that it has no work. It only saves calls: all
/// shards are asked before a claim goes without.
#[derive(Debug, Default)]
pub(crate) struct Empty(Mutex<HashMap<String, Vec<Option<Instant>>>>);

impl Empty {
    /// The shards from `first` on, those that had nothing a moment ago last, and at the front those
    /// that it is time to ask again, the longest unasked first, so that none is passed over.
    pub(crate) fn order(&self, worker_type: &str, shards: usize, first: usize) -> Vec<usize> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order: Vec<_> = (0..shards).map(|n| (first + n) % shards).collect();
        if let Some(times) = seen.get(worker_type) {
            let now = Instant::now();
            order.sort_by_key(|shard| match times[*shard] {
                Some(at) if now - at >= PAUSE => (0, Some(at)),
                None => (1, None),
                Some(_) => (2, None),
            });
        }
        order
    }

    /// A shard is asked: if it had nothing, others need not ask it again so soon.
    pub(crate) fn ask(&self, worker_type: &str, shard: usize) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = seen.get_mut(worker_type).and_then(|times| times[shard].as_mut()) {
            *at = Instant::now();
        }
    }

    /// Remembers whether a shard had less work than was asked for. One that has not answered is
    /// asked in its turn, not first.
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
        empty.ask("cpu", 1);
        assert_eq!(empty.order("cpu", 3, 1), [2, 0, 1], "the others do not");
        empty.note("cpu", 3, 1, false);
        assert_eq!(empty.order("cpu", 3, 1), [1, 2, 0]);
        empty.note("cpu", 3, 2, true);
        empty.note("cpu", 3, 2, false);
        assert_eq!(empty.order("cpu", 3, 2), [2, 0, 1]);
    }

    /// Claims far from each other, each of which finds work in the last shard, look into every
    /// other one before, sooner or later.
    #[tokio::test(start_paused = true)]
    async fn no_shard_is_passed_over() {
        for gap in [1, 10, 50].map(Duration::from_millis) {
            let (empty, mut asked) = (Empty::default(), [0; 4]);
            for n in 0..1_000 {
                for shard in empty.order("cpu", 4, n % 4) {
                    empty.ask("cpu", shard);
                    asked[shard] += 1;
                    empty.note("cpu", 4, shard, shard < 3);
                    if shard == 3 {
                        break;
                    }
                }
                tokio::time::advance(gap).await;
            }
            assert!(asked.iter().all(|times| *times >= 40), "{gap:?}: {asked:?}");
            assert!(gap.as_millis() > 1 || asked[0] < 60, "{gap:?}: {asked:?}");
        }
    }

    /// The one that has work again is found although another has been empty as long.
    #[tokio::test(start_paused = true)]
    async fn the_longest_unasked_comes_first() {
        let empty = Empty::default();
        for shard in [1, 0] {
            empty.note("cpu", 3, shard, true);
            tokio::time::advance(PAUSE).await;
        }
        assert_eq!(empty.order("cpu", 3, 2), [1, 0, 2]);
        empty.ask("cpu", 1);
        empty.note("cpu", 3, 1, false);
        assert_eq!(empty.order("cpu", 3, 2), [0, 2, 1]);
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
