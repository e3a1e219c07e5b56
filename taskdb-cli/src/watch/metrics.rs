//! Recorders of metrics, and their content as a scraper wants it: one for all that a process
//! counts, and one for a single look.

use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use taskdb::layers::CALL_METRICS;
use tokio::time::interval;

use crate::problem::Problem;

/// The upper ends of the classes that times of calls are counted in, in seconds: from what an
/// embedded store takes to what a server in trouble does.
const SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
];
/// How often what was recorded is put into its classes when nobody looks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Metrics with what they say.
pub(crate) type Described = &'static [(&'static str, &'static str)];

/// Everything that is counted in this process.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder; `more` are metrics beside those of calls. Once a process.
    pub(crate) fn begin(more: Described) -> Result<Self, Problem> {
        let failed = |why: &dyn std::fmt::Display| Problem::Failed(format!("no metrics: {why}"));
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .map_err(|why| failed(&why))?;
        let handle = builder.install_recorder().map_err(|why| failed(&why))?;
        CALL_METRICS.iter().chain(more).for_each(describe);
        let metrics = Self(handle);
        tokio::spawn(upkeep(metrics.clone()));
        Ok(metrics)
    }

    /// All of them, in the text format of Prometheus.
    pub(crate) fn render(&self) -> String {
        self.0.render()
    }
}

/// What `publish` sets, and nothing that was set before, in the text format of Prometheus: what
/// is not there any more is not shown any more.
pub(crate) fn render(all: &[Described], publish: impl FnOnce()) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        all.iter().copied().flatten().for_each(describe);
        publish();
    });
    handle.render()
}

/// The kind of a metric follows from its name.
fn describe(&(name, what): &(&'static str, &'static str)) {
    if name.ends_with("_total") {
        describe_counter!(name, what);
    } else if name == "taskdb_call_seconds" {
        describe_histogram!(name, what);
    } else {
        describe_gauge!(name, what);
    }
}

async fn upkeep(metrics: Metrics) {
    let mut turns = interval(UPKEEP);
    loop {
        turns.tick().await;
        metrics.0.run_upkeep();
    }
}
