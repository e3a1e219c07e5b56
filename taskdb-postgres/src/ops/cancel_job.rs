//! `cancel_job`: cancels a running job.

use taskdb_core::Result;
use taskdb_core::request::CancelJob;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &CancelJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let args = session.args().add(request.job_id);
    session.verb(Verb::cancel_job, Kind::Repeatable, args, &about).await.map(drop)
}
