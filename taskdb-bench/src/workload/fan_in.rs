//! `fan-in`: many tasks and one that waits for all of them, in batches.

use async_trait::async_trait;

use super::{About, Workload, dag};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::Reading;
use crate::load::graph;

pub(super) struct FanIn;

#[async_trait(?Send)]
impl Workload for FanIn {
    fn about(&self) -> About {
        About {
            name: "fan-in",
            what: "n tasks, then one that waits for all, above 1000 through groups; 100 a call",
            full: &[1_000, 10_000, 100_000],
            quick: &[100, 1_100],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        dag::measure(bench, 100, graph::fan_in).await
    }
}
