//! What a namespace holds at one moment, for eyes and for gauges.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::gauge;

use crate::job::Priority;
use crate::state::TaskState;
use crate::store::StoreInfo;
use crate::stream::StreamInfo;
use crate::task::TaskStateCount;

/// The names of the gauges of [`Stats::publish`] with what they say; `docs/metrics.md` has
/// the same.
pub const STATS_METRICS: &[(&str, &str)] = &[
    ("taskdb_tasks", "tasks stored, by `worker_type`, `class` and `state`"),
    ("taskdb_streams", "streams, by `worker_type`"),
    ("taskdb_oldest_ready_seconds", "how long the first in line has waited, by `worker_type`"),
    ("taskdb_stream_ready", "tasks that can be claimed, by `stream`, `worker_type` and `class`"),
    ("taskdb_stream_pending", "tasks that wait for others, by `stream` and `worker_type`"),
    ("taskdb_stream_running", "tasks that workers hold, by `stream` and `worker_type`"),
    ("taskdb_stream_share", "the share by which a stream is served, by `stream` and `worker_type`"),
    ("taskdb_stream_oldest_ready_seconds", "how long its first in line has waited, by `stream`"),
    ("taskdb_workers", "workers that were heard of of late"),
    ("taskdb_gate", "1 for the `gate` that the namespace has"),
    ("taskdb_store_bytes", "how much room the store takes, 0 if it cannot tell"),
    ("taskdb_store_limit_bytes", "how much it may take, 0 without a limit"),
];

/// What a namespace holds: made by [`TaskDb::stats`](crate::TaskDb::stats).
///
/// ```
/// # async fn look(db: taskdb_core::TaskDb) -> taskdb_core::Result<()> {
/// let before = db.stats().await?;
/// // Some time later:
/// let now = db.stats().await?;
/// let done: f64 = now.rates_since(&before).values().map(|rates| rates.done).sum();
/// println!("{done:.1} tasks/s, the oldest waits for {:?}", now.oldest_ready());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// The store, its gate, and its time when the look began.
    pub store: StoreInfo,
    /// Every stream by age, with its counts, its share and how long work waits.
    pub streams: Vec<StreamInfo>,
    /// Tasks by worker type, class and effective state.
    pub tasks: Vec<TaskStateCount>,
    /// Workers that were heard of of late.
    pub workers: u64,
}

/// What was ended in a second, by two looks at the tasks that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Tasks done.
    pub done: f64,
    /// Tasks failed.
    pub failed: f64,
}

impl Stats {
    pub(crate) fn new(
        store: StoreInfo,
        streams: Vec<StreamInfo>,
        tasks: Vec<TaskStateCount>,
        workers: u64,
    ) -> Self {
        Self { store, streams, tasks, workers }
    }

    /// How many tasks of a state there are, of all worker types or of one.
    pub fn tasks_in(&self, state: TaskState, worker_type: Option<&str>) -> u64 {
        let wanted = |count: &&TaskStateCount| {
            count.state == state.name() && worker_type.is_none_or(|name| count.worker_type == name)
        };
        self.tasks.iter().filter(wanted).map(|count| count.count).sum()
    }

    /// How long the first in line of a stream has been ready, zero when nothing is.
    pub fn waits(&self, stream: &StreamInfo) -> Duration {
        stream.ready_since.map_or(Duration::ZERO, |since| self.store.now.since(since))
    }

    /// How long the longest first in line of all streams that are not paused has been ready.
    pub fn oldest_ready(&self) -> Duration {
        let served = self.streams.iter().filter(|stream| !stream.paused);
        served.map(|stream| self.waits(stream)).max().unwrap_or_default()
    }

    /// What has been ended between two looks, by worker type, in tasks a second of the store's
    /// time. Tasks that were deleted or put back to work between the looks are missing: a rate
    /// may be too small, and is never less than zero.
    pub fn rates_since(&self, earlier: &Self) -> BTreeMap<&str, Rates> {
        let seconds = self.store.now.since(earlier.store.now).as_secs_f64();
        let mut rates = BTreeMap::new();
        for worker_type in self.worker_types() {
            let rate = |state| {
                let [now, before] =
                    [self, earlier].map(|stats| stats.tasks_in(state, Some(worker_type)));
                let more = now.saturating_sub(before) as f64;
                if seconds > 0.0 { more / seconds } else { 0.0 }
            };
            let of = Rates { done: rate(TaskState::Done), failed: rate(TaskState::Failed) };
            rates.insert(worker_type, of);
        }
        rates
    }

    /// The worker types that have a stream or a task, in order.
    pub fn worker_types(&self) -> impl Iterator<Item = &str> {
        let streams = self.streams.iter().map(|stream| &*stream.worker_type);
        let tasks = self.tasks.iter().map(|count| &*count.worker_type);
        streams.chain(tasks).collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// Sets the gauges of [`STATS_METRICS`], by the facade of the crate `metrics`. Of streams
    /// it names the first `most` by what waits in them, so that labels stay few.
    pub fn publish(&self, most: usize) {
        self.publish_worker_types();
        let mut streams: Vec<_> = self.streams.iter().collect();
        streams.sort_by_key(|stream| std::cmp::Reverse(stream.ready.iter().sum::<u64>()));
        streams.into_iter().take(most).for_each(|stream| self.publish_stream(stream));
        gauge!("taskdb_workers").set(self.workers as f64);
        for gate in crate::store::Gate::ALL {
            let is = if gate == self.store.gate { 1.0 } else { 0.0 };
            gauge!("taskdb_gate", "gate" => gate.name()).set(is);
        }
        let size = self.store.size;
        gauge!("taskdb_store_bytes").set(size.bytes.unwrap_or(0) as f64);
        gauge!("taskdb_store_limit_bytes").set(size.limit.unwrap_or(0) as f64);
    }

    fn publish_worker_types(&self) {
        for worker_type in self.worker_types() {
            let label = worker_type.to_owned();
            // What is not there any more must not keep its last value.
            for class in Priority::ALL {
                for state in TaskState::ALL {
                    let count = self.count(worker_type, class, state);
                    gauge!("taskdb_tasks", "worker_type" => label.clone(), "class" => class.name(), "state" => state.name())
                        .set(count as f64);
                }
            }
            let own = || self.streams.iter().filter(|stream| stream.worker_type == worker_type);
            gauge!("taskdb_streams", "worker_type" => label.clone()).set(own().count() as f64);
            let waits = own().filter(|stream| !stream.paused).map(|stream| self.waits(stream));
            gauge!("taskdb_oldest_ready_seconds", "worker_type" => label)
                .set(waits.max().unwrap_or_default().as_secs_f64());
        }
    }

    fn count(&self, worker_type: &str, class: Priority, state: TaskState) -> u64 {
        let wanted = |count: &&TaskStateCount| {
            count.worker_type == worker_type
                && count.priority == class
                && count.state == state.name()
        };
        self.tasks.iter().filter(wanted).map(|count| count.count).sum()
    }

    fn publish_stream(&self, stream: &StreamInfo) {
        let labels =
            [("stream", stream.stream_id.to_string()), ("worker_type", stream.worker_type.clone())];
        for (class, ready) in Priority::ALL.into_iter().zip(stream.ready) {
            let mut labels = labels.to_vec();
            labels.push(("class", class.name().to_owned()));
            gauge!("taskdb_stream_ready", &labels).set(ready as f64);
        }
        gauge!("taskdb_stream_pending", &labels).set(stream.pending as f64);
        gauge!("taskdb_stream_running", &labels).set(stream.running as f64);
        gauge!("taskdb_stream_share", &labels).set(stream.share());
        gauge!("taskdb_stream_oldest_ready_seconds", &labels).set(self.waits(stream).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::event::EventPolicy;
    use crate::store::{Gate, StoreSize};
    use crate::time::Timestamp;

    fn stats(seconds: i64, done: u64) -> Stats {
        let store = StoreInfo {
            backend: "test",
            version: String::new(),
            format: 1,
            min_reader: 1,
            gate: Gate::Open,
            mark: None,
            events: EventPolicy::default(),
            now: Timestamp::from_micros(seconds * 1_000_000),
            size: StoreSize::default(),
        };
        let stream = |worker_type: &str, paused, since: i64| StreamInfo {
            stream_id: Uuid::nil(),
            age: 0,
            worker_type: worker_type.to_owned(),
            user_id: "alice".to_owned(),
            reserved: 0,
            be_mult: 1.0,
            paused,
            pending: 0,
            ready: [0, 1, 0],
            running: 0,
            ready_since: Some(Timestamp::from_micros(since * 1_000_000)),
        };
        let count = |state: TaskState, count| TaskStateCount {
            worker_type: "cpu".to_owned(),
            priority: Priority::Medium,
            state: state.name().to_owned(),
            count,
        };
        let streams = vec![stream("cpu", false, 8), stream("gpu", true, 1)];
        Stats::new(store, streams, vec![count(TaskState::Done, done)], 1)
    }

    #[test]
    fn rates_are_what_two_looks_differ_by() {
        let (before, now) = (stats(10, 100), stats(14, 120));
        let rates = now.rates_since(&before);
        assert_eq!(rates.keys().copied().collect::<Vec<_>>(), ["cpu", "gpu"]);
        assert_eq!(rates["cpu"], Rates { done: 5.0, failed: 0.0 });
        // Deleting what is done is no work undone.
        assert_eq!(before.rates_since(&now)["cpu"].done, 0.0);
        assert_eq!(stats(14, 90).rates_since(&before)["cpu"].done, 0.0);
    }

    #[test]
    fn a_paused_stream_keeps_nobody_waiting() {
        let stats = stats(10, 0);
        assert_eq!(stats.oldest_ready(), Duration::from_secs(2));
        assert_eq!(stats.waits(&stats.streams[1]), Duration::from_secs(9));
    }
}
