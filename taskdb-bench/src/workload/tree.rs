//! `tree`: leaves that are combined two by two until one is left.

use async_trait::async_trait;

use super::{About, Workload, dag};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::Reading;
use crate::load::graph;

pub(super) struct Tree;

#[async_trait(?Send)]
impl Workload for Tree {
    fn about(&self) -> About {
        About {
            name: "tree",
            what: "n leaves that are combined two by two until one is left",
            full: &[4_096],
            quick: &[64],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        dag::measure(bench, 1, graph::tree).await
    }
}
