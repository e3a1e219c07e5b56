//! `layers`: layers of tasks that each wait for three of the layer before.

use async_trait::async_trait;

use super::{About, Workload, dag};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::Reading;
use crate::load::graph;

pub(super) struct Layers;

#[async_trait(?Send)]
impl Workload for Layers {
    fn about(&self) -> About {
        About {
            name: "layers",
            what: "n tasks in 20 layers, each waiting for 3 of the layer before",
            full: &[10_000],
            quick: &[200],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        dag::measure(bench, 1, graph::layers).await
    }
}
