//! `purge_jobs`: deletes jobs that have been finished for long, in steps.

use taskdb_core::Result;
use taskdb_core::request::PurgeJobs;

use crate::args::micros;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &PurgeJobs) -> Result<u64> {
    let newest = request.keep_newest.map(|newest| i64::try_from(newest).unwrap_or(i64::MAX));
    let mut purged = 0;
    loop {
        let step = super::STEP.min(request.limit - purged);
        let args = session
            .args()
            .add(i16::from(request.state.code()))
            .add(request.older_than.map(micros))
            .add(newest)
            .add(i32::try_from(step).unwrap_or(i32::MAX));
        let about = About::default();
        let mut reply = session.verb(Verb::purge_jobs, Kind::Once, args, &about).await?;
        let deleted: u64 = reply.parse()?;
        purged += deleted;
        session.empty_trash().await?;
        if deleted < step || purged == request.limit {
            return Ok(purged);
        }
    }
}
