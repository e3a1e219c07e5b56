//! `clear_completed_jobs`: deletes the jobs that are done, in steps.

use taskdb_core::Result;
use taskdb_core::request::ClearCompletedJobs;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &ClearCompletedJobs) -> Result<u64> {
    let (mut cleared, mut end) = (0, None::<i64>);
    loop {
        let args = session.args().duration(request.keep_output).add(end);
        let verb = Verb::clear_completed_jobs;
        let mut reply = session.verb(verb, Kind::Once, args, &About::default()).await?;
        let deleted: u64 = reply.parse()?;
        session.empty_trash().await?;
        if deleted == 0 {
            return Ok(cleared);
        }
        cleared += deleted;
        end = Some(reply.parse()?);
    }
}
