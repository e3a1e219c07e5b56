//! `repair`: recomputes what is derived from what it is derived from, job by job.

use taskdb_core::Result;
use taskdb_core::store::RepairReport;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    let mut from = Some(0_u64);
    while let Some(first) = from {
        let args = store.args().value(first);
        let reply = store.run_as(Kind::Once, &scripts::repair, args, &About::default()).await;
        let mut reply = reply?;
        from = reply.parse_or_empty()?;
        report.tasks_readied += reply.parse::<u64>()?;
        report.tasks_recounted += reply.parse::<u64>()?;
        report.jobs_mended += reply.parse::<u64>()?;
    }
    let script = &scripts::repair_streams;
    let mut reply = store.run_as(Kind::Once, script, store.args(), &About::default()).await?;
    report.streams_mended = reply.parse()?;
    Ok(report)
}
