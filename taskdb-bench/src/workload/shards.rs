//! `shards`: what a cluster does for its processor time when a namespace lies in one slot of
//! it and when it lies in several. Servers of one machine share its cores, so that the rate
//! would say nothing of machines of their own; what their processors spend does.

use async_trait::async_trait;
use taskdb::TaskDb;
use taskdb_testkit::servers::redis::Cluster;

use super::{About, Workload, flatness};
use crate::bench::Bench;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::load::{self, BATCH, graph};
use crate::server;

pub(super) struct Shards;

/// Masters of the cluster.
const MASTERS: usize = 3;
/// Jobs, which spread over the shards by their ids.
const JOBS: usize = 24;

#[async_trait(?Send)]
impl Workload for Shards {
    fn about(&self) -> About {
        About {
            name: "shards",
            what: "claim and done, one call each, on n shards of a cluster of three masters",
            full: &[1, 3],
            quick: &[1, 3],
            workers: &[64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        // A private Redis server says that clusters can be had as well; one of the two is enough.
        let private = bench.place.server().filter(|server| server.private().is_some());
        if private.is_none() || bench.place.folder().is_some() {
            return Ok(Vec::new());
        }
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let mut sizes: Vec<_> = bench.sizes().into_iter().map(|n| (n, Vec::new())).collect();
            for _ in 0..bench.pace.runs {
                for (n, samples) in &mut sizes {
                    samples.push(cycles(*n, workers, bench.of(2_000, 10)).await?);
                }
            }
            for (n, samples) in &sizes {
                let point = super::point(*n, workers);
                readings.push(Reading::new("a processor", point, Unit::Cycles, samples.clone()));
            }
            readings.extend(flatness(&sizes, &format!(" workers={workers}")));
        }
        Ok(readings)
    }
}

/// Cycles for each second that the processors of the masters have spent on them.
async fn cycles(shards: usize, workers: usize, tasks: usize) -> Result<f64> {
    let cluster = Cluster::start(MASTERS, false)?;
    let db = taskdb::connect(&format!("{}?shards={shards}", cluster.url())).await?;
    prepare(&db, tasks).await?;
    let before = spent(&cluster)?;
    let done = Crew { workers, batch: 1 }.drain(&db).await?;
    let spent = spent(&cluster)? - before;
    ensure(done == JOBS * tasks, || format!("{done} tasks were finished"))?;
    Ok(done as f64 / spent)
}

async fn prepare(db: &TaskDb, tasks: usize) -> Result<()> {
    let stream = load::stream(db).await?;
    for _ in 0..JOBS {
        let job = load::job(db, stream).await?;
        load::fill(db, job, stream, graph::flat(tasks), BATCH).await?;
    }
    Ok(())
}

/// Seconds of the processor that the masters have taken.
fn spent(cluster: &Cluster) -> Result<f64> {
    let mut seconds = 0.0;
    for master in &cluster.masters {
        let info: String = master.cli(&["INFO", "cpu"])?;
        seconds += server::processor_seconds(&info);
    }
    ensure(seconds > 0.0, || "the servers do not say what they spend".into())?;
    Ok(seconds)
}
