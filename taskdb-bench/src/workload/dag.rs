//! What the workloads of graphs share: create one, run it, and time both.

use std::time::Instant;

use super::point;
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::load::graph::Node;
use crate::load::{self, BATCH};
use crate::measure::{Work, rates};
use crate::place::Space;

/// Measures the graphs of `shape` at every size: `run`, from the first claim to the
/// end of the job, and `end to end`, with the creation of the tasks before.
pub(super) async fn measure(
    bench: &Bench<'_>,
    batch: usize,
    shape: fn(usize) -> Vec<Node>,
) -> Result<Vec<Reading>> {
    let mut readings = Vec::new();
    let kind = if batch == 1 { Kind::Cycle } else { Kind::Bulk };
    for workers in bench.workers() {
        let crew = Crew { workers, batch };
        let run = async |space: &Space, n| {
            bench.pace.repeat(async || round(space, shape(n), crew).await).await
        };
        let runs = bench.by_size(Some((kind, workers)), run).await?;
        for (n, works) in runs.sizes {
            for (part, what) in ["run", "end to end"].into_iter().enumerate() {
                let samples = rates(&works, part);
                let reading = Reading::new(what, point(n, workers), Unit::Tasks, samples);
                readings.push(reading.beside(runs.limit.as_ref()));
            }
        }
    }
    Ok(readings)
}

async fn round(space: &Space, nodes: Vec<Node>, crew: Crew) -> Result<[Work; 2]> {
    let db = &space.db;
    let tasks = nodes.len() + 1;
    let stream = load::stream(db).await?;
    let start = Instant::now();
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, nodes, BATCH).await?;
    let created = Instant::now();
    crew.run(db, tasks).await?;
    let (run, whole) = (Work::since(created, tasks), Work::since(start, tasks));
    load::check_done(db, job, tasks).await?;
    Ok([run, whole])
}
