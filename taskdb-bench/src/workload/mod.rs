//! The workloads, one file each. What they have in common is in [`load`](crate::load).

mod backlog;
mod batch;
mod chain;
mod create;
mod dag;
mod exporter;
mod fan_in;
mod fan_out;
mod flat;
mod idle;
mod insight;
mod layers;
mod memory;
mod migrate;
mod pinned;
mod retention;
mod scripts;
mod shards;
mod streams;
mod tree;
pub(crate) mod wake;
mod worker;

use async_trait::async_trait;

use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};

/// One thing to measure, on any store.
#[async_trait(?Send)]
pub(crate) trait Workload: Sync {
    fn about(&self) -> About;

    /// Does the work, sees that it was done, and says how long it took.
    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>>;
}

/// What a workload says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// What happens, and what `n` is the number of.
    pub(crate) what: &'static str,
    /// Its own sizes, and those of a quick run.
    pub(crate) full: &'static [usize],
    pub(crate) quick: &'static [usize],
    /// Its own numbers of workers.
    pub(crate) workers: &'static [usize],
}

/// Every workload, in the order of reports.
pub(crate) const ALL: [&dyn Workload; 21] = [
    &create::Create,
    &flat::Flat,
    &batch::Batch,
    &fan_in::FanIn,
    &fan_out::FanOut,
    &layers::Layers,
    &chain::Chain,
    &tree::Tree,
    &streams::Streams,
    &backlog::Backlog,
    &pinned::Pinned,
    &wake::Wake,
    &worker::Worker,
    &idle::Idle,
    &exporter::Exporter,
    &insight::Insight,
    &memory::Memory,
    &migrate::Migrate,
    &retention::Retention,
    &scripts::Scripts,
    &shards::Shards,
];

/// Sizes as a point of a figure.
fn point(n: usize, workers: usize) -> String {
    format!("n={n} workers={workers}")
}

/// The rates at the largest size in those at the smallest, run by run; nothing
/// where only one size was measured. `rates` are by size.
fn flatness(rates: &[(usize, Vec<f64>)], suffix: &str) -> Option<Reading> {
    let (small, easy) = rates.iter().min_by_key(|(n, _)| *n)?;
    let (large, hard) = rates.iter().max_by_key(|(n, _)| *n)?;
    if small == large {
        return None;
    }
    let samples = hard.iter().zip(easy).map(|(hard, easy)| hard / easy).collect();
    let point = format!("n={large} to n={small}{suffix}");
    Some(Reading::new("flatness", point, Unit::Ratio, samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_has_a_name_of_its_own_and_sizes() {
        let mut names: Vec<_> = ALL.iter().map(|workload| workload.about().name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for about in ALL.map(|workload| workload.about()) {
            let lists = [about.full, about.quick, about.workers];
            assert!(lists.iter().all(|list| !list.is_empty()), "{about:?}");
        }
    }

    #[test]
    fn flatness_is_the_largest_by_the_smallest() {
        let rates = [(1_000, vec![10.0, 20.0]), (100_000, vec![9.0, 10.0]), (10_000, vec![1.0])];
        let reading = flatness(&rates, " workers=8").unwrap();
        assert_eq!(reading.samples, [0.9, 0.5]);
        assert_eq!(reading.point, "n=100000 to n=1000 workers=8");
        assert!(flatness(&rates[..1], "").is_none());
    }
}
