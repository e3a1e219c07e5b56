//! `chain`: tasks of which each waits for the one before.

use async_trait::async_trait;

use super::{About, Workload, dag};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::Reading;
use crate::load::graph;

pub(super) struct Chain;

#[async_trait(?Send)]
impl Workload for Chain {
    fn about(&self) -> About {
        About {
            name: "chain",
            what: "n tasks of which each waits for the one before",
            full: &[10_000],
            quick: &[50],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        dag::measure(bench, 1, graph::chain).await
    }
}
