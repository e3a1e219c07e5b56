//! A namespace spread over several slots, and so over the masters of a cluster.
//!
//! * `slots`: the hash tag of each shard.
//! * `route`: calls by job, which go to the shard of the job; batches over several.
//! * `streams`: streams, which every shard has.
//! * `places`: jobs that do not lie where their id says.
//! * `empty`: shards that had no work a moment ago.
//!
//! A job lies in one shard with all of its tasks: that of its id, or that of its user and
//! idempotency key, so that the key is judged where the job is made. A caller that gives
//! both an id and a key must always give them together.
//!
//! Numbers count in steps of the number of shards, from the shard's own on, so that the
//! ages of jobs and streams are unique in the namespace. A stream has the same number in
//! every shard.

mod empty;
mod places;
mod route;
mod slots;
mod streams;

use std::sync::atomic::{AtomicUsize, Ordering};

use crc16::{State, XMODEM};
use taskdb_core::{Limits, Namespace, Result};
use uuid::Uuid;

use crate::args::Args;
use crate::conn::Conn;
use crate::keys::Keys;
use crate::reply::{About, Reply};
use crate::script::{Kind, Script};
use crate::scripts;
use crate::store::RedisStore;
use empty::Empty;
use places::Places;
pub(crate) use route::{is_gone, partly};
pub(crate) use streams::{missing_stream, with_streams};

/// The shards of a namespace. Where a thing lies follows from its name alone, for ever.
#[derive(Debug)]
pub(crate) struct Shards {
    keys: Vec<Keys>,
    places: Places,
    empty: Empty,
    /// How often a sweep has begun.
    turns: AtomicUsize,
}

impl Shards {
    pub(crate) fn new(namespace: &Namespace, shards: u16) -> Self {
        let keys = slots::tags(namespace, shards).iter().map(|tag| Keys::new(tag)).collect();
        Self {
            keys,
            places: Places::default(),
            empty: Empty::default(),
            turns: AtomicUsize::new(0),
        }
    }

    /// The shard that a sweep begins with.
    pub(crate) fn turn(&self) -> usize {
        self.turns.fetch_add(1, Ordering::Relaxed) % self.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no other shard to think of.
    pub(crate) fn is_one(&self) -> bool {
        self.keys.len() == 1
    }

    /// The keys that route the scripts of each shard.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|keys| keys.meta.as_str())
    }

    /// The channels of wake-up hints.
    pub(crate) fn channels(&self) -> Vec<String> {
        self.keys.iter().map(|keys| keys.wake.clone()).collect()
    }

    /// The shard of these bytes: the remainder of their CRC16, as slots are found.
    fn of(&self, bytes: &[u8]) -> usize {
        if self.is_one() {
            return 0;
        }
        usize::from(State::<XMODEM>::calculate(bytes)) % self.len()
    }

    /// Where to look for a job first.
    pub(crate) fn of_job(&self, job: &Uuid) -> usize {
        if self.is_one() {
            return 0;
        }
        self.places.get(job).unwrap_or_else(|| self.of(job.as_bytes()))
    }

    /// Where a new job is made.
    pub(crate) fn of_new_job(&self, job: &Uuid, user: &str, key: Option<&str>) -> usize {
        match key {
            Some(key) => self.of(format!("{user}\0{key}").as_bytes()),
            None => self.of(job.as_bytes()),
        }
    }

    /// The home of the streams of a user and worker type, which decides about them.
    pub(crate) fn home(&self, user: &str, worker_type: &str) -> usize {
        self.of(format!("{user}\0{worker_type}").as_bytes())
    }

    /// Where a worker or a schedule of this name lies.
    pub(crate) fn of_name(&self, name: &str) -> usize {
        self.of(name.as_bytes())
    }

    /// Where a claim is looked for first, if there was work of late.
    pub(crate) fn of_claim(&self, claim: &Uuid) -> usize {
        self.of(claim.as_bytes())
    }

    /// In which order to ask for work, beginning with the shard of a claim; those that
    /// had none a moment ago come last.
    pub(crate) fn in_turn(&self, worker_type: &str, claim: &Uuid) -> Vec<usize> {
        self.empty.order(worker_type, self.len(), self.of_claim(claim))
    }

    /// Notes that a shard is asked for work.
    pub(crate) fn ask(&self, worker_type: &str, shard: usize) {
        self.empty.ask(worker_type, shard);
    }

    /// Remembers whether a shard had all the work that was asked for.
    pub(crate) fn had_work(&self, worker_type: &str, shard: usize, enough: bool) {
        self.empty.note(worker_type, self.len(), shard, !enough);
    }

    /// Remembers where a job was found.
    pub(crate) fn found(&self, job: Uuid, shard: usize) {
        if self.of_job(&job) != shard {
            self.places.put(job, shard);
        }
    }
}

/// One shard of a store, for one call.
#[derive(Clone, Copy)]
pub(crate) struct Shard<'a> {
    store: &'a RedisStore,
    index: usize,
}

impl<'a> Shard<'a> {
    pub(crate) fn new(store: &'a RedisStore, index: usize) -> Self {
        Self { store, index }
    }

    pub(crate) fn index(self) -> usize {
        self.index
    }

    pub(crate) fn store(self) -> &'a RedisStore {
        self.store
    }

    pub(crate) fn conn(self) -> &'a Conn {
        &self.store.conn
    }

    pub(crate) fn limits(self) -> &'a Limits {
        &self.store.limits
    }

    /// Arguments that begin with the time, if it is not the server's.
    pub(crate) fn args(self) -> Args {
        self.store.args()
    }

    /// Runs a script; a refusal of its is the error.
    pub(crate) fn run(
        self,
        script: &'static Script,
        args: Args,
        about: &About<'_>,
    ) -> impl Future<Output = Result<Reply>> {
        self.run_as(script.kind, script, args, about)
    }

    /// Runs a script that may be sent again in other cases than usual.
    pub(crate) fn run_as(
        self,
        kind: Kind,
        script: &'static Script,
        args: Args,
        about: &About<'_>,
    ) -> impl Future<Output = Result<Reply>> {
        let meta = &self.store.shards.keys[self.index].meta;
        self.store.run_at(meta, kind, script, args, about)
    }

    /// Runs whatever steps the release of a call has left.
    pub(crate) async fn carry_on(self, mut unfinished: bool) -> Result<()> {
        while unfinished {
            let reply = self.run(&scripts::carry_on, self.args(), &About::default()).await;
            unfinished = reply?.flag()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data lies where these say: they must never change.
    #[test]
    fn places_are_stable() {
        let shards = Shards::new(&Namespace::default(), 5);
        let id = Uuid::from_u128(7);
        let found = [
            shards.of_job(&id),
            shards.of_new_job(&id, "user", None),
            shards.of_new_job(&id, "user", Some("key")),
            shards.home("user", "cpu"),
            shards.of_claim(&id),
            shards.of_name("nightly"),
        ];
        assert_eq!(found, [3, 3, 2, 4, 3, 4]);
        shards.found(id, 4);
        assert_eq!(shards.of_job(&id), 4);
    }

    #[test]
    fn one_shard_has_everything() {
        let shards = Shards::new(&Namespace::default(), 1);
        assert_eq!((shards.of_job(&Uuid::max()), shards.home("u", "cpu")), (0, 0));
        shards.found(Uuid::max(), 0);
        assert_eq!(shards.channels(), ["{taskdb}:wake"]);
    }
}
