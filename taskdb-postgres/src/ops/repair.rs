//! `repair`: recomputes what is derived from what it is derived from.

use taskdb_core::Result;
use taskdb_core::store::RepairReport;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session) -> Result<RepairReport> {
    let args = session.args();
    let mut reply = session.verb(Verb::repair, Kind::Repeatable, args, &About::default()).await?;
    Ok(RepairReport {
        tasks_readied: reply.parse()?,
        tasks_recounted: reply.parse()?,
        jobs_mended: reply.parse()?,
        streams_mended: reply.parse()?,
    })
}
