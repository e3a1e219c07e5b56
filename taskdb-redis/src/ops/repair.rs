//! `repair`: recomputes what is derived from what it is derived from, job by job, in steps.

use taskdb_core::Result;
use taskdb_core::store::RepairReport;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    jobs(shard, &mut report).await?;
    streams(shard, &mut report).await?;
    Ok(report)
}

async fn jobs(shard: Shard<'_>, report: &mut RepairReport) -> Result<()> {
    let (mut from, mut begin, mut ends) = (Some(0_u64), true, String::new());
    while let Some(number) = from {
        let args = shard.args().value(number).flag(begin).bytes(ends);
        let reply = shard.run_as(Kind::Once, &scripts::repair, args, &About::default()).await;
        let mut reply = reply?;
        ends = reply.text()?;
        from = reply.parse_or_empty()?;
        begin = reply.flag()?;
        report.tasks_readied += reply.parse::<u64>()?;
        report.tasks_recounted += reply.parse::<u64>()?;
        report.jobs_mended += reply.parse::<u64>()?;
    }
    Ok(())
}

async fn streams(shard: Shard<'_>, report: &mut RepairReport) -> Result<()> {
    let (mut left, mut begin) = (true, true);
    while left {
        let script = &scripts::repair_streams;
        let args = shard.args().flag(begin);
        let mut reply = shard.run_as(Kind::Once, script, args, &About::default()).await?;
        left = reply.flag()?;
        report.streams_mended += reply.parse::<u64>()?;
        begin = false;
    }
    Ok(())
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
