//! Where jobs were found that lie in another shard than their id says.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// How many places each half remembers.
const SIZE: usize = 4_096;

/// A memory that forgets the older half when full. It only saves lookups: what it says
/// may be out of date.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    young: HashMap<Uuid, usize>,
    old: HashMap<Uuid, usize>,
}

impl Places {
    pub(crate) fn get(&self, job: &Uuid) -> Option<usize> {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.young.get(job).or_else(|| halves.old.get(job)).copied()
    }

    pub(crate) fn put(&self, job: Uuid, shard: usize) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.young.len() >= SIZE {
            halves.old = std::mem::take(&mut halves.young);
        }
        halves.young.insert(job, shard);
    }
}

#[test]
fn what_was_put_last_is_remembered() {
    let places = Places::default();
    let job = |n: usize| Uuid::from_u128(n as u128);
    for n in 0..10 * SIZE {
        places.put(job(n), n % 3);
    }
    assert_eq!(places.get(&job(10 * SIZE - 1)), Some((10 * SIZE - 1) % 3));
    assert_eq!(places.get(&job(9 * SIZE)), Some(9 * SIZE % 3));
    assert_eq!(places.get(&job(0)), None);
    places.put(job(0), 2);
    places.put(job(0), 1);
    assert_eq!(places.get(&job(0)), Some(1));
}
