//! `insight`: `flat` with and without what makes it observable, in turn: the event log at its
//! default level, and a recorder of metrics as `taskdb worker` has one.
//!
//! A process has one recorder for ever, so here it is one that can be switched off; then it
//! is as if there were none.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString};
use metrics::{Unit as Kind, set_global_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use taskdb::{EventLevel, EventPolicy};

use super::{About, Workload, flat, point};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::measure::rates;

pub(super) struct Insight;

/// What is on.
#[derive(Clone, Copy)]
struct Way {
    point: &'static str,
    events: bool,
    metrics: bool,
}

/// The first one is what the others are compared to.
const WAYS: [Way; 3] = [
    Way { point: "events=off metrics=off", events: false, metrics: false },
    Way { point: "events=default metrics=off", events: true, metrics: false },
    Way { point: "events=default metrics=on", events: true, metrics: true },
];

#[async_trait(?Send)]
impl Workload for Insight {
    fn about(&self) -> About {
        About {
            name: "insight",
            what: "flat of n tasks, with event log and metrics as by default in flat without them",
            full: &[10_000],
            quick: &[100],
            workers: &[8, 64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            for n in bench.sizes() {
                readings.extend(compare(bench, n, Crew { workers, batch: 1 }).await?);
            }
        }
        Ok(readings)
    }
}

/// Every way in turn, a fresh store each time; every second run begins with the last one, so
/// that what comes later in a run is not always the same.
async fn compare(bench: &Bench<'_>, n: usize, crew: Crew) -> Result<Vec<Reading>> {
    let mut works: [Vec<_>; WAYS.len()] = Default::default();
    for run in 0..bench.pace.runs {
        let mut order: Vec<_> = (0..WAYS.len()).collect();
        if run % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let space = bench.place.fresh().await?;
            let way = WAYS[index];
            if !way.events {
                let level = EventLevel::Off;
                space.db.set_events(EventPolicy { level, ..EventPolicy::default() }).await?;
            }
            let switch = Switch::installed();
            switch.on.store(way.metrics, Ordering::SeqCst);
            let work = bench.pace.repeat(async || flat::round(&space, n, crew).await).await;
            switch.on.store(false, Ordering::SeqCst);
            works[index].push(work?);
        }
    }
    let cycles = works.map(|works| rates(&works, 0));
    let mut readings = Vec::new();
    for (way, own) in WAYS.iter().zip(&cycles) {
        let point = format!("{} {}", point(n, crew.workers), way.point);
        readings.push(Reading::new("cycles", point, Unit::Cycles, own.clone()));
    }
    for (way, own) in WAYS.iter().zip(&cycles).skip(1) {
        let point = format!("{} {}", point(n, crew.workers), way.point);
        let kept = own.iter().zip(&cycles[0]).map(|(own, bare)| own / bare).collect();
        readings.push(Reading::new("to neither", point, Unit::Ratio, kept));
    }
    Ok(readings)
}

/// A recorder that can be switched off.
struct Switch {
    on: AtomicBool,
    recorder: PrometheusRecorder,
}

static SWITCH: OnceLock<Switch> = OnceLock::new();

impl Switch {
    /// The recorder of this process, where no other is.
    fn installed() -> &'static Self {
        let switch = SWITCH.get_or_init(|| Self {
            on: AtomicBool::new(false),
            recorder: PrometheusBuilder::new().build_recorder(),
        });
        // The second time it is there already.
        let _ = set_global_recorder(switch);
        switch
    }

    fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }
}

impl Recorder for &'static Switch {
    fn describe_counter(&self, _: KeyName, _: Option<Kind>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Kind>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Kind>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        if self.is_on() { self.recorder.register_counter(key, metadata) } else { Counter::noop() }
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        if self.is_on() { self.recorder.register_gauge(key, metadata) } else { Gauge::noop() }
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        if self.is_on() {
            self.recorder.register_histogram(key, metadata)
        } else {
            Histogram::noop()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_records_nothing() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let switch: &'static Switch =
            Box::leak(Box::new(Switch { on: AtomicBool::new(false), recorder }));
        metrics::with_local_recorder(&switch, || metrics::counter!("calls").increment(3));
        assert_eq!(handle.render(), "");
        switch.on.store(true, Ordering::SeqCst);
        metrics::with_local_recorder(&switch, || metrics::counter!("calls").increment(4));
        assert!(handle.render().contains("calls 4"), "{}", handle.render());
    }
}
