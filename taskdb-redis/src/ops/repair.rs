//! `repair`: recomputes what is derived from what it is derived from, job by job.

use taskdb_core::Result;
use taskdb_core::store::RepairReport;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    let mut from = Some(0_u64);
    while let Some(first) = from {
        let args = shard.args().value(first);
        let reply = shard.run_as(Kind::Once, &scripts::repair, args, &About::default()).await;
        let mut reply = reply?;
        from = reply.parse_or_empty()?;
        report.tasks_readied += reply.parse::<u64>()?;
        report.tasks_recounted += reply.parse::<u64>()?;
        report.jobs_mended += reply.parse::<u64>()?;
    }
    let script = &scripts::repair_streams;
    let mut reply = shard.run_as(Kind::Once, script, shard.args(), &About::default()).await?;
    report.streams_mended = reply.parse()?;
    Ok(report)
}

/// What two shards have mended.
pub(crate) fn add(one: RepairReport, other: RepairReport) -> RepairReport {
    RepairReport {
        tasks_readied: one.tasks_readied + other.tasks_readied,
        tasks_recounted: one.tasks_recounted + other.tasks_recounted,
        jobs_mended: one.jobs_mended + other.jobs_mended,
        streams_mended: one.streams_mended + other.streams_mended,
    }
}
